import { invalidValue } from '../shared/errors.js';
import { uuid } from '../shared/ids.js';
import {
  beginDraft,
  clone,
  deepFreeze,
  definitionOf,
  endDraft,
  type Instance,
  originOf,
  relatedOf,
  same,
  setOrigin,
} from './instances.js';
import type { AnyConstructor } from './registry.js';
import { defineRelations } from './relations.js';
import { fieldOf, keepNumber, numberText } from './json.js';
import { metadata, otherDigits, settle, taken } from './rows.js';
import type { Definition, SchemaField, SchemaNonModel, Schema } from './schema.js';
import { check } from './validate.js';

/** Makes the class of a model. */
export function modelClass(definition: Definition): AnyConstructor {
  // The computed name makes Model.name the model's name, as apps and consoles expect.
  const { [definition.name]: constructor } = {
    [definition.name]: class {
      constructor(init: Instance) {
        construct(this, definition, init ?? {});
      }

      static copyOf(source: Instance, mutator: (draft: Instance) => unknown): Instance {
        return copy(definition, source, mutator);
      }
    },
  };
  defineRelations(constructor.prototype, definition);
  return constructor as unknown as AnyConstructor;
}

const timestamps = ['createdAt', 'updatedAt'];

function checkField(definition: Definition, name: string, value: unknown): void {
  const field: SchemaField | undefined = definition.model.fields[name];
  if (definition.key.includes(name) && value === '') {
    throw invalidValue('An index field cannot contain an empty string value');
  }
  const exempt = field?.isReadOnly === true || timestamps.includes(name);
  if (field) check(definition.schema, field, value, exempt);
}

function construct(instance: Instance, definition: Definition, init: Instance): void {
  beginDraft(instance);
  const supplied = new Set<string>();
  for (const [name, given] of Object.entries(init)) {
    const relation = definition.relations.get(name);
    if (relation) {
      if (definition.model.fields[name].isRequired && relation.kind !== 'HAS_MANY') {
        checkField(definition, name, given);
      }
      instance[name] = given;
      if (relation.local.join() !== definition.key.join()) for (const n of relation.local) supplied.add(n);
      continue;
    }
    const value = taken(definition.schema, definition.model.fields[name], given);
    checkField(definition, name, value);
    instance[name] = value;
    keepNumber(instance, name, value, given);
    supplied.add(name);
  }
  const made = identify(instance, definition) ? { saved: false } : undefined;
  for (const name of definition.key) supplied.add(name);
  for (const name of definition.readOnly) {
    if (Object.hasOwn(init, name)) throw invalidValue(`${name} is read-only.`);
  }
  finish(instance, definition);
  setOrigin(instance, { definition, source: null, supplied, made });
}

/** Gives an instance its id, unless that is the app's to choose; true when the id is a new one. */
function identify(instance: Instance, definition: Definition): boolean {
  const ours = definition.identifier === 'managed' || (definition.identifier === 'optional' && !instance.id);
  if (ours) instance.id = uuid();
  return ours;
}

/**
 * Whether saving an instance is about an id that nobody else can have: it was made here, and this is the first save.
 * Only such a create may be taken for arrived when a row of its id is found at the server.
 */
export function takeNewId(instance: Instance): boolean {
  const { made } = originOf(instance)!;
  if (!made || made.saved) return false;
  return (made.saved = true);
}

/** Every field that has no value becomes null, and the instance unchangeable. */
function finish(instance: Instance, definition: Definition): void {
  for (const { name } of definition.stored) if ((fieldOf(instance, name) ?? null) === null) instance[name] = null;
  for (const name of metadata) if (!(name in instance)) instance[name] = undefined;
  endDraft(instance);
  for (const value of Object.values(instance)) deepFreeze(value);
  Object.freeze(instance);
}

function copy(definition: Definition, source: Instance, mutator: (draft: Instance) => unknown): Instance {
  const origin = originOf(source);
  if (definitionOf(source) !== definition || !origin) {
    throw invalidValue('The source object is not a valid model');
  }
  const draft = Object.create(Object.getPrototypeOf(source)) as Instance;
  for (const [name, value] of Object.entries(source)) draft[name] = clone(value);
  setOrigin(draft, origin);
  beginDraft(draft);
  mutator(draft);
  for (const name of definition.key) {
    if (same(draft[name], source[name])) continue;
    console.warn(`copyOf() does not update PK fields. The '${name}' update is being ignored.`);
    draft[name] = source[name];
  }
  for (const [name, value] of Object.entries(draft)) {
    if (definition.readOnly.has(name) && value && !same(value, source[name])) {
      throw invalidValue(`${name} is read-only.`);
    }
    const changed = !same(value, source[name]);
    draft[name] = changed ? taken(definition.schema, definition.model.fields[name], value, source[name]) : source[name];
    keepNumber(draft, name, draft[name], changed ? value : numberText(source, name));
    // A field that was never given a value may stay without one, as in the constructor.
    if (changed) checkField(definition, name, draft[name]);
  }
  finish(draft, definition);
  settleOrigin(draft, definition, source);
  return draft;
}

/** A copy of a copy stays relative to the first source, so that saving it sends all changes. */
function settleOrigin(copied: Instance, definition: Definition, source: Instance): void {
  const origin = originOf(source)!;
  const supplied = origin.supplied && new Set([...origin.supplied, ...changedNames(definition, source, copied)]);
  setOrigin(copied, {
    definition,
    source: origin.source,
    supplied,
    original: supplied ? undefined : (origin.original ?? source),
    made: origin.made,
  });
  for (const [name, value] of relatedOf(source)) {
    const relation = definition.relations.get(name);
    const unchanged = relation?.local.every((n) => same(source[n], copied[n]));
    if (unchanged && !relatedOf(copied).has(name) && !origin.source) relatedOf(copied).set(name, value);
  }
}

const changedNames = (definition: Definition, before: Instance, after: Instance): string[] =>
  definition.stored
    .filter((f) => !same(before[f.name], after[f.name]) || otherDigits(definition, f, before, after))
    .map((f) => f.name);

/** The fields that saving an instance is about: all supplied ones, or those a copy changed. */
export function changesOf(instance: Instance): string[] {
  const origin = originOf(instance)!;
  if (origin.supplied) return [...origin.supplied].filter((n) => origin.definition.storedNames.has(n));
  return origin.original ? changedNames(origin.definition, origin.original, instance) : [];
}

/** Makes the class of an embedded type: checked and frozen, without identity. */
export function nonModelClass(schema: Schema, nonModel: SchemaNonModel): AnyConstructor {
  const { [nonModel.name]: constructor } = {
    [nonModel.name]: class {
      constructor(init: Instance) {
        const self = this as Instance;
        for (const [name, given] of Object.entries(init ?? {})) {
          const field = nonModel.fields[name];
          self[name] = taken(schema, field, given);
          keepNumber(self, name, self[name], given);
          if (field) check(schema, field, self[name], false);
        }
        deepFreeze(settle(this));
      }
    },
  };
  return constructor as unknown as AnyConstructor;
}
