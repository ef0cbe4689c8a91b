import { badRequest } from '../shared/errors.js';
import { definitionOf, type Instance } from './instances.js';
import type { Condition, ProducerSortPredicate, SortDirection } from './types.js';

// Amplify's makers and readers of predicates, for code that handles predicates of any model. What they make is an
// ordinary predicate function. Nothing happens when this module loads.

/** One comparison of a predicate. */
export interface PredicateObject {
  field: string;
  operator: string;
  operand: unknown; // of between a pair
}

/** Comparisons, and groups of them. */
export interface PredicatesGroup {
  type: 'and' | 'or' | 'not';
  predicates: (PredicateObject | PredicatesGroup)[];
}

const has = (v: unknown, name: string): boolean => typeof v === 'object' && v !== null && !!(v as any)[name];

/** Whether it is a comparison of ModelPredicateCreator.getPredicates(). */
export const isPredicateObj = (v: unknown): v is PredicateObject => has(v, 'field');

/** Whether it is a group of ModelPredicateCreator.getPredicates(). */
export const isPredicateGroup = (v: unknown): v is PredicatesGroup => has(v, 'type');

type AnyPredicate = (m: any) => Condition;

/** Records what a predicate says of any model. Relations can't be told from fields here. */
function reader(): any {
  const group = (type: string) => (body: (m: unknown) => unknown) => ({ type, predicates: [body(reader())].flat() });
  const field = (name: string) =>
    new Proxy(
      {},
      {
        get: (_, operator) =>
          typeof operator !== 'string'
            ? undefined
            : (...operands: unknown[]) => ({
                field: name,
                operator,
                operand: operator === 'between' ? operands : operands[0],
              }),
      },
    );
  const groups: Record<string, unknown> = { __proto__: null, and: group('and'), or: group('or'), not: group('not') };
  return new Proxy({}, { get: (_, name) => (typeof name === 'string' ? (groups[name] ?? field(name)) : undefined) });
}

/** What a filter as AppSync takes it says, on the parameter of a predicate function. */
function conditionOf(m: any, filter: unknown): Condition {
  const parts = Object.entries(filter ?? {}).flatMap(([name, given]): Condition[] => {
    if (name === 'and' || name === 'or') {
      return [m[name]((inner: any) => (given as unknown[]).map((one) => conditionOf(inner, one)))];
    }
    if (name === 'not') return [m.not((inner: any) => conditionOf(inner, given))];
    return Object.entries(given as object).map(([operator, operand]) => {
      if (operator === 'between') return m[name].between(...operand);
      if (typeof m[name][operator] !== 'function') throw badRequest(`There is no comparison ${operator} of ${name}.`);
      return m[name][operator](operand);
    });
  });
  return parts.length === 1 ? parts[0] : m.and(() => parts);
}

/** Makes predicate functions for query(), observe() and delete(), and reads them. */
export const ModelPredicateCreator = {
  /** Whether it can be called as a predicate. */
  isValidPredicate: (v: unknown): v is AnyPredicate => typeof v === 'function',

  /** The predicate that finds the record that a model instance is of. */
  createForPk: (_definition: unknown, model: object): AnyPredicate => {
    const own = definitionOf(model);
    if (!own) throw badRequest('createForPk() takes an instance of a model.');
    const key = Object.fromEntries(own.key.map((name) => [name, (model as Instance)[name]]));
    return ModelPredicateCreator.createFromFlatEqualities(_definition, key);
  },

  /** The predicate `a = 1 and b = 2` of `{a: 1, b: 2}`. */
  createFromFlatEqualities:
    (_definition: unknown, equalities: Record<string, unknown>): AnyPredicate =>
    (m) =>
      m.and((inner: any) => Object.entries(equalities).map(([name, value]) => inner[name].eq(value))),

  /** The predicate of a filter as AppSync takes it, `{and: [{a: {eq: 1}}]}`. */
  createFromAST:
    (_definition: unknown, filter: object): AnyPredicate =>
    (m) =>
      conditionOf(m, filter),

  /** What a predicate function says that compares fields of one model. */
  getPredicates: (predicate: AnyPredicate): PredicatesGroup => {
    const whole = reader();
    const said = predicate(whole) as unknown;
    if (said === whole) return { type: 'and', predicates: [] };
    if (isPredicateGroup(said)) return said;
    return { type: 'and', predicates: isPredicateObj(said) ? [said] : [] };
  },
};

type SortKeys = { field: string; sortDirection: SortDirection }[];

/** Reads the sort functions of queries. */
export const ModelSortPredicateCreator = {
  /** Whether it can be called as a sort function. */
  isValidPredicate: (v: unknown): v is ProducerSortPredicate<any> => typeof v === 'function',

  /** The sort function itself. */
  createFromExisting: <T>(_definition: unknown, sort: ProducerSortPredicate<T>): ProducerSortPredicate<T> => sort,

  /** By which fields a sort function sorts, first to last. */
  getPredicates: (sort: ProducerSortPredicate<any>): SortKeys => {
    const keys: SortKeys = [];
    const chain: any = new Proxy(
      {},
      {
        get: (_, field) => (sortDirection: SortDirection) => {
          keys.push({ field: String(field), sortDirection });
          return chain;
        },
      },
    );
    sort(chain);
    return keys;
  },
};

/** Amplify's namespaces of models. An app's own are those of `user`; here are no others. */
export const NAMESPACES = { DATASTORE: 'datastore', USER: 'user', SYNC: 'sync', STORAGE: 'storage' } as const;

/** How a race between a count and a time ended, in Amplify's observeQuery. Nothing here gives one. */
export const LimitTimerRaceResolvedValues = { LIMIT: 'LIMIT', TIMER: 'TIMER' } as const;

/** The key of what Amplify's predicates hold inside. Nothing here has one. */
export class PredicateInternalsKey {
  declare private readonly key: true;
}
