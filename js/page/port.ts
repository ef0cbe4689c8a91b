import { DeltabaseError, type ErrorCode, messageOf } from '../shared/errors.js';
import { uuid } from '../shared/ids.js';
import { watchHints } from './hints.js';
import { limits } from '../shared/limits.js';
import {
  type Body,
  build,
  type FromWorker,
  hasLocks,
  hold,
  Outbound,
  tabLock,
  type ToWorker,
  whenReleased,
} from '../shared/messages.js';
import { type EngineWorker, engineText, newWorker, notLoaded, onlyOneTab } from './workers.js';

// The page's side of one engine. It remembers what the engine must know of this tab, so that an
// engine that died can be replaced by one that is told the same again:
//
//	 closed ── connect ──► greeting ── welcome ──► open ── died / worker gone ──► greeting
//	   ▲                      │                      │
//	   └── fenced, second_tab ┴──────────────────────┴── version_skew ──► skewed (reload the page)

/** What the store does with what the engine says on its own. */
export interface PortListener {
  notify(observer: number, body: unknown): void;
  report(body: unknown): void;
  announce(event: string, body: unknown): void;
  ask(id: number, question: unknown): void;
  migrate(id: number, question: unknown): void;
  /** The credentials of an auth mode; refresh: the server refused the last ones. Null: nobody is signed in. */
  credentials(mode: string, refresh: boolean): Promise<unknown>;
  gate(closed: boolean): void;
  /** The address that the app gave its worker, if it did. */
  workerUrl(): string | undefined;
  /** The engine is gone for good; nothing more comes from it. */
  lost(error: DeltabaseError): void;
}

/** seq is the commit that the engine had reached when it took the observer on, 0 before. */
interface Observing {
  args: object;
  seq: number;
}

interface Pending {
  operation: string;
  body: string;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  deaths: number;
}

/** Acting twice on the same queue entry may not be what was meant; everything else may be repeated. */
const unrepeatable = new Set(['retry', 'edit', 'discard', 'restore']);
/** Calls whose last form tells the engine about this tab. */
const remembered = ['configure', 'start', 'gate'] as const;

/** What a new engine is told again: the marker is compared with the database once, at the page's own start. */
const repeated = (body: string): string => JSON.stringify({ ...JSON.parse(body), marker: undefined });

const decoder = new TextDecoder();
const parse = (body: Body): any =>
  body.length ? JSON.parse(typeof body === 'string' ? body : decoder.decode(body)) : undefined;

const refused = ({ code, message, detail }: { code: string; message: string; detail: string }) =>
  new DeltabaseError(code as ErrorCode, message, detail ? { detail: JSON.parse(detail) } : undefined);

const leftError = () =>
  new DeltabaseError(
    'closed',
    'Another user was configured before this call was answered. Repeat it if it is still wanted.',
  );

export class EnginePort {
  readonly #tab = uuid();
  readonly #pending = new Map<number, Pending>();
  readonly #remembered = new Map<string, string>();
  readonly #observers = new Map<number, Observing>();
  /** The last commit that any observer of this tab heard of: notifications come in order. */
  #heardSeq = 0;
  #lastId = 0;
  #out: Outbound<ToWorker> | null = null;
  #worker: EngineWorker | null = null;
  /** The one that was made last, whatever became of it. */
  #last: EngineWorker | null = null;
  #welcomed = false;
  #welcomes = 0;
  #connects = 0;
  #deaths = 0;
  #tabLock: Promise<unknown> | undefined;
  #releaseTab: (() => void) | null = null;
  #unwatch = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #skew: DeltabaseError | undefined;
  #closed = false;
  readonly #unwatchHints = watchHints((hint) => this.#welcomed && this.#out!.send({ type: 'hint', hint }));

  constructor(
    readonly database: string,
    readonly schema: string,
    readonly listener: PortListener,
  ) {
    globalThis.addEventListener?.('pagehide', this.#onPagehide);
  }

  #onPagehide = (event: Event) => {
    if (!(event as PageTransitionEvent).persisted) this.#bye();
  };

  /** Asks the engine. args is what wasm/events.go reads for the operation. */
  call(operation: string, args: object = {}): Promise<any> {
    if (this.#skew) return Promise.reject(this.#skew);
    // A call that began under the user before must not reach that user's database any more.
    if (this.#closed) return Promise.reject(leftError());
    if (this.#pending.size >= limits.callsMax) {
      return Promise.reject(
        new DeltabaseError(
          'bad_request',
          `${limits.callsMax} calls are unanswered. Wait for some before you make more.`,
        ),
      );
    }
    let body: string;
    try {
      body = JSON.stringify(args);
    } catch (e) {
      return Promise.reject(new DeltabaseError('invalid_value', `A value can't be written as JSON: ${messageOf(e)}.`));
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { operation, body, resolve, reject, deaths: 0 });
      if (this.#welcomed) this.#out!.send({ type: 'call', id, operation, body });
      else if (!this.#out) this.#connect();
    });
  }

  /** Begins an observer; its notifications go to the listener. */
  observe(args: object): { observer: number; begun: Promise<unknown> } {
    const observer = ++this.#lastId;
    const whole = { ...args, observer };
    const observing: Observing = { args: whole, seq: 0 };
    this.#observers.set(observer, observing);
    const begun = this.call('observe', whole).then(({ seq }) => {
      observing.seq = seq;
      // It may have ended while there was no engine to hear of it, and was begun all the same.
      if (!this.#observers.has(observer) && this.#welcomed) this.#out!.send({ type: 'unobserve', observer });
    });
    return { observer, begun };
  }

  unobserve(observer: number): void {
    if (this.#observers.delete(observer) && this.#welcomed) this.#out!.send({ type: 'unobserve', observer });
  }

  decide(id: number, decision: string, model: object | undefined): void {
    this.#out?.send({ type: 'decided', id, decision, model: model ? JSON.stringify(model) : '' });
  }

  undecided(id: number, message: string): void {
    this.#out?.send({ type: 'undecided', id, message });
  }

  /** The answer goes to the engine that asked, whatever the store has become meanwhile. */
  async #askToken(id: number, mode: string, refresh: boolean): Promise<void> {
    const { welcomes, out } = { welcomes: this.#welcomes, out: this.#out };
    const answer = await this.listener.credentials(mode, refresh).then(
      (given): ToWorker => ({ type: 'token', id, credentials: JSON.stringify(given) }),
      (e): ToWorker => ({ type: 'noToken', id, message: messageOf(e) }),
    );
    if (this.#welcomes === welcomes && this.#out === out) out?.send(answer);
  }

  /** Says goodbye and refuses what is unanswered. */
  close(): void {
    globalThis.removeEventListener?.('pagehide', this.#onPagehide);
    this.#unwatchHints();
    this.#bye();
    this.#disconnect();
    this.#closed = true;
    this.#refuse(leftError());
    this.#releaseTab?.();
    this.#tabLock = undefined;
  }

  #bye(): void {
    this.#out?.send({ type: 'bye' });
    this.#out?.flush();
  }

  #connect(): void {
    if (++this.#connects > limits.connectsMax) {
      this.#lose(new DeltabaseError('engine_died', `The engine could not be started. ${notLoaded(this.#last)}`));
      return;
    }
    let worker: EngineWorker;
    try {
      worker = newWorker(this.database, this.listener.workerUrl());
    } catch (e) {
      return this.#lose(e as DeltabaseError);
    }
    // The worker learns from this lock that the tab is gone, so it is held before the greeting.
    this.#tabLock ??= hold(tabLock(this.database, this.#tab)).then((release) => {
      this.#releaseTab = release;
    });
    const { endpoint } = worker;
    const out = new Outbound<ToWorker>(endpoint);
    this.#out = out;
    this.#worker = this.#last = worker;
    endpoint.onmessage = (event) => {
      if (this.#out === out) for (const message of event.data as FromWorker[]) this.#receive(message);
    };
    worker.onError((event) => {
      if (this.#out !== out || this.#welcomed) return;
      event.preventDefault?.();
      this.#lose(
        new DeltabaseError(
          'engine_died',
          `The engine script failed to load. ${notLoaded(worker)}${event.message ? ` The browser says: ${event.message}` : ''}`,
        ),
      );
    });
    void this.#tabLock.then(() => {
      if (this.#out === out) this.#greet();
    });
  }

  #greet(): void {
    this.#out!.send({
      type: 'hello',
      tab: this.#tab,
      build,
      database: this.database,
      schema: this.schema,
      locked: hasLocks(),
    });
    // A worker that was just ending never answers; the next one will. One that is still being
    // loaded is met again, so asking soon does no harm (but a dedicated one would begin anew).
    clearTimeout(this.#timer);
    const patienceMs = this.#worker!.shared ? limits.greetingMsMin * 2 ** this.#connects : limits.greetingMsMax;
    this.#timer = setTimeout(() => {
      this.#disconnect();
      this.#connect();
    }, patienceMs);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'welcome':
        return this.#welcome(message.lock);
      case 'reply':
        return this.#settle(message.id, (p) => {
          const value = parse(message.body);
          if (p.operation === 'stop' || p.operation === 'clear') this.#remembered.delete('start');
          else if ((remembered as readonly string[]).includes(p.operation))
            this.#remembered.set(p.operation, repeated(p.body));
          p.resolve(value);
        });
      case 'refusal':
        return this.#settle(message.id, (p) => p.reject(refused(message)));
      case 'notify':
        return this.#notified(message.observer, parse(message.body));
      case 'report':
        return this.listener.report(parse(message.body));
      case 'announce':
        return this.listener.announce(message.event, parse(message.body));
      case 'ask':
        return this.listener.ask(message.id, parse(message.body));
      case 'askMigration':
        return this.listener.migrate(message.id, parse(message.body));
      case 'askToken':
        return void this.#askToken(message.id, message.mode, message.refresh);
      case 'gate':
        return this.listener.gate(message.closed);
      case 'died':
        return this.#revive(message.message);
      case 'otherBuild':
        return void this.#replaceIfOlder(message.lock);
      case 'lost':
        return this.#lost(message.code as ErrorCode, message.message);
    }
  }

  #lost(code: ErrorCode, message: string): void {
    const own = code === 'second_tab' ? onlyOneTab(this.#worker) : undefined;
    this.#lose(new DeltabaseError(code, own ?? message));
  }

  #notified(observer: number, body: { seq: number }): void {
    this.#heardSeq = Math.max(this.#heardSeq, body.seq);
    if (this.#observers.has(observer)) this.listener.notify(observer, body);
  }

  #settle(id: number, how: (p: Pending) => void): void {
    const p = this.#pending.get(id);
    if (!p) return;
    this.#pending.delete(id);
    this.#deaths = 0;
    how(p);
  }

  /** Tells a new engine what the last one knew of this tab, then repeats what is unanswered. */
  #welcome(lock: string): void {
    clearTimeout(this.#timer);
    this.#welcomed = true;
    this.#welcomes++;
    this.#connects = 0;
    this.#unwatch();
    this.#unwatch = whenReleased(lock, () => {
      this.#disconnect();
      this.#revive('The worker of the engine was ended by the browser.');
    });
    for (const operation of remembered) {
      const body = this.#remembered.get(operation);
      if (body !== undefined) this.#out!.send({ type: 'call', id: 0, operation, body });
    }
    for (const { args, seq } of this.#observers.values()) {
      if (seq === 0) continue; // its call is unanswered and among the pending ones
      const body = JSON.stringify({ ...args, since: Math.max(seq, this.#heardSeq) });
      this.#out!.send({ type: 'call', id: 0, operation: 'observe', body });
    }
    for (const [id, p] of this.#pending) {
      this.#out!.send({ type: 'call', id, operation: p.operation, body: p.body });
    }
  }

  /** The engine died: refuse what can't be repeated, and greet the next one. */
  #revive(message: string): void {
    this.#welcomed = false;
    const sentence = `The engine stopped unexpectedly: ${message}`;
    for (const [id, p] of this.#pending) {
      if (++p.deaths >= limits.callDeathsMax || unrepeatable.has(p.operation)) {
        this.#pending.delete(id);
        p.reject(new DeltabaseError('engine_died', `${sentence} Look at the state of this call before you repeat it.`));
      }
    }
    if (++this.#deaths > limits.restartsMax) {
      this.#lose(new DeltabaseError('engine_died', sentence));
    } else if (this.#out) {
      this.#greet();
    } else {
      this.#connect();
    }
  }

  /** A worker of another build: it is replaced when the server's engine.js is the page's own build. */
  async #replaceIfOlder(lock: string): Promise<void> {
    clearTimeout(this.#timer);
    const out = this.#out;
    const script = await engineText(); // unreachable counts as not ours
    if (this.#out !== out) return;
    if (script.includes(build)) {
      out!.send({ type: 'replace' });
      const reconnect = () => {
        this.#disconnect();
        this.#connect();
      };
      // Until it is really gone, the browser would connect the page to it again.
      this.#timer = setTimeout(reconnect, limits.finishMsMax * 2);
      this.#unwatch = whenReleased(lock, reconnect);
    } else {
      this.#lose(
        new DeltabaseError(
          'version_skew',
          'This page is from another version of the app than its engine. Reload the page.',
        ),
      );
    }
  }

  #disconnect(): void {
    clearTimeout(this.#timer);
    this.#unwatch();
    this.#unwatch = () => {};
    if (this.#out) this.#out.endpoint.onmessage = null;
    this.#worker?.end();
    this.#worker = null;
    this.#out = null;
    this.#welcomed = false;
  }

  /** Refuses everything; the next call tries again, except after a version skew. */
  #lose(error: DeltabaseError): void {
    if (error.code === 'version_skew') this.#skew = error;
    this.#disconnect();
    this.#connects = 0;
    this.#deaths = 0;
    this.#observers.clear();
    this.#remembered.clear();
    this.#refuse(error);
    this.listener.lost(error);
  }

  #refuse(error: DeltabaseError): void {
    const refused = [...this.#pending.values()];
    this.#pending.clear();
    for (const p of refused) p.reject(error);
  }
}
