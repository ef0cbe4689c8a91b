import { DeltabaseError, messageOf } from '../shared/errors.js';
import type { Endpoint } from '../shared/messages.js';

// Making the engine's worker, where the page may have one.

export interface EngineWorker {
  endpoint: Endpoint;
  /** One for all tabs. */
  shared: boolean;
  onError(callback: (event: ErrorEvent) => void): void;
  /** Ends a worker of its own; a shared one stays. */
  end(): void;
}

/** The global under which js/node/index.ts puts what makes an engine in this process instead of a worker. */
export const engineOfProcess: unique symbol = Symbol.for('deltabase.engine') as never;

// Bundlers look for these literal forms when they bundle a worker. What they make of the URL is theirs.
const newShared = (database: string) =>
  new SharedWorker(new URL('./engine.js', import.meta.url), { type: 'module', name: `deltabase:${database}` });
const newDedicated = () => new Worker(new URL('./engine.js', import.meta.url), { type: 'module' });

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/**
 * Calls make with a constructor that passes its URL through the policy `deltabase`. Where a page enforces
 * Trusted Types, nothing else may become the URL of a worker.
 */
function trusting<W>(name: 'Worker' | 'SharedWorker', make: () => W): W {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return make();
  policy ??= types.createPolicy('deltabase', { createScriptURL: (url) => url });
  const { createScriptURL } = policy;
  const scope = globalThis as unknown as Record<string, new (url: unknown, options: unknown) => object>;
  const real = scope[name];
  // biome-ignore lint/complexity/useArrowFunction: an arrow function can't be called with `new`
  scope[name] = function (url: unknown, options: unknown) {
    return new real(createScriptURL.call(policy, String(url)), options);
  } as unknown as typeof real;
  try {
    return make();
  } finally {
    scope[name] = real;
  }
}

/** Makes one as the page is; what is refused for its URL only goes through the policy. */
function made<W>(name: 'Worker' | 'SharedWorker', make: () => W): W {
  try {
    return make();
  } catch (e) {
    if (!(e instanceof TypeError)) throw e;
    return trusting(name, make);
  }
}

/** A worker for a database: a shared one, or, where there are none, one of this tab. Throws no_worker. */
export function newWorker(database: string): EngineWorker {
  const here = (globalThis as { [engineOfProcess]?: (database: string) => EngineWorker })[engineOfProcess];
  if (here) return here(database);
  const reasons: string[] = [];
  if (typeof SharedWorker === 'function') {
    try {
      const worker = made('SharedWorker', () => newShared(database));
      const endpoint = worker.port as unknown as Endpoint;
      return { endpoint, shared: true, onError: (callback) => void (worker.onerror = callback), end() {} };
    } catch (e) {
      reasons.push(messageOf(e));
    }
  }
  if (typeof Worker === 'function') {
    try {
      const worker = made('Worker', newDedicated);
      const endpoint = worker as unknown as Endpoint;
      return {
        endpoint,
        shared: false,
        onError: (callback) => void (worker.onerror = callback),
        end: () => worker.terminate(),
      };
    } catch (e) {
      reasons.push(messageOf(e));
    }
  }
  throw new DeltabaseError('no_worker', sentence(reasons));
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
