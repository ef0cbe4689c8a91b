import { badRequest, invalidValue, messageOf } from '../shared/errors.js';
import { isInexact, json, jsonText, kindOf } from './json.js';
import { definitionNamed } from './registry.js';
import type { Definition, Relation, StoredField } from './schema.js';
import type { Condition } from './types.js';

// A predicate function is run once with a recording object; what it returns holds AppSync's filter
// input ({"title":{"eq":"x"}}), which the engine evaluates. A relation takes a filter of the other
// model, {"blog":{"name":{"eq":"x"}}}: that goes to the engine only, no server reads it.

/** An AppSync filter input. */
export type Filter = Record<string, unknown>;

const terminate =
  'Invalid predicate. Terminate your predicate with a valid condition ' +
  "(e.g., `p => p.field.eq('value')`) or pass `Predicates.ALL`.";

/** A recorded condition. filter is null when it matches everything. */
class Recorded {
  constructor(readonly filter: Filter | null) {}
}

const all = new Recorded(null);

/** Predicates.ALL matches every record. */
export const Predicates = {
  get ALL(): Condition & ((...args: unknown[]) => Condition) {
    return allOf as unknown as Condition & (() => Condition);
  },
};

const allOf = () => all as unknown as Condition;

export const isAll = (criteria: unknown): boolean => criteria === allOf || criteria === all;

const operators: Record<string, number> = {
  eq: 1,
  ne: 1,
  gt: 1,
  ge: 1,
  lt: 1,
  le: 1,
  contains: 1,
  notContains: 1,
  beginsWith: 1,
  in: 1,
  notIn: 1,
  between: 2,
};

/** A filter that holds for every record. */
const always: Filter = { and: [] };

const isInfinite = (v: unknown): v is number => v === Infinity || v === -Infinity;

const textual = ['contains', 'notContains', 'beginsWith'];

/** An operand as it travels: JSON writes null for numbers that it lacks, leaves functions out and makes texts of Dates. */
function operandOf(stored: StoredField, operator: string, value: unknown): unknown {
  const type = stored.field?.type;
  const wrong = (what: string) => invalidValue(`${stored.name}.${operator}() can't compare with ${what}`);
  if (value === undefined || value === null) return null;
  if (type === 'AWSJSON' && typeof value !== 'string')
    return operand(() => jsonText(isInexact(value) ? value : json(value)));
  if (
    isInfinite(value) &&
    !textual.includes(operator) &&
    (type === 'Int' || type === 'Float' || type === 'AWSTimestamp')
  )
    return value;
  const kind = typeof value === 'object' ? kindOf(value) : '';
  if (kind === 'Date') throw wrong('a Date: a record holds text. Compare with its toISOString().');
  if (/^(Number|String|Boolean)$/.test(kind)) throw wrong('an object. Compare with its valueOf().');
  return operand(() => json(value));

  function operand(make: () => unknown): unknown {
    try {
      return make();
    } catch (e) {
      throw wrong(`this value: ${messageOf(e)}.`);
    }
  }
}

/**
 * A comparison with an infinity: every number that a record holds, and null, lies between the two. It stays a
 * comparison, one with nothing, so that not() makes its opposite of it in a related model as well.
 */
function unbounded(operator: string, infinity: number): Filter {
  const always = operator === 'eq' || operator === 'ne' ? operator === 'ne' : (operator[0] === 'l') === infinity > 0;
  return { [always ? 'notIn' : 'in']: [] };
}

function comparison(stored: StoredField, operator: string, operands: unknown[]): Recorded {
  const field = stored.name;
  const wrong = (what: string) => badRequest(`Incorrect usage of \`${operator}()\`: ${what}`);
  const wanted = operators[operator];
  if (operands.length !== wanted) {
    throw wrong(`Exactly ${wanted} ${wanted === 1 ? 'argument is' : 'arguments are'} required.`);
  }
  const list = operator === 'in' || operator === 'notIn';
  if (list && !Array.isArray(operands[0])) throw wrong('The argument must be an array.');
  const given = list ? Array.from(operands[0] as unknown[]) : operands;
  const values = given.map((v) => operandOf(stored, operator, v));
  if (list) return new Recorded({ [field]: { [operator]: values.filter((v) => !isInfinite(v)) } });
  const [first, second] = values;
  if (operator === 'between') {
    if ((first as number) > (second as number)) {
      throw wrong('The first argument must be less than or equal to the second argument.');
    }
    if (!isInfinite(first) && !isInfinite(second)) return new Recorded({ [field]: { between: [first, second] } });
    return new Recorded({ and: [simple('ge', first), simple('le', second)] });
  }
  return new Recorded(simple(operator, first));

  function simple(word: string, value: unknown): Filter {
    return { [field]: isInfinite(value) ? unbounded(word, value) : { [word]: value } };
  }
}

/** Whether a predicate may lead to related models: what a server evaluates as well may not. */
export type RelatedModels = 'allowed' | 'forbidden';

const related = (definition: Definition, field: string) =>
  badRequest(
    'Predication on releated models is not supported in this context. The server evaluates it as well, and its ' +
      `filters know one model: compare fields of ${definition.name} itself instead of ${field}, for example the foreign key.`,
  );

/** `c => c.rating('gt', 3)`, which was the form of DataStore up to version 4. */
function oldForm(field: string, operator: unknown, operands: unknown[]) {
  if (!Object.hasOwn(operators, String(operator))) return badRequest(terminate);
  const shown = operands.map((v) => (typeof v === 'string' ? `'${v}'` : messageOf(v))).join(', ');
  const now = `${field}.${operator}(${shown})`;
  return badRequest(
    `Predicates call the comparison, not the field: write \`m => m.${now}\` for \`m => m.${field}('${operator}', ${shown})\`, ` +
      `and \`m => m.and(m => [m.${now}, ...])\` for several.`,
  );
}

/** What a recorder stands for when it is returned untouched: a whole model, or that a relation leads somewhere. */
const whole = new WeakMap<object, Recorded>();

/**
 * Records comparisons with a model's fields. as() is what a filter of the model is a part of: itself, or the filter of
 * a model that leads here.
 */
function recorder(definition: Definition, models: RelatedModels, as = (filter: Filter): Filter => filter): object {
  const recordedAs = ({ filter }: Recorded) => new Recorded(as(filter ?? always));
  const self: Record<string, unknown> = {
    __proto__: null, // what objects inherit is not in it: fields are called like that, too
    and: (group: unknown) => recordedAs(new Recorded({ and: members(definition, models, 'and', group) })),
    or: (group: unknown) => recordedAs(new Recorded({ or: members(definition, models, 'or', group) })),
    not: (one: unknown) => recordedAs(new Recorded({ not: record(definition, models, one).filter ?? always })),
  };
  const fieldRecorder = (stored: StoredField) =>
    Object.assign(
      (operator: unknown, ...operands: unknown[]) => {
        throw oldForm(stored.name, operator, operands);
      },
      Object.fromEntries(
        Object.keys(operators).map((op) => [
          op,
          (...operands: unknown[]) => recordedAs(comparison(stored, op, operands)),
        ]),
      ),
    );
  const relationRecorder = ({ name, target }: Relation) => {
    if (models === 'forbidden') throw related(definition, name);
    return recorder(definitionNamed(target), models, (filter) => as({ [name]: filter }));
  };
  const proxy: object = new Proxy(self, {
    get(_, name) {
      if (typeof name !== 'string') return undefined;
      if (name in self) return self[name];
      const stored = definition.stored.find((f) => f.name === name);
      if (stored) return (self[name] = fieldRecorder(stored));
      const relation = definition.relations.get(name);
      if (relation) return (self[name] = relationRecorder(relation));
      if (name === 'then' || name === 'toJSON') return undefined; // promises and consoles look for these on anything
      throw badRequest(`Invalid field for model. field: ${name}, model: ${definition.name}`);
    },
  });
  whole.set(proxy, new Recorded(as({})));
  return proxy;
}

function members(definition: Definition, models: RelatedModels, group: string, body: unknown): Filter[] {
  if (typeof body !== 'function') throw badRequest(terminate);
  const list = body(recorder(definition, models)) as unknown;
  if (!Array.isArray(list)) {
    throw badRequest(`Invalid predicate. \`${group}\` groups must return an array of child conditions.`);
  }
  return list.map((one) => recorded(one).filter ?? always);
}

function recorded(result: unknown): Recorded {
  if (result instanceof Recorded) return result;
  if (isAll(result)) return all;
  const untouched = typeof result === 'object' && result !== null ? whole.get(result) : undefined;
  if (untouched) return Object.keys(untouched.filter!).length ? untouched : all;
  throw badRequest(terminate);
}

function record(definition: Definition, models: RelatedModels, predicate: unknown): Recorded {
  if (isAll(predicate)) return all;
  if (typeof predicate !== 'function') throw badRequest(terminate);
  return recorded(predicate(recorder(definition, models)));
}

/** Runs a predicate function and returns its filter input, undefined when it matches everything. */
export function filterOf(
  definition: Definition,
  predicate: unknown,
  models: RelatedModels = 'forbidden',
): Filter | undefined {
  return record(definition, models, predicate).filter ?? undefined;
}

/** A filter that matches the records whose fields equal values. */
export function equals(values: Record<string, unknown>): Filter {
  const tests = Object.entries(values).map(([name, value]) => ({ [name]: { eq: value } }));
  return tests.length === 1 ? tests[0] : { and: tests };
}
