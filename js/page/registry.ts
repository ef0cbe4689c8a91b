import { badRequest, DeltabaseError } from '../shared/errors.js';
import type { Instance } from './instances.js';
import type { Definition, Schema } from './schema.js';

// One schema per page: model classes are shared by all stores. The registry only remembers; classes.ts makes them.

/** Any generated model class, seen from inside. */
export interface AnyConstructor {
  new (init: Instance): Instance;
  readonly name: string;
  readonly prototype: object;
  copyOf(source: Instance, mutator: (draft: Instance) => unknown): Instance;
}

export interface Registered {
  schema: Schema;
  /** The schema as text, and a hash of it: tabs with another hash take the engine over. */
  text: string;
  hash: string;
  definitions: Map<string, Definition>;
  constructors: Map<string, AnyConstructor>;
  byConstructor: Map<unknown, Definition>;
  exports: Record<string, AnyConstructor>;
}

let registered: Registered | undefined;

/** What was remembered, if anything was. */
export const remembered = (): Registered | undefined => registered;

export const remember = (made: Registered): void => void (registered = made);

/** The schema of the page. Throws (not_configured) before initSchema. */
export function currentSchema(): Registered {
  if (registered) return registered;
  throw new DeltabaseError(
    'not_configured',
    'Schema is not initialized. DataStore will not function as expected. This could happen if you have multiple ' +
      'versions of DataStore installed. Call initSchema(schema), or import your generated models, before you use it.',
  );
}

export function definitionNamed(name: string): Definition {
  const definition = currentSchema().definitions.get(name);
  if (!definition) throw badRequest(`The schema has no model ${name}.`);
  return definition;
}

export const hasModel = (name: string): boolean => registered?.definitions.has(name) ?? false;

export const constructorOf = (name: string): AnyConstructor =>
  currentSchema().constructors.get(definitionNamed(name).name)!;

/** The definition behind a model class, undefined for anything else. */
export const definitionOfConstructor = (constructor: unknown): Definition | undefined =>
  registered?.byConstructor.get(constructor);
