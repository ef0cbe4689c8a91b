import {
  aggregateCall,
  type Group,
  type GroupField,
  type GroupOptions,
  type NumberField,
  type OrderedField,
  type Where,
} from './aggregate.js';
import { badRequest } from '../shared/errors.js';
import type { Instance } from './instances.js';
import { Predicates } from './predicates.js';
import { definitionOfConstructor } from './registry.js';
import { deleteCall, deletesOf, saveCall, savesOf } from './writes.js';
import type { Constructor, PersistentModel } from './types.js';

/** What the methods need of their store. Each starts it before when it is not started. */
export interface Means {
  ask(operation: string, args: object): Promise<any>;
  /** As ask(), for what changes records. */
  write(operation: string, args: object): Promise<any>;
  /** Makes the instance of a row. */
  read(model: string, row: Instance): Instance;
}

/** What a store has beyond Amplify DataStore's methods. Each of them is a method of the store, see Store. */
export class Additions {
  readonly #store: Means;

  constructor(store: Means) {
    this.#store = store;
  }

  /**
   * Creates a record, or changes it when there is one with its id: here, or on the server although it is not here. Only the
   * fields that the model was made with are changed. Resolves as save() does.
   */
  async upsert<T extends PersistentModel>(model: T): Promise<T> {
    const args = saveCall(model, undefined, true);
    return this.#store.read(args.model, await this.#store.write('save', args)) as T;
  }

  /**
   * Saves models in one local transaction, each seeing those before it: all of them are kept, or none. Resolves with them
   * as stored, in the same order. Rejects as save() does for the first that is refused, whose place in the list is
   * `detail.index`; at most 10,000. To the server they go as changes of their own, in their order.
   */
  async saveAll<M extends readonly PersistentModel[]>(
    models: readonly [...M],
  ): Promise<{ -readonly [K in keyof M]: M[K] }> {
    const writes = savesOf(models);
    const rows: Instance[] = await this.#store.write('writeAll', { writes });
    return rows.map((row, n) => this.#store.read(writes[n].save.model, row)) as any;
  }

  /**
   * Deletes models, or all records of a class, or those that match, with their HAS_ONE and HAS_MANY children, in one local
   * transaction: all of them or none. Resolves with the models, or with the records that were deleted. Rejects as
   * saveAll() does; with bad_request when a predicate is given that is undefined or null.
   */
  deleteAll<T extends PersistentModel>(models: readonly T[]): Promise<T[]>;
  deleteAll<T extends PersistentModel>(model: Constructor<T>, where?: Where<T>): Promise<T[]>;
  async deleteAll(...given: [target: any, where?: any]): Promise<any> {
    const [target, where] = given;
    if (typeof target !== 'function') {
      await this.#store.write('writeAll', { writes: deletesOf(target) });
      return [...target];
    }
    if (given.length > 1 && (where === undefined || where === null))
      throw badRequest(
        'The predicate is missing. To delete all records of a model, call deleteAll(Model) without one.',
      );
    const args = deleteCall(target, given.length > 1 ? where : Predicates.ALL);
    const rows: Instance[] = await this.#store.write('delete', args);
    return rows.map((row) => this.#store.read(args.model, row));
  }

  /**
   * Asks the server now for what changed in a model, in several, or in all of them, and resolves when that is here. What
   * is saved is sent by itself. Rejects while nothing can be fetched: network, paused, unauthorized, rate_limited,
   * server_error, quota, closed (by stop() and clear()), not_configured without an endpoint. The engine goes on trying then.
   */
  async sync(models?: Constructor<any> | readonly Constructor<any>[]): Promise<void> {
    const named = models === undefined ? [] : Array.isArray(models) ? models : [models];
    if (models !== undefined && named.length === 0) return;
    await this.#store.ask('sync', { models: named.map((model) => syncedModel(model)) });
  }

  /** How many records there are, or match. Answered by the engine: no record comes to the page. */
  async count<T extends PersistentModel>(model: Constructor<T>, where?: Where<T> | null): Promise<number> {
    return (await this.#one(model, { where })).count;
  }

  /** The sum of a number field; 0 where no record has a value. */
  async sum<T extends PersistentModel>(
    model: Constructor<T>,
    field: NumberField<T>,
    where?: Where<T> | null,
  ): Promise<number> {
    return (await this.#one(model, { where, sum: named(field) })).sum[field];
  }

  /** The least value of a number or text field, in the order of sorting; null where no record has one. */
  async min<T extends PersistentModel, K extends OrderedField<T>>(
    model: Constructor<T>,
    field: K,
    where?: Where<T> | null,
  ): Promise<NonNullable<T[K]> | null> {
    return (await this.#one(model, { where, min: named(field) })).min[field];
  }

  /** The greatest value, as min(). */
  async max<T extends PersistentModel, K extends OrderedField<T>>(
    model: Constructor<T>,
    field: K,
    where?: Where<T> | null,
  ): Promise<NonNullable<T[K]> | null> {
    return (await this.#one(model, { where, max: named(field) })).max[field];
  }

  /** The mean of a number field; null where no record has a value. */
  async avg<T extends PersistentModel>(
    model: Constructor<T>,
    field: NumberField<T>,
    where?: Where<T> | null,
  ): Promise<number | null> {
    return (await this.#one(model, { where, avg: named(field) })).avg[field];
  }

  /**
   * The groups of records that have the same values in one field or in several, in the order in which their first
   * records were saved: `groupBy(Order, 'state', { sum: 'total' })` gives `[{ by: { state: 'open' }, count: 2, sum: {
   * total: 7 }, ... }]`. null is a value like any other. Rejects with bad_request for a list, an embedded type or AWSJSON.
   */
  async groupBy<T extends PersistentModel>(
    model: Constructor<T>,
    by: GroupField<T> | readonly GroupField<T>[],
    options: GroupOptions<T> = {},
  ): Promise<Group<T>[]> {
    return this.#store.ask('aggregate', aggregateCall(model, named(by), options ?? {}));
  }

  async #one(model: unknown, options: Parameters<typeof aggregateCall>[2]): Promise<any> {
    const [all] = await this.#store.ask('aggregate', aggregateCall(model, undefined, options));
    return all;
  }
}

/** A field, which must be named: an aggregation of nothing would be answered, too. */
function named<F>(field: F): F {
  if (field === undefined || field === null) throw badRequest("Name a field, for example sum(Order, 'total').");
  return field;
}

function syncedModel(model: unknown): string {
  const definition = definitionOfConstructor(model);
  if (!definition) throw badRequest('sync() takes a model, a list of models, or nothing for all of them.');
  return definition.name;
}
