import { badRequest, DeltabaseError } from './errors.js';
import { hash } from './identity.js';
import { type AnyConstructor, modelClass, nonModelClass } from './models.js';
import { bare, checkCodegen, checkOrder, checkShape, define, type Definition, type Schema } from './schema.js';

// One schema per page: model classes are shared by all stores.

interface Registered {
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

/**
 * Makes the classes of a schema.js. Called once per page, by the generated index.js; a second
 * call warns and returns the first call's classes. Throws a DeltabaseError (schema_invalid) when
 * the schema is unusable.
 */
export function initSchema(given: Schema): Record<string, AnyConstructor> {
  if (registered) {
    console.warn('The schema has already been initialized');
    return registered.exports;
  }
  let schema: Schema;
  try {
    checkCodegen(given);
    checkShape(given);
    schema = bare(given);
    checkOrder(schema);
  } catch (e) {
    throw new DeltabaseError('schema_invalid', (e as Error).message);
  }
  const definitions = new Map<string, Definition>();
  const constructors = new Map<string, AnyConstructor>();
  const byConstructor = new Map<unknown, Definition>();
  const exported: Record<string, AnyConstructor> = {};
  for (const model of Object.values(schema.models)) {
    const definition = define(schema, model);
    const constructor = modelClass(definition);
    definitions.set(model.name, definition);
    constructors.set(model.name, constructor);
    byConstructor.set(constructor, definition);
    exported[model.name] = constructor;
  }
  for (const nonModel of Object.values(schema.nonModels ?? {})) {
    exported[nonModel.name] = nonModelClass(schema, nonModel);
  }
  const text = JSON.stringify(given);
  const unversioned = JSON.stringify({ ...given, version: '' });
  registered = { schema, text, hash: hash(unversioned), definitions, constructors, byConstructor, exports: exported };
  return exported;
}

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
