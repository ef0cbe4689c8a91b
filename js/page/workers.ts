import { DeltabaseError, messageOf } from '../shared/errors.js';
import type { Endpoint } from '../shared/messages.js';

// Making the engine's worker, where the page may have one.

export interface EngineWorker {
  endpoint: Endpoint;
  /** Where its script is, where that is known. */
  address?: string;
  /** own: beside this file or where a bundler put it; given: workerUrl; shim: of another origin, by a worker of this one. */
  kind?: 'own' | 'given' | 'shim';
  /** One for all tabs. */
  shared: boolean;
  onError(callback: (event: ErrorEvent) => void): void;
  /** Ends a worker of its own; a shared one stays. */
  end(): void;
}

/** The global under which js/node/index.ts puts what makes an engine in this process instead of a worker. */
export const engineOfProcess: unique symbol = Symbol.for('deltabase.engine') as never;

/** The script that this file was bundled into, where that is no module and import.meta has no URL. */
const script = (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src;
const beside = () =>
  import.meta.url === undefined ? new URL('./engine.js', script || document.baseURI).href : undefined;

interface Forms {
  shared(): SharedWorker;
  dedicated(): Worker;
}

// Bundlers look for these literal forms when they bundle a worker. What they make of the URL is theirs.
const bundled = (database: string): Forms => ({
  shared: () =>
    new SharedWorker(new URL('./engine.js', import.meta.url), { type: 'module', name: `deltabase:${database}` }),
  dedicated: () => new Worker(new URL('./engine.js', import.meta.url), { type: 'module' }),
});

/** With a URL in a variable no bundler takes them for a worker of its own. */
const addressed = (url: string, database: string): Forms => ({
  shared: () => new SharedWorker(url, { type: 'module', name: `deltabase:${database}` }),
  dedicated: () => new Worker(url, { type: 'module' }),
});

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

type Constructing = new (url: unknown, options: unknown) => object;

/** Calls make while a function stands in the place of a constructor. */
function standingIn<W>(
  name: string,
  make: () => W,
  inPlace: (real: Constructing, url: string, options: unknown) => object,
): W {
  const scope = globalThis as unknown as Record<string, Constructing>;
  const real = scope[name];
  // biome-ignore lint/complexity/useArrowFunction: an arrow function can't be called with `new`
  scope[name] = function (url: unknown, options: unknown) {
    return inPlace(real, String(url), options);
  } as unknown as Constructing;
  try {
    return make();
  } finally {
    scope[name] = real;
  }
}

/**
 * Calls make with a constructor that passes its URL through the policy `deltabase`. Where a page enforces
 * Trusted Types, nothing else may become the URL of a worker.
 */
function trusting<W>(name: 'Worker' | 'SharedWorker', make: () => W): W {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return make();
  policy ??= types.createPolicy('deltabase', { createScriptURL: (url) => url });
  const { createScriptURL } = policy;
  return standingIn(name, make, (real, url, options) => new real(createScriptURL.call(policy, url), options));
}

/** Where the script of a worker is that make would make. */
function addressOf(make: () => Worker): URL | undefined {
  let address = '';
  try {
    standingIn('Worker', make, (_, url) => {
      address = url;
      return {};
    });
    return new URL(address, globalThis.document?.baseURI);
  } catch {
    return undefined;
  }
}

/** Workers take scripts of the page's own origin alone. A page without an origin has no database either. */
const isForeign = (address: URL) =>
  /^https?:$/.test(address.protocol) && globalThis.origin !== 'null' && globalThis.origin !== address.origin;

/** A script of this origin that imports the engine of another one. Each tab's is another script, so that none is shared. */
const shimOf = (address: URL) =>
  URL.createObjectURL(new Blob([`import ${JSON.stringify(address.href)};`], { type: 'text/javascript' }));

/** Makes one as the page is; what is refused for its URL only goes through the policy. */
function made<W>(name: 'Worker' | 'SharedWorker', make: () => W): W {
  try {
    return make();
  } catch (e) {
    if (!(e instanceof TypeError)) throw e;
    return trusting(name, make);
  }
}

/**
 * A worker for a database: a shared one, or, where there are none, one of this tab. given is the workerUrl of the
 * settings. Throws no_worker.
 */
export function newWorker(database: string, given?: string): EngineWorker {
  const here = (globalThis as { [engineOfProcess]?: (database: string) => EngineWorker })[engineOfProcess];
  if (here) return here(database);
  const url = given ?? beside();
  const forms = url === undefined ? bundled(database) : addressed(url, database);
  const found = typeof Worker === 'function' ? addressOf(forms.dedicated) : undefined;
  const own = { address: found?.href, kind: given ? ('given' as const) : ('own' as const) };
  if (found && isForeign(found)) return shimmed(database, found);
  const reasons: string[] = [];
  if (typeof SharedWorker === 'function') {
    try {
      const worker = made('SharedWorker', forms.shared);
      const endpoint = worker.port as unknown as Endpoint;
      return { ...own, endpoint, shared: true, onError: (callback) => void (worker.onerror = callback), end() {} };
    } catch (e) {
      reasons.push(messageOf(e));
    }
  }
  if (typeof Worker === 'function') {
    try {
      return { ...own, ...ofThisTab(made('Worker', forms.dedicated)) };
    } catch (e) {
      reasons.push(messageOf(e));
    }
  }
  throw new DeltabaseError('no_worker', sentence(reasons));
}

const ofThisTab = (worker: Worker) => ({
  endpoint: worker as unknown as Endpoint,
  shared: false,
  onError: (callback: (event: ErrorEvent) => void) => void (worker.onerror = callback),
  end: () => worker.terminate(),
});

/** A worker of this tab with an engine of another origin. */
function shimmed(database: string, engine: URL): EngineWorker {
  let shim = '';
  try {
    shim = shimOf(engine);
    const worker = ofThisTab(made('Worker', addressed(shim, database).dedicated));
    const end = () => {
      worker.end();
      URL.revokeObjectURL(shim);
    };
    return { ...worker, end, address: engine.href, kind: 'shim' };
  } catch (e) {
    URL.revokeObjectURL(shim);
    throw new DeltabaseError('no_worker', `${foreignAdvice(engine.href)} The browser says: ${messageOf(e)}`);
  }
}

const foreignAdvice = (engine: string) =>
  `The engine is of another origin than the page: ${engine}. Serve it and deltabase.wasm with the header ` +
  "Access-Control-Allow-Origin, and let the page's Content-Security-Policy allow worker-src blob:. Or put a file on the " +
  `page's own origin that has this line: import ${JSON.stringify(engine)}; and name it in configure({ workerUrl }).`;

/** Why a worker's script did not load, or its engine did not answer, and what to do. */
export function notLoaded(worker: EngineWorker | null): string {
  const { kind, address } = worker ?? {};
  if (kind === 'shim') return foreignAdvice(address!);
  const policy = "and allowed by the page's Content-Security-Policy (worker-src)";
  if (kind === 'given')
    return `Is the workerUrl ${address} a module of this origin that imports the engine.js of this version, ${policy}?`;
  return (
    `Is engine.js reachable${address ? ` as ${address}` : ' beside index.js'}, ${policy}? Where a bundler left it out, use ` +
    'the plug-in deltabase/esbuild or deltabase/rollup, or copy it: npx deltabase assets DIR.'
  );
}

/** What a tab is told that found another one at work, where the browser is not the cause. */
export const onlyOneTab = (worker: EngineWorker | null): string | undefined =>
  worker?.kind === 'shim'
    ? 'This app is already open in another tab, and an engine of another origin serves only one. Put a file on the ' +
      `page's own origin that has this line: import ${JSON.stringify(worker.address)}; and name it in configure({ workerUrl }).`
    : undefined;

/** The text of the engine that the server has now; empty when it can't be had. */
export async function engineText(): Promise<string> {
  try {
    const engine = beside() ?? new URL('./engine.js', import.meta.url);
    return await (await fetch(engine, { cache: 'reload' })).text();
  } catch {
    return '';
  }
}

function sentence(reasons: string[]): string {
  if (!reasons.length)
    return 'There are no workers here. Use the store in a page of a browser; on a server, render without it; in a test, import deltabase/node.';
  return (
    "This page can't run the engine's worker. Let its Content-Security-Policy allow worker-src 'self' and, where it requires " +
    'Trusted Types, the policy deltabase (trusted-types deltabase); give a sandboxed frame allow-same-origin. ' +
    `The browser says: ${[...new Set(reasons)].join(' ')}`
  );
}
