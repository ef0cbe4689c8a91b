import { badRequest, invalidValue } from '../shared/errors.js';
import { recordId } from './identity.js';
import { definitionOf, type Instance } from './instances.js';
import { equals, type Filter, filterOf, isAll } from './predicates.js';
import { definitionOfConstructor } from './registry.js';
import type { Definition } from './schema.js';
import { pagingOf, type SortKey, sortOf } from './sort.js';
import type { Condition, Key, PredicateFunction } from './types.js';

// What the arguments of query, delete and observe mean. The messages are Amplify DataStore's.

/** An id, the key fields, a predicate, or Predicates.ALL. */
export type Criteria<T> = Key<T> | PredicateFunction<T> | Condition;

const docs =
  'https://docs.amplify.aws/lib/datastore/advanced-workflows/q/platform/js/#querying-records-with-custom-primary-keys';

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !isAll(v);

function compositeError(verb: string): Error {
  const unless = verb === 'deleted' ? ', unless using a predicate' : '';
  return badRequest(
    `Models with composite primary keys cannot be ${verb} by a single key value${unless}. ` +
      `Use object literal syntax for composite keys instead: ${docs}`,
  );
}

/** The definition of an instance that is to be saved or deleted. */
export function modelTarget(model: unknown): Definition {
  const definition = definitionOf(model);
  if (!definition) throw invalidValue('Object is not an instance of a valid model');
  return definition;
}

interface QueryTarget {
  definition: Definition;
  /** It is about the record with a key, not about a list. */
  one: boolean;
  id?: string;
  filter?: Filter;
  sort?: SortKey[];
  limit?: number;
  page?: number;
}

export function queryTarget(model: unknown, criteria: unknown, options: any): QueryTarget {
  const definition = definitionOfConstructor(model);
  if (!definition) throw badRequest('Constructor is not for a valid model');
  if (typeof criteria === 'string') {
    if (definition.key.length > 1) throw compositeError('queried');
    return one(definition, criteria, options);
  }
  if (isObject(criteria)) return one(definition, recordId(definition, criteria), options);
  const filter = criteria === undefined || criteria === null ? undefined : filterOf(definition, criteria, 'allowed');
  return { definition, one: false, filter, sort: sortOf(definition, options?.sort), ...pagingOf(options) };
}

function one(definition: Definition, id: string, options: any): QueryTarget {
  pagingOf(options);
  if (options) console.warn('Pagination is ignored when querying by id');
  return { definition, one: true, ...byId(definition, id) };
}

/** A record by its id. The empty one is no record's, and means all of them to the engine. */
const byId = (definition: Definition, id: string) =>
  id === '' ? { filter: equals({ [definition.key[0]]: '' }) } : { id };

interface DeleteTarget {
  definition: Definition;
  id?: string;
  filter?: Filter;
  condition?: Filter;
}

export function deleteTarget(target: unknown, criteria: unknown): DeleteTarget {
  if (!target) throw badRequest('Model or Model Constructor required');
  const definition = definitionOfConstructor(target);
  if (definition) return deleteByCriteria(definition, criteria);
  const own = modelTarget(target);
  const id = recordId(own, target as Instance);
  if (criteria === undefined || criteria === null) return { definition: own, id };
  if (typeof criteria !== 'function') throw badRequest('Invalid criteria');
  return { definition: own, id, condition: filterOf(own, criteria) };
}

function deleteByCriteria(definition: Definition, criteria: unknown): DeleteTarget {
  if (criteria === undefined || criteria === null || criteria === '') {
    throw badRequest('Id to delete or criteria required. Do you want to delete all? Pass Predicates.ALL');
  }
  if (typeof criteria === 'string') {
    if (definition.key.length > 1) throw compositeError('deleted');
    return { definition, id: criteria };
  }
  if (isObject(criteria)) return { definition, id: recordId(definition, criteria) };
  if (typeof criteria !== 'function') {
    throw badRequest('Criteria required. Do you want to delete all? Pass Predicates.ALL');
  }
  return { definition, filter: filterOf(definition, criteria, 'allowed') };
}

/** The arguments of the engine's observe. */
export interface ObserveTarget {
  model?: string;
  id?: string;
  filter?: Filter;
}

export function observeTarget(target: unknown, criteria: unknown): ObserveTarget {
  if (target === undefined || target === null) {
    if (criteria !== undefined) throw badRequest('Cannot provide criteria without a modelConstructor');
    return {};
  }
  const instance = definitionOf(target);
  if (instance) return { model: instance.name, id: recordId(instance, target as Instance) };
  const definition = definitionOfConstructor(target);
  if (!definition) throw badRequest('The model is not an instance of a PersistentModelConstructor');
  if (criteria === undefined || criteria === null) return { model: definition.name };
  if (typeof criteria === 'string') {
    if (definition.key.length > 1) throw compositeError('queried');
    return { model: definition.name, ...byId(definition, criteria) };
  }
  if (isObject(criteria)) {
    throw badRequest(`Object literal syntax cannot be used with observe. Use a predicate instead: ${docs}`);
  }
  return { model: definition.name, filter: filterOf(definition, criteria, 'allowed') };
}
