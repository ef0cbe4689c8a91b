import { invalidValue, messageOf } from '../shared/errors.js';
import { fieldOf, isInexact, isPlain, json, jsonText, keepNumber, numberText, parsed } from './json.js';
import { wrongElements } from './validate.js';
import { clone, deepFreeze, type Instance, type RecordSource, same, setOrigin, type Origin } from './instances.js';
import { constructorOf } from './registry.js';
import { type Definition, nonModelOf, type Schema, type SchemaField, type StoredField } from './schema.js';

// A row is what travels and is stored: plain JSON, AWSJSON values as text. An instance is what the
// app gets: frozen, AWSJSON values parsed.

/** The sync metadata of a row; instances show it under the same names. */
export const metadata = ['_version', '_lastChangedAt', '_deleted'] as const;

type Direction = (json: unknown) => unknown;

const fromText: Direction = (v) => {
  if (typeof v !== 'string') return v;
  try {
    return parsed(v);
  } catch {
    return v; // no JSON, from a server that stores other text
  }
};

/** Applies a direction to every AWSJSON inside a value. */
function convert(schema: Schema, field: SchemaField, value: unknown, direction: Direction): unknown {
  if (value === null || value === undefined) return value;
  if (Array.isArray(value) && field.isArray) {
    return value.map((v) => convert(schema, { ...field, isArray: false }, v, direction));
  }
  if (field.type === 'AWSJSON') return direction(value);
  const fields = schema.nonModels?.[nonModelOf(field) ?? '']?.fields;
  if (!fields || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, v]) => [name, fields[name] ? convert(schema, fields[name], v, direction) : v]),
  );
}

const converted = (definition: Definition, field: SchemaField | undefined, value: unknown, to: Direction) =>
  field ? convert(definition.schema, field, value, to) : value;

const shapes = new WeakMap<object, new () => Instance>();

/**
 * A constructor that does nothing. Engines know the objects of one constructor by their shape;
 * those of Object.create take three times as long to fill.
 */
function shapeOf(prototype: object): new () => Instance {
  let shape = shapes.get(prototype);
  if (!shape) {
    // biome-ignore lint/complexity/useArrowFunction: an arrow function can't be called with `new`
    shape = function () {} as unknown as new () => Instance;
    shape.prototype = prototype;
    shapes.set(prototype, shape);
  }
  return shape;
}

/** Makes the instances of rows that came from one source. */
export function reader(definition: Definition, source: RecordSource): (row: Instance) => Instance {
  const Shape = shapeOf(constructorOf(definition.name).prototype as object);
  // One origin for all of them: the page keeps nothing per record but the record.
  const origin: Origin = { definition, source };
  const stored = definition.stored.map((one) => ({ ...one, inherited: one.name in Object.prototype }));
  return (row) => {
    const instance = new Shape();
    for (const { name, field, json, inherited } of stored) {
      let value = inherited ? fieldOf(row, name) : row[name];
      if (value === undefined) value = null;
      else if (json) {
        value = settle(converted(definition, field, value, fromText));
        keepNumber(instance, name, value, row[name]);
      }
      instance[name] = typeof value === 'object' && value !== null ? deepFreeze(value) : value;
    }
    for (const name of metadata) instance[name] = row[name];
    setOrigin(instance, origin);
    return Object.freeze(instance);
  };
}

/** A field of an instance, as it travels. */
const written = (definition: Definition, { name, field, json }: StoredField, instance: Instance): unknown =>
  json
    ? (numberText(instance, name) ?? converted(definition, field, fieldOf(instance, name), jsonText))
    : fieldOf(instance, name);

/** The row of an instance. */
export function rowOf(definition: Definition, instance: Instance): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const stored of definition.stored) {
    const value = written(definition, stored, instance);
    if (value !== undefined) row[stored.name] = value;
  }
  for (const name of metadata) if (instance[name] !== undefined) row[name] = instance[name];
  return row;
}

/** Some fields of an instance, as they travel. */
export function fieldsOf(definition: Definition, instance: Instance, names: Iterable<string>): Record<string, unknown> {
  const wanted = new Set(names);
  const fields: Record<string, unknown> = {};
  for (const stored of definition.stored) {
    if (wanted.has(stored.name)) fields[stored.name] = written(definition, stored, instance) ?? null;
  }
  return fields;
}

/** Lists and embedded objects of which every AWSJSON is parsed: a text in them is not JSON any more, but its value. */
const settled = new WeakSet<object>();

export function settle<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    settled.add(value);
    if (Array.isArray(value)) value.forEach(settle);
  }
  return value;
}

/**
 * The form that an instance has of a value that the app gave, without touching the app's own object:
 * a text for a list, an embedded type or AWSJSON is parsed, a number for a Boolean becomes one.
 * before is what a copy had there: AWSJSON in it that the app left as it was stays as it was.
 */
export function taken(schema: Schema, field: SchemaField | undefined, value: unknown, before?: unknown): unknown {
  if (!field) return clone(value);
  const known: Known = new Set();
  if (field.type !== 'AWSJSON' || field.isArray) convert(schema, field, before, (v) => known.add(v));
  return settle(take(schema, field, value, known));
}

/** Parsed AWSJSON that was there before. */
type Known = Set<unknown>;

function take(schema: Schema, field: SchemaField, value: unknown, known: Known): unknown {
  const isJson = field.type === 'AWSJSON';
  const fields = schema.nonModels?.[nonModelOf(field) ?? '']?.fields;
  if (typeof value === 'string' && (field.isArray || fields)) value = fromText(value);
  if (Array.isArray(value) && field.isArray) {
    const one = { ...field, isArray: false };
    if (settled.has(value)) known = new Set([...known, ...value]);
    const elements = value;
    return Array.from(value, (v) => {
      if (v === undefined) return null;
      if (field.type === 'Boolean') return v;
      try {
        return take(schema, one, v, known);
      } catch (e) {
        throw isJson && typeof v === 'string' ? wrongElements(field, 'AWSJSON', elements) : e;
      }
    });
  }
  if (isJson) return takeJson(field, value, known);
  if (fields && typeof value === 'object' && value !== null && isPlain(value)) {
    const own = settled.has(value);
    const inner = (name: string, v: unknown) =>
      Object.hasOwn(fields, name) ? (own ? v : take(schema, fields[name], v, known)) : clone(v);
    return settle(Object.fromEntries(Object.entries(value).map(([name, v]) => [name, inner(name, v)])));
  }
  if (field.type === 'Boolean' && Number.isFinite(value)) return Boolean(value);
  return clone(value);
}

function takeJson(field: SchemaField, value: unknown, known: Known): unknown {
  if (value === null || settled.has(value as object) || (typeof value === 'string' && known.has(value))) return value;
  if (typeof value === 'object') for (const v of known) if (isInexact(v) && same(v, value)) return v;
  try {
    return typeof value === 'string' ? parsed(value) : json(value);
  } catch (e) {
    if (typeof value === 'string') throw invalidValue(`Field ${field.name} is an invalid JSON object. ${value}`);
    throw invalidValue(`Field ${field.name} can't be written as JSON: ${messageOf(e)}.`);
  }
}
