import { badRequest } from '../shared/errors.js';
import { filterOf } from './predicates.js';
import { definitionOfConstructor } from './registry.js';
import type { Definition } from './schema.js';
import type { Condition, PredicateFunction } from './types.js';

/** The names of the fields of a model that hold one value of a kind. */
type Holding<T, V> = Extract<{ [K in keyof T]-?: NonNullable<T[K]> extends V ? K : never }[keyof T], string>;
/** Fields that can be added up. */
export type NumberField<T> = string extends keyof T ? string : Holding<T, number>;
/** Fields that have a least and a greatest value. */
export type OrderedField<T> = string extends keyof T ? string : Holding<T, number | string>;
/** Fields that records can be grouped by. */
export type GroupField<T> = string extends keyof T ? string : Holding<T, number | string | boolean>;

/** A predicate function, or Predicates.ALL. */
export type Where<T> = PredicateFunction<T> | Condition;

/** What groupBy() tells of each group, besides its size. Each takes one field or a list of at most 20. */
export interface GroupOptions<T> {
  /** Which records are looked at; all when it is left out. */
  where?: Where<T> | null;
  sum?: NumberField<T> | readonly NumberField<T>[];
  min?: OrderedField<T> | readonly OrderedField<T>[];
  max?: OrderedField<T> | readonly OrderedField<T>[];
  avg?: NumberField<T> | readonly NumberField<T>[];
}

/** A group of records that have the same values in some fields. null and missing values count in none of the four. */
export interface Group<T> {
  /** The values that its records share. */
  by: { [K in GroupField<T>]?: T[K & keyof T] };
  count: number;
  /** 0 where no record of the group has a value. */
  sum: { [K in NumberField<T>]?: number };
  /** The least value by field; null where no record has one. */
  min: { [K in OrderedField<T>]?: T[K & keyof T] | null };
  max: { [K in OrderedField<T>]?: T[K & keyof T] | null };
  avg: { [K in NumberField<T>]?: number | null };
}

/** The arguments of the engine's aggregate. */
export interface AggregateCall {
  model: string;
  filter?: object;
  asked: Partial<Record<'by' | 'sum' | 'min' | 'max' | 'avg', readonly string[]>>;
}

const listOf = (definition: Definition, given: unknown): readonly string[] | undefined => {
  if (given === undefined || given === null) return undefined;
  const names = Array.isArray(given) ? given : [given];
  for (const name of names) {
    if (typeof name !== 'string' || !definition.storedNames.has(name))
      throw badRequest(`Invalid field for model. field: ${String(name)}, model: ${definition.name}`);
  }
  return names;
};

/** What the arguments of count(), sum(), groupBy() and the like mean. */
export function aggregateCall(
  model: unknown,
  by: unknown,
  options: { [K in keyof GroupOptions<any>]?: unknown },
): AggregateCall {
  const definition = definitionOfConstructor(model);
  if (!definition) throw badRequest('Constructor is not for a valid model');
  const { where, sum, min, max, avg } = options;
  if (where !== undefined && where !== null && typeof where !== 'function' && typeof where !== 'object')
    throw badRequest(
      'Records are chosen by a predicate, for example `p => p.rating.gt(3)`. Count one record with query().',
    );
  return {
    model: definition.name,
    filter: where === undefined || where === null ? undefined : filterOf(definition, where, 'allowed'),
    asked: {
      by: listOf(definition, by),
      sum: listOf(definition, sum),
      min: listOf(definition, min),
      max: listOf(definition, max),
      avg: listOf(definition, avg),
    },
  };
}
