import { invalidValue, messageOf } from '../shared/errors.js';
import { fieldOf, isInexact, isPlain, json, jsonText, keepNumber, mayBeInexact, numberText, parsed } from './json.js';
import { TextReader } from './textreader.js';
import { wrongElements } from './validate.js';
import { clone, deepFreeze, type Instance, type RecordSource, same, setOrigin, type Origin } from './instances.js';
import { constructorOf } from './registry.js';
import { type Definition, nonModelOf, type Schema, type SchemaField, type StoredField } from './schema.js';

// A row is what travels and is stored: plain JSON, AWSJSON values as text. An instance is what the
// app gets: frozen, AWSJSON values parsed.

/** The sync metadata of a row; instances show it under the same names. */
export const metadata = ['_version', '_lastChangedAt', '_deleted'] as const;

/** digits are the text of a number that JavaScript can't hold, where that was kept. */
type Direction = (json: unknown, digits?: string) => unknown;

const toText: Direction = (v, digits) => digits ?? jsonText(v);

const fromText: Direction = (v) => {
  if (typeof v !== 'string') return v;
  try {
    return parsed(v);
  } catch {
    return v; // no JSON, from a server that stores other text
  }
};

/** Applies a direction to every AWSJSON inside a value. */
function convert(schema: Schema, field: SchemaField, value: unknown, direction: Direction, digits?: string): unknown {
  if (value === null || value === undefined) return value;
  if (Array.isArray(value) && field.isArray) {
    const one = { ...field, isArray: false };
    const made = value.map((v, i) => convert(schema, one, v, direction, numberText(value, String(i))));
    return withNumbers(made, value);
  }
  if (field.type === 'AWSJSON') return direction(value, digits);
  const fields = schema.nonModels?.[nonModelOf(field) ?? '']?.fields;
  if (!fields || typeof value !== 'object') return value;
  const inner = (name: string, v: unknown) =>
    fields[name] ? convert(schema, fields[name], v, direction, numberText(value, name)) : v;
  return withNumbers(Object.fromEntries(Object.entries(value).map(([name, v]) => [name, inner(name, v)])), value);
}

/** A list or an embedded object with the texts of the numbers in it that were parsed from texts. */
function withNumbers<T extends object>(made: T, from: Record<string, any>): T {
  for (const [name, v] of Object.entries(made)) if (typeof v === 'number') keepNumber(made, name, v, from[name]);
  return made;
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
    // What was never synced has no metadata, as a new instance has none.
    const synced = (row._version ?? null) !== null;
    for (const name of metadata) instance[name] = synced ? row[name] : undefined;
    setOrigin(instance, origin);
    return Object.freeze(instance);
  };
}

/** A field of an instance, as it travels. */
const written = (definition: Definition, { name, field, json }: StoredField, instance: Instance): unknown =>
  json
    ? (numberText(instance, name) ?? converted(definition, field, fieldOf(instance, name), toText))
    : fieldOf(instance, name);

/** Whether a field that looks the same to JavaScript holds another number in two instances. */
export function otherDigits(definition: Definition, stored: StoredField, before: Instance, after: Instance): boolean {
  const was = fieldOf(before, stored.name);
  if (!stored.json || (typeof was === 'object' && was === fieldOf(after, stored.name))) return false;
  const [a, b] = [before, after].map((instance) => JSON.stringify(written(definition, stored, instance) ?? null));
  return a !== b && (mayBeInexact(a) || mayBeInexact(b));
}

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

/** AWSJSON that may be a text already: what is no JSON is a text by itself. */
const eitherToText: Direction = (v) => {
  if (typeof v !== 'string') return jsonText(v);
  try {
    JSON.parse(v);
    return v;
  } catch {
    return jsonText(v);
  }
};

/** The row of a record as Amplify DataStore keeps it, without its metadata. AWSJSON is text in there after some changes, and parsed after others. */
export function rowOfAmplify(definition: Definition, record: Record<string, unknown>): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const { name, field, json } of definition.stored) {
    const value = Object.hasOwn(record, name) ? record[name] : undefined;
    if (value !== undefined) row[name] = json ? converted(definition, field, value, eitherToText) : value;
  }
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

/** fromText for a list or an embedded type as one text: the AWSJSON in it that is no text keeps its digits. */
function fromWhole(schema: Schema, field: SchemaField, text: string): unknown {
  const value = fromText(text);
  if (typeof value !== 'object' || value === null || !mayBeInexact(text)) return value;
  return read(schema, field, new TextReader(text)).value;
}

/** Reads the next value of a text, which is JSON. text is what it was read from, where that is AWSJSON by itself. */
function read(schema: Schema, field: SchemaField | undefined, from: TextReader): { value: unknown; text?: string } {
  const next = from.peek();
  if (field?.isArray && next === '[') {
    const made: unknown[] = [];
    const one = { ...field, isArray: false };
    from.list(() => {
      const { value, text } = read(schema, one, from);
      made.push(value);
      keepNumber(made, String(made.length - 1), value, text);
    });
    return { value: made };
  }
  const fields = field && !field.isArray ? schema.nonModels?.[nonModelOf(field) ?? '']?.fields : undefined;
  if (fields && next === '{') {
    const known = new Map<string, { value: unknown; text?: string }>();
    from.object((name) => known.set(name, read(schema, Object.hasOwn(fields, name) ? fields[name] : undefined, from)));
    const made = Object.fromEntries(Array.from(known, ([name, { value }]) => [name, value]));
    for (const [name, { value, text }] of known) keepNumber(made, name, value, text);
    return { value: made };
  }
  const text = from.value();
  if (field?.type !== 'AWSJSON' || field.isArray || next === '"') return { value: JSON.parse(text) };
  return { value: settle(parsed(text)), text };
}

/**
 * The form that an instance has of a value that the app gave, without touching the app's own object:
 * a text for a list, an embedded type or AWSJSON is parsed, a number for a Boolean becomes one.
 * before is what a copy had there: AWSJSON in it that the app left as it was stays as it was.
 */
export function taken(schema: Schema, field: SchemaField | undefined, value: unknown, before?: unknown): unknown {
  if (!field) return clone(value);
  const known: Known = { values: new Set(), digits: new Map() };
  if (field.type !== 'AWSJSON' || field.isArray) {
    convert(schema, field, before, (v, digits) => {
      known.values.add(v);
      if (digits === undefined) return;
      const texts = known.digits.get(v) ?? [];
      known.digits.set(v, texts);
      texts.push(digits);
    });
    for (const texts of known.digits.values()) texts.reverse();
  }
  return settle(take(schema, field, value, known));
}

/** Parsed AWSJSON that was there before, and the texts of numbers in it, the first one last. */
interface Known {
  values: Set<unknown>;
  digits: Map<unknown, string[]>;
}

/**
 * Keeps the text of a number that JavaScript can't hold: where the app gave a text, took the value from an instance, or
 * left it as it was.
 */
function takeNumber(made: object, name: string, given: Record<string, any>, known: Known): void {
  const value = (made as Record<string, unknown>)[name];
  if (typeof value !== 'number') return;
  const text = typeof given[name] === 'string' ? given[name] : numberText(given, name);
  keepNumber(made, name, value, text ?? known.digits.get(value)?.pop());
}

function take(schema: Schema, field: SchemaField, value: unknown, known: Known): unknown {
  const isJson = field.type === 'AWSJSON';
  const fields = schema.nonModels?.[nonModelOf(field) ?? '']?.fields;
  if (typeof value === 'string' && (field.isArray || fields)) value = fromWhole(schema, field, value);
  if (Array.isArray(value) && field.isArray) {
    const one = { ...field, isArray: false };
    if (settled.has(value)) known = { ...known, values: new Set([...known.values, ...value]) };
    const elements = value;
    const made = Array.from(value, (v) => {
      if (v === undefined) return null;
      if (field.type === 'Boolean') return v;
      try {
        return take(schema, one, v, known);
      } catch (e) {
        throw isJson && typeof v === 'string' ? wrongElements(field, 'AWSJSON', elements) : e;
      }
    });
    if (isJson) for (const i of made.keys()) takeNumber(made, String(i), elements, known);
    return made;
  }
  if (isJson) return takeJson(field, value, known);
  if (fields && typeof value === 'object' && value !== null && isPlain(value)) {
    const own = settled.has(value);
    const inner = (name: string, v: unknown) =>
      Object.hasOwn(fields, name) ? (own ? v : take(schema, fields[name], v, known)) : clone(v);
    const given = value;
    const made = Object.fromEntries(Object.entries(given).map(([name, v]) => [name, inner(name, v)]));
    for (const name in made) if (fields[name]?.type === 'AWSJSON') takeNumber(made, name, given, known);
    return settle(made);
  }
  if (field.type === 'Boolean' && Number.isFinite(value)) return Boolean(value);
  return clone(value);
}

function takeJson(field: SchemaField, value: unknown, known: Known): unknown {
  if (value === null || settled.has(value as object) || (typeof value === 'string' && known.values.has(value)))
    return value;
  if (typeof value === 'object') for (const v of known.values) if (isInexact(v) && same(v, value)) return v;
  try {
    return typeof value === 'string' ? parsed(value) : json(value);
  } catch (e) {
    if (typeof value === 'string') throw invalidValue(`Field ${field.name} is an invalid JSON object. ${value}`);
    throw invalidValue(`Field ${field.name} can't be written as JSON: ${messageOf(e)}.`);
  }
}
