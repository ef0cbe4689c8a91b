import {
  type Conflict,
  type ConflictHandler,
  DataStore,
  type Decision,
  type Store,
  type Subscription,
} from '../index.js';
import { limits } from './limits.js';
import type { Live } from './source.js';

/** What a conflictHandler gives, without a promise. */
type Decided = Awaited<ReturnType<ConflictHandler>>;

/** A conflict that waits for a person. */
export interface OpenConflict<T = any> {
  /** The id of the change, as in the outbox. */
  readonly id: string;
  /** The base, the local and the remote record, and what the change sets. */
  readonly conflict: Conflict<T>;
  /** Decides it: retryLocal(), applyRemote(), or a model with what both want. A second call does nothing. */
  readonly decide: (decision: Decided) => void;
}

interface Question {
  open: OpenConflict;
  answer: Promise<Decided>;
  /** The outbox showed it as conflicted, so its absence there means that it was settled. */
  seen: boolean;
}

interface Settled {
  version: number;
  decision: Decided;
}

const versionOf = (conflict: Conflict): number => conflict.remote?._version ?? 0;

/**
 * Keeps the conflicts that wait for a person: give `handle` to configure() as its conflictHandler, and show what is
 * open. The engine may ask about the same conflict twice, when nobody has answered within 30 s; both get the one answer.
 * What was settled elsewhere, in another tab or in the outbox, is no longer open.
 */
export class ConflictDesk implements Live<readonly OpenConflict[]> {
  readonly #store: Store;
  readonly #questions = new Map<string, Question>();
  readonly #settled = new Map<string, Settled>();
  readonly #listeners = new Set<{ tell(open: readonly OpenConflict[]): void }>();
  #open: readonly OpenConflict[] = none;
  #watching: Subscription | undefined;

  constructor(store: Store = DataStore) {
    this.#store = store;
  }

  /** The conflictHandler. */
  readonly handle = (conflict: Conflict): Promise<Decided> => {
    const id = conflict.mutationId;
    const known = this.#questions.get(id);
    if (known) {
      known.open = { ...known.open, conflict };
      this.#changed();
      return known.answer;
    }
    const settled = this.#settled.get(id);
    this.#settled.delete(id);
    if (settled?.version === versionOf(conflict)) return Promise.resolve(settled.decision);
    let resolve!: (decision: Decided) => void;
    const answer = new Promise<Decided>((settle) => {
      resolve = settle;
    });
    const decide = (decision: Decided) => this.#decide(id, decision, resolve);
    this.#questions.set(id, { open: { id, conflict, decide }, answer, seen: false });
    this.#changed();
    return answer;
  };

  readonly getSnapshot = (): readonly OpenConflict[] => this.#open;
  readonly getServerSnapshot = (): readonly OpenConflict[] => none;

  readonly subscribe = (listener: (open: readonly OpenConflict[]) => void): (() => void) => {
    const own = { tell: listener };
    this.#listeners.add(own);
    listener(this.#open);
    return () => void this.#listeners.delete(own);
  };

  #decide(id: string, decision: Decided, resolve: (decision: Decided) => void): void {
    const question = this.#questions.get(id);
    if (!question) return;
    this.#questions.delete(id);
    this.#settled.set(id, { version: versionOf(question.open.conflict), decision });
    if (this.#settled.size > limits.decisionsMax) this.#settled.delete(this.#settled.keys().next().value!);
    resolve(decision as Decision);
    this.#changed();
  }

  #changed(): void {
    this.#open = this.#questions.size ? [...this.#questions.values()].map(({ open }) => open) : none;
    this.#watch();
    for (const { tell } of [...this.#listeners]) tell(this.#open);
  }

  /** Follows the outbox while something is open. */
  #watch(): void {
    if (!this.#questions.size) {
      this.#watching?.unsubscribe();
      this.#watching = undefined;
      return;
    }
    if (this.#watching && !this.#watching.closed) return;
    this.#watching = this.#store.outbox.watch().subscribe({
      next: ({ entries }) => this.#review(new Set(entries.filter((e) => e.state === 'conflicted').map((e) => e.id))),
      error: () => {}, // the engine is gone, and asks again when there is one
      // Another user was configured.
      complete: () => {
        this.#questions.clear();
        this.#settled.clear();
        this.#changed();
      },
    });
  }

  #review(conflicted: Set<string>): void {
    let withdrawn = false;
    for (const [id, question] of this.#questions) {
      if (conflicted.has(id)) question.seen = true;
      else if (question.seen) withdrawn = this.#questions.delete(id);
    }
    if (withdrawn) this.#changed();
  }
}

const none: readonly OpenConflict[] = [];
