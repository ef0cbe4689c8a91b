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
import type { Constructor, PersistentModel } from './types.js';

/** Asks the engine, and starts the store before when it is not started. */
type Ask = (operation: string, args: object) => Promise<any>;

/** What a store has beyond Amplify DataStore's methods. Each of them is a method of the store, see Store. */
export class Additions {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
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
    return this.#ask('aggregate', aggregateCall(model, named(by), options ?? {}));
  }

  async #one(model: unknown, options: Parameters<typeof aggregateCall>[2]): Promise<any> {
    const [all] = await this.#ask('aggregate', aggregateCall(model, undefined, options));
    return all;
  }
}

/** A field, which must be named: an aggregation of nothing would be answered, too. */
function named<F>(field: F): F {
  if (field === undefined || field === null) throw badRequest("Name a field, for example sum(Order, 'total').");
  return field;
}
