import type { Settings } from './config.js';

// Calls count in their order, awaited or not (rule 12): what a call changes of its store, it changes
// at once, and what takes its time goes on in turns.

/** Steps that are done one after the other. */
export class Turns {
  #last: Promise<void> | null = null;

  /** Whether no step is under way. */
  get idle(): boolean {
    return this.#last === null;
  }

  /** Resolves when the steps so far are over, however they ended. */
  get over(): Promise<void> {
    return this.#last ?? Promise.resolve();
  }

  take<T>(step: () => T | Promise<T>): Promise<T> {
    const turn = this.over.then(step);
    const over: Promise<void> = turn
      .then(
        () => {},
        () => {},
      )
      .then(() => {
        if (this.#last === over) this.#last = null;
      });
    this.#last = over;
    return turn;
  }
}

/** Settings in the order in which they were given. Those that may yet be refused count until then. */
export class GivenSettings {
  #list: Settings[] = [];
  readonly #undecided = new Set<Settings>();

  get all(): Settings {
    return Object.assign({}, ...this.#list);
  }

  /** All of them up to these. */
  upTo(given: Settings): Settings {
    return Object.assign({}, ...this.#list.slice(0, this.#list.indexOf(given) + 1));
  }

  add(given: Settings, decided: boolean): void {
    this.#list.push(given);
    if (decided) this.#settle();
    else this.#undecided.add(given);
  }

  decide(given: Settings, counts: boolean): void {
    this.#undecided.delete(given);
    if (!counts) this.#list.splice(this.#list.indexOf(given), 1);
    this.#settle();
  }

  #settle(): void {
    if (!this.#undecided.size) this.#list = [this.all];
  }
}
