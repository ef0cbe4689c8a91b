import { badRequest, invalidValue, messageOf } from '../shared/errors.js';
import { json } from './json.js';
import { Observable } from './observe.js';
import type { EnginePort } from './port.js';

/**
 * How far a change has come. pending: it waits to be sent; sent: its answer is awaited; conflicted:
 * a decision is awaited; blocked: it waits for another change; held: refused for good, open to
 * retry(), edit() and discard(); parked: left behind by clear(), see restore().
 */
export type OutboxState = 'pending' | 'sent' | 'conflicted' | 'blocked' | 'held' | 'parked';

/** Why a change does not move. The codes are in SPEC.md. */
export interface Cause {
  code: string;
  message: string;
}

/** A change that has not ended yet. */
export interface OutboxEntry {
  /** The change's own id; what retry(), edit() and discard() take. */
  id: string;
  model: string;
  recordId: string;
  operation: 'create' | 'update' | 'delete';
  state: OutboxState;
  cause: Cause | null;
  /** What is sent: of a create all fields that were set, of an update the changed ones. */
  fields: Record<string, unknown>;
  /** The condition of a conditional save or delete, as a filter. */
  condition: Record<string, unknown> | null;
  /** Attempts to solve a conflict so far, 0 to 10. */
  attempts: number;
  /** When it was saved, ms since 1970. */
  savedAt: number;
  /** Grows with the order of saving. */
  order: number;
}

/** How many changes there are, by state; total counts the parked ones too. */
export type OutboxCounts = Record<OutboxState | 'total', number>;

/** What watch() gives: the list at one moment. */
export interface OutboxSnapshot {
  /** In save order, parked ones last. A new list each time; the entries in it stay as they are. */
  entries: OutboxEntry[];
  counts: OutboxCounts;
}

/** Notify.Body of sync/effects.go for the outbox. */
interface QueueChange {
  first: boolean;
  put: OutboxEntry[];
  gone: string[];
}

const noCounts = (): OutboxCounts => ({ total: 0, pending: 0, sent: 0, conflicted: 0, blocked: 0, held: 0, parked: 0 });

const compare = (a: OutboxEntry, b: OutboxEntry): number =>
  Number(a.state === 'parked') - Number(b.state === 'parked') ||
  a.order - b.order ||
  (a.id < b.id ? -1 : Number(a.id > b.id));

/** Keeps the entries in order while the engine tells what changes. */
export class QueueView {
  #byId = new Map<string, OutboxEntry>();
  #list: OutboxEntry[] = [];
  #counts = noCounts();

  apply(change: QueueChange): OutboxSnapshot {
    if (change.first) {
      this.#byId.clear();
      this.#list = [];
      this.#counts = noCounts();
    }
    for (const id of change.gone) this.#remove(id);
    for (const entry of change.put) this.#put(Object.freeze(entry));
    return { entries: this.#list.slice(), counts: { ...this.#counts } };
  }

  #place(entry: OutboxEntry): number {
    let [from, to] = [0, this.#list.length];
    if (to && compare(this.#list[to - 1], entry) < 0) return to;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (compare(this.#list[middle], entry) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #remove(id: string): void {
    const entry = this.#byId.get(id);
    if (!entry) return;
    this.#byId.delete(id);
    this.#list.splice(this.#place(entry), 1);
    this.#counts[entry.state]--;
    this.#counts.total--;
  }

  #put(entry: OutboxEntry): void {
    this.#remove(entry.id);
    this.#list.splice(this.#place(entry), 0, entry);
    this.#byId.set(entry.id, entry);
    this.#counts[entry.state]++;
    this.#counts.total++;
  }
}

/** The fields of an edit as they travel; JSON would leave out undefined, and make null of NaN. */
function editable(fields: unknown): unknown {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return fields; // refused by the engine
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw invalidValue(`Field ${name} can't be ${value}.`);
      try {
        return [name, json(value ?? null)];
      } catch (e) {
        throw invalidValue(`Field ${name} can't be written as JSON: ${messageOf(e)}.`);
      }
    }),
  );
}

type Observe = (args: object, take: (body: any, next: (v: any) => void) => void) => Observable<any>;

/** The changes that wait to be sent, or for a person. */
export class Outbox {
  readonly #ensure: () => Promise<EnginePort>;
  readonly #observe: Observe;

  constructor(ensure: () => Promise<EnginePort>, observe: Observe) {
    this.#ensure = ensure;
    this.#observe = observe;
  }

  async #call(operation: string, args: object = {}): Promise<any> {
    return (await this.#ensure()).call(operation, args);
  }

  /** In save order; held ones are among them, parked ones come last. */
  list(): Promise<OutboxEntry[]> {
    return this.#call('outbox');
  }

  /** How many there are, by state. */
  count(): Promise<OutboxCounts> {
    return this.#call('outbox', { count: true });
  }

  /** The list now, and after each commit that changes it. Every tab gets the same. */
  watch(): Observable<OutboxSnapshot> {
    return new Observable((sink) => {
      const view = new QueueView();
      return this.#observe({ of: 'outbox' }, (body, next) => next(view.apply(body))).subscribe(sink).unsubscribe;
    }, 'latest');
  }

  /** Sends a held change again; ends the backoff of one that waits, and asks again about a conflict. */
  async retry(id: string): Promise<void> {
    await this.#call('retry', { mutationId: id });
  }

  /**
   * Sets fields of a change. Rejects with in_flight while the change is being sent. A held change is sent again; for
   * one in conflict the handler is asked again. Also rejects with invalid_value and missing_parent like save().
   */
  async edit(id: string, fields: Record<string, unknown>): Promise<void> {
    await this.#call('edit', { mutationId: id, fields: editable(fields) });
  }

  /**
   * Drops a change; the record is then as the server has it. Rejects with in_flight while the change is being sent.
   * When changes of other records need a created record, it rejects with needs_choice, whose detail
   * lists them as {id, model, recordId, operation}; dependants says what becomes of them.
   */
  async discard(id: string, options: { dependants?: 'discard' | 'keep' } = {}): Promise<void> {
    const dependants = options?.dependants ?? '';
    if (!['', 'discard', 'keep'].includes(dependants)) throw badRequest("dependants must be 'discard' or 'keep'.");
    await this.#call('discard', { mutationId: id, dependants });
  }

  /**
   * Brings back what clear() parked; resolves with how many changes came back. A change that another
   * user or another app of this origin made stays parked and is reported as unsent_parked; its cause in list() is
   * unauthorized or another_app.
   */
  restore(): Promise<number> {
    return this.#call('restore');
  }
}
