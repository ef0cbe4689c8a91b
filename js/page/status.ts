import { badRequest } from '../shared/errors.js';
import { recordId } from './identity.js';
import { definitionOf, type Instance } from './instances.js';
import type { Cause } from './outbox.js';
import { constructorOf, definitionNamed, definitionOfConstructor } from './registry.js';
import type { Definition } from './schema.js';
import type { PersistentModelConstructor } from './types.js';

/**
 * How far the changes of a record have come.
 *
 * - synced: none of its changes is queued
 * - local: its model is local-only (syncable: false), so none ever is
 * - pending: its next change waits to be sent
 * - sending: its change was sent and waits for the answer
 * - conflicted: its change waits for the decision of the conflictHandler
 * - blocked: its change waits for the create of another record
 * - held: the server refused its change for good; it waits in the outbox for a decision
 */
export type SyncState = 'synced' | 'local' | 'pending' | 'sending' | 'conflicted' | 'blocked' | 'held';

export interface RecordStatus {
  model: PersistentModelConstructor<any>;
  /** The record's id; of a composite key the text that outbox entries have as recordId. */
  id: string;
  state: SyncState;
  /** Why its change does not go on, null when it does. */
  cause: Cause | null;
  /** How many changes of it are in the outbox. */
  changes: number;
}

/** A status as the engine tells it. */
interface Told extends Omit<RecordStatus, 'model'> {
  model: string;
}

export interface StatusTarget {
  model?: string;
  id?: string;
}

/** What the arguments of status() and observeStatus() mean: a record, a model with an id or key fields, a model, all. */
export function statusTarget(target: unknown, id?: unknown): StatusTarget {
  if (target === undefined || target === null) return {};
  const own = definitionOf(target);
  if (own) return { model: own.name, id: recordId(own, target as Instance) };
  const definition = definitionOfConstructor(target);
  if (!definition) throw badRequest('status() and observeStatus() need a record, or a model class with an id.');
  return id === undefined || id === null
    ? { model: definition.name }
    : { model: definition.name, id: idOf(definition, id) };
}

function idOf(definition: Definition, id: unknown): string {
  if (typeof id === 'object') return recordId(definition, id as Instance);
  if (typeof id === 'string' && definition.key.length === 1) return recordId(definition, { [definition.key[0]]: id });
  throw badRequest(
    `Name a ${definition.name} by its ${definition.key.length > 1 ? 'key fields, as an object' : 'id, as a string'}.`,
  );
}

export const statusOf = (told: Told): RecordStatus => ({
  ...told,
  model: constructorOf(told.model) as PersistentModelConstructor<any>,
});

/** Tells each transition once, also over the death of an engine. */
export class StatusView {
  #known = new Map<string, Told>();

  /** one: of a single record, whose first status is told when it is at rest too. */
  constructor(readonly one: boolean) {}

  apply(body: { first: boolean; statuses: Told[] }): RecordStatus[] {
    const told = body.statuses.map((status) => ({ key: JSON.stringify([status.model, status.id]), status }));
    const news: RecordStatus[] = [];
    if (body.first) {
      const named = new Set(told.map(({ key }) => key));
      for (const [key, { model, id }] of [...this.#known]) {
        if (named.has(key)) continue;
        this.#known.delete(key);
        const state = definitionNamed(model).model.syncable === false ? 'local' : 'synced';
        news.push(statusOf({ model, id, state, cause: null, changes: 0 }));
      }
    }
    for (const { key, status } of told) {
      const before = this.#known.get(key);
      if (body.first && before && before.state === status.state && before.cause?.message === status.cause?.message)
        continue;
      if ((status.state === 'synced' || status.state === 'local') && !this.one) this.#known.delete(key);
      else this.#known.set(key, status);
      news.push(statusOf(status));
    }
    return news;
  }
}
