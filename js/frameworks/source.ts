import type { Observable, Store, Subscription } from '../index.js';
import { limits } from './limits.js';
import { inPage } from './page.js';

/**
 * A value that changes. It is what useSyncExternalStore() of React and `$name` of Svelte take as it is. The methods
 * may be passed on without their object.
 */
export interface Live<T> {
  /** The value now: the same object until it changes. */
  getSnapshot(): T;
  /** What a server renders, and a page while it takes over what the server has rendered: nothing is known yet. */
  getServerSnapshot(): T;
  /** Calls listener with the value at once and after each change; returns the function that ends it. */
  subscribe(listener: (value: T) => void): () => void;
}

/** What every value tells about itself. */
export interface Loading {
  /** The first answer is awaited. */
  readonly isLoading: boolean;
  /** Why there is no answer, or none that is kept up to date; null while all is well. */
  readonly error: Error | null;
  /** After an error: asks again. */
  readonly retry: () => void;
}

/** A Live that can be waited for. */
export interface LoadingLive<T extends Loading> extends Live<T> {
  /** Asks, and resolves when the first answer or an error is there. It is let go soon when nobody subscribes. */
  load(): Promise<void>;
}

/** The sources of a store, by what they ask, so that all who ask the same share one subscription. */
class Sources {
  readonly #byQuestion = new Map<string, Source<any, any>>();
  readonly #idle = new Map<Source<any, any>, ReturnType<typeof setTimeout>>();

  find(question: string): Source<any, any> | undefined {
    return this.#byQuestion.get(question);
  }

  /** Known from here on, unless another one is that asks the same. */
  add(source: Source<any, any>): void {
    if (!this.#byQuestion.has(source.question)) this.#byQuestion.set(source.question, source);
  }

  /** Nobody shows it. */
  rest(source: Source<any, any>): void {
    this.wake(source);
    const timer = setTimeout(() => this.#end(source), limits.idleMs);
    (timer as { unref?: () => void }).unref?.(); // keeps no process of Node alive
    this.#idle.set(source, timer);
    if (this.#idle.size > limits.idleSourcesMax) this.#end(this.#idle.keys().next().value!);
  }

  wake(source: Source<any, any>): void {
    clearTimeout(this.#idle.get(source));
    this.#idle.delete(source);
  }

  #end(source: Source<any, any>): void {
    this.wake(source);
    if (this.#byQuestion.get(source.question) === source) this.#byQuestion.delete(source.question);
    source.end();
  }
}

const sourcesOf = new WeakMap<Store, Sources>();

/** What is asked, how it is shown before the first answer, and what an answer makes of it. */
export interface Asked<V, T extends Loading> {
  observable: Observable<V>;
  initial: Omit<T, keyof Loading>;
  /** The value after an answer; before itself where nothing changed. */
  next(value: V, before: T): T;
}

/** The source of what is asked of a store: one for all who ask the same. */
export function sourceOf<V, T extends Loading>(store: Store, question: string, ask: () => Asked<V, T>): Source<V, T> {
  const sources = sourcesOf.get(store) ?? new Sources();
  sourcesOf.set(store, sources);
  const known = sources.find(question);
  if (known) return known;
  const source = new Source<V, T>(question, ask(), sources);
  if (inPage()) {
    sources.add(source);
    sources.rest(source);
  }
  return source;
}

/** Follows one stream of a store while somebody shows it. */
export class Source<V, T extends Loading> implements LoadingLive<T> {
  readonly question: string;
  readonly #asked: Asked<V, T>;
  readonly #sources: Sources;
  readonly #initial: T;
  readonly #listeners = new Set<{ tell(value: T): void }>();
  #value: T;
  #subscription: Subscription | undefined;
  #loaded: { promise: Promise<void>; resolve(): void } | undefined;

  constructor(question: string, asked: Asked<V, T>, sources: Sources) {
    this.question = question;
    this.#asked = asked;
    this.#sources = sources;
    this.#initial = { ...asked.initial, isLoading: true, error: null, retry: () => this.#retry() } as T;
    this.#value = this.#initial;
  }

  readonly getSnapshot = (): T => this.#value;
  readonly getServerSnapshot = (): T => this.#initial;

  readonly subscribe = (listener: (value: T) => void): (() => void) => {
    const own = { tell: listener };
    this.#listeners.add(own);
    this.#sources.wake(this);
    this.#sources.add(this);
    this.#begin();
    listener(this.#value);
    return () => {
      if (this.#listeners.delete(own) && !this.#listeners.size) this.#sources.rest(this);
    };
  };

  readonly load = (): Promise<void> => {
    if (!this.#value.isLoading) return Promise.resolve();
    if (!this.#loaded) {
      let resolve!: () => void;
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#loaded = { promise, resolve };
    }
    this.#sources.add(this);
    this.#sources.wake(this);
    this.#begin();
    return this.#loaded.promise;
  };

  /** Follows no more, and forgets what was there. */
  end(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#show(this.#initial);
  }

  #begin(): void {
    if (this.#subscription && !this.#subscription.closed) return;
    this.#subscription = this.#asked.observable.subscribe({
      next: (value) => {
        const before = this.#value.error ? ({ ...this.#value, error: null } as T) : this.#value;
        const after = this.#asked.next(value, before);
        this.#show(after.isLoading ? { ...after, isLoading: false } : after);
      },
      error: (e) =>
        this.#show({ ...this.#value, isLoading: false, error: e instanceof Error ? e : new Error(String(e)) }),
      complete: () => this.#restart(),
    });
  }

  /** The store has left its database, for that of another user: what was shown is not theirs. */
  #restart(): void {
    this.end();
    if (this.#listeners.size || this.#loaded) queueMicrotask(() => this.#begin());
  }

  #retry(): void {
    if (!this.#value.error) return;
    this.end();
    if (this.#listeners.size) this.#begin();
  }

  #show(value: T): void {
    const changed = value !== this.#value;
    this.#value = value;
    if (!value.isLoading && this.#loaded) {
      this.#loaded.resolve();
      this.#loaded = undefined;
      if (!this.#listeners.size) this.#sources.rest(this);
    }
    if (changed) for (const { tell } of [...this.#listeners]) tell(value);
  }
}
