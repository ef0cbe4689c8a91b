import { fieldOf, isPlain } from './json.js';
import type { Definition } from './schema.js';

// What the page knows about an instance beyond its fields. Instances are frozen, so it is kept
// beside them.

/** A model instance, seen from inside. */
export type Instance = Record<string, any>;

/** Where an attached instance loads its relations from: the store that it came from. */
export interface RecordSource {
  byId(model: string, id: string): Promise<Instance | undefined>;
  byFields(model: string, values: Record<string, unknown>): Promise<Instance[]>;
}

/** How an instance came about. */
export interface Origin {
  definition: Definition;
  /** null while it was only constructed: its relations are what was put into it. */
  source: RecordSource | null;
  /** Of an instance the app constructed: the fields it gave a value to. */
  supplied?: Set<string>;
  /** Of a copy: the instance that its changes are relative to. */
  original?: Instance;
  /** Of an instance whose id was made here: whether it was saved before. Copies share it. */
  made?: { saved: boolean };
}

const origins = new WeakMap<object, Origin>();
const related = new WeakMap<object, Map<string, unknown>>();
/** Instances that are being built: only their relation setters work. */
const drafts = new WeakSet<object>();

export const originOf = (instance: object): Origin | undefined => origins.get(instance);
export const setOrigin = (instance: object, origin: Origin): void => void origins.set(instance, origin);

/** What the relation getters of an instance have given out or were given. */
export function relatedOf(instance: object): Map<string, unknown> {
  let map = related.get(instance);
  if (!map) related.set(instance, (map = new Map()));
  return map;
}

export const beginDraft = (instance: object): void => void drafts.add(instance);
export const endDraft = (instance: object): void => void drafts.delete(instance);
export const isDraft = (instance: object): boolean => drafts.has(instance);

/** The definition of a model instance, undefined for anything else. */
export function definitionOf(value: unknown): Definition | undefined {
  return typeof value === 'object' && value !== null ? origins.get(value)?.definition : undefined;
}

/** Deep equality of plain values; null and undefined are the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b || (a ?? null) === (b ?? null)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((v, i) => same(v, b[i]));
  }
  if (!isPlain(a) || !isPlain(b)) return false;
  const left = a as Instance;
  const right = b as Instance;
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (!same(fieldOf(left, name), fieldOf(right, name))) return false;
  }
  return true;
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/** A mutable copy of a plain value; what is not plain (a Date) stays what it is. */
export function clone(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, clone);
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value === 0 ? 0 : value; // -0 is 0 in JSON
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, clone(v)]));
}
