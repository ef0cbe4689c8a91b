import type { Instance } from './instances.js';
import { iterate, type Waiting } from './iterate.js';

export interface Observer<T> {
  next?: (value: T) => void;
  error?: (error: unknown) => void;
  complete?: () => void;
}

export interface Subscription {
  unsubscribe(): void;
  readonly closed: boolean;
}

type Sink<T> = Required<Observer<T>>;

declare global {
  interface SymbolConstructor {
    /** What makes from() of rxjs take an Observable; rxjs declares it as well. */
    readonly observable: symbol;
  }
}

/**
 * A cold stream of values: each subscription begins its own. Works with rxjs's from(), and with `for await`, where
 * leaving the loop unsubscribes. Changes and statuses that come while the loop's body is busy wait in order, 10,000 at
 * most (then the loop ends with bad_request). Of the results of observeQuery() and outbox.watch() only the newest waits.
 */
export class Observable<T> implements AsyncIterable<T> {
  readonly #begin: (sink: Sink<T>) => () => void;
  readonly #waiting: Waiting;
  /** Gives the stream itself: rxjs's from() looks for it. */
  declare readonly [Symbol.observable]: () => this;

  /**
   * What is asked, of observeQuery() and observeStatus(): the same text whenever the same is asked, so that two
   * predicates that were written in two places can be told to be one.
   */
  readonly question?: string;

  /** waiting: what a loop gets that is slower than the stream. */
  constructor(begin: (sink: Sink<T>) => () => void, waiting: Waiting = 'all', question?: string) {
    this.#begin = begin;
    this.#waiting = waiting;
    if (question !== undefined) this.question = question;
    const interop = Symbol.observable ?? '@@observable';
    Object.defineProperty(this, interop, { value: () => this });
  }

  subscribe(
    observer?: Observer<T> | ((value: T) => void),
    error?: (error: unknown) => void,
    complete?: () => void,
  ): Subscription {
    const to: Observer<T> = typeof observer === 'function' ? { next: observer, error, complete } : (observer ?? {});
    let closed = false;
    let end: (() => void) | undefined;
    const finish = () => {
      closed = true;
      end?.();
    };
    // An observer's mistake is the page's, not the stream's: it must not stop the other observers.
    const tell = (callback: () => void) => {
      try {
        callback();
      } catch (e) {
        reportError(e);
      }
    };
    end = this.#begin({
      next: (value) => void (closed || tell(() => to.next?.(value))),
      error: (e) => {
        if (closed) return;
        finish();
        if (to.error) tell(() => to.error!(e));
        else reportError(e);
      },
      complete: () => {
        if (closed) return;
        finish();
        tell(() => to.complete?.());
      },
    });
    if (closed) end(); // it ended before it had begun
    return {
      unsubscribe: () => void (closed || finish()),
      get closed() {
        return closed;
      },
    };
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void> {
    return iterate((observer) => this.subscribe(observer), this.#waiting);
  }
}

/** The arguments of a stream as a text. JSON has no infinities, which predicates may compare with. */
export const questionOf = (args: object): string =>
  JSON.stringify(args, (_, v) => (v === Infinity || v === -Infinity ? { infinity: v > 0 } : v));

/** What observeQuery gives. */
export interface Snapshot<T> {
  items: T[];
  isSynced: boolean;
}

/**
 * Notify.Body of sync/effects.go for observeQuery. With all, put is the whole result in order. Else the
 * rows at the places out of the old result go, and then those of put come at the places at of the new
 * one; both lists ascend. A row that changed in its place is in both.
 */
export interface LiveChange {
  isSynced: boolean;
  all?: boolean;
  out?: number[];
  at?: number[];
  put?: Instance[];
}

/** Keeps the instances of a live query: only rows that changed are made anew. */
export class LiveResult {
  #items: Instance[] = [];

  constructor(readonly instanceOf: (row: Instance) => Instance) {}

  /** Takes over a change. The list of a snapshot is never touched again. */
  apply(change: LiveChange): Snapshot<any> {
    const put = (change.put ?? []).map(this.instanceOf);
    this.#items = change.all ? put : merged(this.#items, change.out ?? [], change.at ?? [], put);
    return { items: this.#items.slice(), isSynced: change.isSynced };
  }
}

function merged(old: Instance[], out: number[], at: number[], put: Instance[]): Instance[] {
  if (!out.length && !put.length) return old;
  const items: Instance[] = [];
  let gone = 0;
  let come = 0;
  for (let from = 0; from < old.length || come < put.length; ) {
    if (come < put.length && (at[come] === items.length || from >= old.length)) items.push(put[come++]);
    else if (out[gone] === from) {
      gone++;
      from++;
    } else items.push(old[from++]);
  }
  return items;
}
