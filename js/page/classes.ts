import { DeltabaseError } from '../shared/errors.js';
import { hash } from '../shared/ids.js';
import { modelClass, nonModelClass } from './models.js';
import { type AnyConstructor, remember, remembered } from './registry.js';
import { bare, checkCodegen, checkOrder, checkShape, type Definition, define, type Schema } from './schema.js';

/**
 * Makes the classes of a schema.js. Called once per page, by the generated index.js; a second
 * call warns and returns the first call's classes; with another schema it says that the page has to be reloaded.
 * Throws a DeltabaseError (schema_invalid) when the schema is unusable.
 */
export function initSchema(given: Schema): Record<string, AnyConstructor> {
  const before = remembered();
  if (before) {
    // A hot update brings another schema to a page whose records and tabs are of this one.
    const differs = JSON.stringify(given) !== before.text;
    const reload =
      ', and the models that came now differ: this page goes on with the first ones. Reload it for the new ones.';
    console.warn(`The schema has already been initialized${differs ? reload : ''}`);
    return before.exports;
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
  remember({ schema, text, hash: hash(unversioned), definitions, constructors, byConstructor, exports: exported });
  return exported;
}
