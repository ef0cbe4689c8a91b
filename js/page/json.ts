// What JSON can hold, and AWSJSON: a text in the record, its parsed value in the instance.

/**
 * A copy of a value as JSON writes and reads it again. Throws a TypeError for what JSON lacks and would
 * make null, leave out or empty: NaN, Infinity, functions, symbols, BigInts, Maps and the like.
 */
export function json(value: unknown): unknown {
  const is = typeof value;
  if (is === 'number' && !Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`);
  if (is === 'bigint' || is === 'function' || is === 'symbol')
    throw new TypeError(`JSON has no ${is === 'bigint' ? 'BigInt' : is}`);
  if (is !== 'object' || value === null) return value === 0 ? 0 : value; // -0 is 0 in JSON
  const object = value as { toJSON?: unknown };
  const { toJSON } = object;
  if (typeof toJSON === 'function') return json(toJSON.call(value));
  if (Array.isArray(value)) return Array.from(value, (v) => json(v ?? null));
  if (boxed.test(kindOf(object))) return json(object.valueOf());
  if (!isPlain(object)) throw new TypeError(`JSON has no ${kindOf(object)}`);
  return Object.fromEntries(Object.entries(object).flatMap(([name, v]) => (v === undefined ? [] : [[name, json(v)]])));
}

const boxed = /^(Number|String|Boolean)$/;

/** Date, Map, Object, ...: also of another frame, of which instanceof knows nothing. */
export const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** Whether it is an object of fields: no list, Date, Map or the like. */
export const isPlain = (value: object): boolean => kindOf(value) === 'Object';

/** The texts that values were parsed from, where JavaScript can't hold their numbers. */
const texts = new WeakMap<object, string>();
const inexact = /[\d.]{16}|\d[eE]/;

/** Whether a text may hold numbers that JavaScript can't: what a double holds of 15 digits is those 15. */
export const mayBeInexact = (text: string): boolean => inexact.test(text);

/** Parses a JSON text so that jsonText gives it back with all digits, unless it is a number by itself. */
export function parsed(text: string): unknown {
  const value = JSON.parse(text) as unknown;
  if (typeof value === 'object' && value !== null && mayBeInexact(text)) texts.set(value, text);
  return value;
}

/** Whether a value can be told by its text only. */
export const isInexact = (value: unknown): value is object => texts.has(value as object);

/** The JSON text of a parsed value. */
export const jsonText = (value: unknown): string => texts.get(value as object) ?? JSON.stringify(value);

/** The texts of numbers by themselves, by the instance, list or embedded object that they stand in, and their name in it. */
const numbers = new WeakMap<object, Map<string, string>>();

/** Keeps the text of a value that is a number which JavaScript can't hold. */
export function keepNumber(holder: object, name: string, value: unknown, text: unknown): void {
  if (typeof value !== 'number' || typeof text !== 'string' || !mayBeInexact(text)) return;
  const texts = numbers.get(holder) ?? new Map<string, string>();
  numbers.set(holder, texts.set(name, text));
}

export const numberText = (holder: object, name: string): string | undefined => numbers.get(holder)?.get(name);

/**
 * The value of a field. A field may be called like a member that every object inherits, toString for one: what an
 * object only inherits is none of its fields.
 */
export const fieldOf = (values: object, name: string): any =>
  name in Object.prototype && !Object.hasOwn(values, name) ? undefined : (values as Record<string, any>)[name];
