// What a page and the worker that hosts the engine tell each other. Both directions send lists of
// messages, gathered until the current task ends: a thousand saves at once cross in one message.

/** The hash of the sources that this file was built from; the build script puts it in. */
declare const __BUILD__: string;
export const build: string = __BUILD__;

export type ToWorker =
  /** locked: the tab holds its lock, so that the worker can learn from it that the tab is gone. */
  | { type: 'hello'; tab: string; build: string; database: string; schema: string; locked: boolean }
  | { type: 'call'; id: number; operation: string; body: string }
  | { type: 'unobserve'; observer: number }
  | { type: 'decided'; id: number; decision: string; model: string }
  | { type: 'undecided'; id: number; message: string }
  | { type: 'token'; id: number; credentials: string }
  | { type: 'noToken'; id: number; message: string }
  /** What the platform tells the page: a worker hears less of it. */
  | { type: 'hint'; hint: Hint }
  /** The page's own build is the newer one: the worker must finish and end itself. */
  | { type: 'replace' }
  | { type: 'bye' };

export type Hint = 'online' | 'offline' | 'resumed';

/** JSON: as text where it is short, else in bytes, which change hands without a copy. */
export type Body = string | Uint8Array;

export type FromWorker =
  /** The answer to hello. lock is held while the worker lives. */
  | { type: 'welcome'; lock: string }
  | { type: 'reply'; id: number; body: Body }
  | { type: 'refusal'; id: number; code: string; message: string; detail: string }
  | { type: 'notify'; observer: number; body: Body }
  | { type: 'report'; body: Body }
  | { type: 'announce'; event: string; body: Body }
  | { type: 'ask'; id: number; body: Body }
  | { type: 'askMigration'; id: number; body: Body }
  | { type: 'askToken'; id: number; mode: string; refresh: boolean }
  | { type: 'gate'; closed: boolean }
  /** The engine died of a bug; say hello again to start the next one. */
  | { type: 'died'; message: string }
  /** This worker was built from other sources than the page. */
  | { type: 'otherBuild'; lock: string }
  /** The worker is done with this tab. */
  | { type: 'lost'; code: string; message: string };

export const databaseLock = (database: string) => `deltabase:${database}`;
export const tabLock = (database: string, tab: string) => `deltabase:${database}:tab:${tab}`;
export const workerLock = (database: string, worker: string) => `deltabase:${database}:worker:${worker}`;
export const buildChannel = (database: string) => `deltabase:${database}:build`;

/** A port, or the global scope of a dedicated worker. */
export interface Endpoint {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/**
 * Sends messages to one endpoint, those of one task together. What observers hear comes in a task of its own after the
 * answers before it: what awaits a save has run when its observers hear of it.
 */
export class Outbound<M> {
  #waiting: M[] = [];
  #transfer = new Set<ArrayBuffer>();
  #answers = false;

  constructor(readonly endpoint: Endpoint) {}

  send(message: M): void {
    const { type } = message as { type?: string };
    if (type === 'notify' && this.#answers) this.flush();
    if (type === 'reply') this.#answers = true;
    if (this.#waiting.push(message) === 1) queueMicrotask(() => this.flush());
    const body = (message as { body?: unknown }).body;
    if (body instanceof Uint8Array) this.#transfer.add(body.buffer as ArrayBuffer);
  }

  flush(): void {
    if (!this.#waiting.length) return;
    const messages = this.#waiting;
    const transfer = [...this.#transfer];
    this.#waiting = [];
    this.#answers = false;
    this.#transfer = new Set();
    this.endpoint.postMessage(messages, transfer);
  }
}

/** Whether Web Locks are there: in secure contexts only (https, or localhost). */
export const hasLocks = (): boolean => typeof navigator !== 'undefined' && !!navigator.locks;

/**
 * Takes a lock and resolves with the function that lets it go, or with null when it was taken
 * (ifAvailable) or the waiting was aborted (signal). Without Web Locks it is had at once.
 */
export function hold(name: string, options: LockOptions = {}, onStolen?: () => void): Promise<(() => void) | null> {
  if (!hasLocks()) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    let held = false;
    navigator.locks
      .request(name, options, (lock) => {
        if (!lock) return resolve(null);
        held = true;
        return new Promise<void>((release) => resolve(() => release()));
      })
      .catch(() => (held ? onStolen?.() : resolve(null)));
  });
}

/** Calls back when whoever holds the lock is gone. */
export function whenReleased(name: string, callback: () => void): () => void {
  if (!hasLocks()) return () => {};
  const abort = new AbortController();
  navigator.locks.request(name, { signal: abort.signal }, () => callback()).catch(() => {});
  return () => abort.abort();
}
