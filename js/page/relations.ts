import { DeltabaseError, invalidValue } from '../shared/errors.js';
import { type Instance, definitionOf, isDraft, originOf, relatedOf } from './instances.js';
import { fieldOf } from './json.js';
import { constructorOf, definitionNamed } from './registry.js';
import { recordId } from './identity.js';
import type { Definition, Relation } from './schema.js';
import { AsyncCollection } from './types.js';

/** Puts a getter and a setter for each relation on a model's prototype. */
export function defineRelations(prototype: object, definition: Definition): void {
  for (const relation of definition.relations.values()) {
    Object.defineProperty(prototype, relation.name, {
      configurable: true,
      enumerable: true,
      get(this: Instance) {
        return read(this, definition, relation);
      },
      set(this: Instance, value: unknown) {
        if (!isDraft(this)) {
          throw new TypeError(
            `Cannot assign to read only property '${relation.name}' of object '#<${definition.name}>'`,
          );
        }
        assign(this, definition, relation, value);
      },
    });
  }
}

function read(instance: Instance, definition: Definition, relation: Relation): unknown {
  const known = relatedOf(instance);
  if (known.has(relation.name)) return known.get(relation.name);
  const result = relation.kind === 'HAS_MANY' ? many(instance, relation) : one(instance, definition, relation);
  // A draft's foreign keys may still change, so what it reads is not kept.
  if (!isDraft(instance)) known.set(relation.name, result);
  return result;
}

/** The values that the other record must have, undefined when this one points nowhere. */
function joined(instance: Instance, relation: Relation): Record<string, unknown> | undefined {
  const values: Record<string, unknown> = {};
  for (let i = 0; i < relation.local.length; i++) {
    const value = instance[relation.local[i]];
    if (value === null || value === undefined) return undefined;
    values[relation.remote[i]] = value;
  }
  return values;
}

function many(instance: Instance, relation: Relation): AsyncCollection<Instance> {
  const source = originOf(instance)?.source;
  const values = joined(instance, relation);
  // Loaded when iterated, not when looked at: a list of parents must not query all their children.
  return new AsyncCollection(source && values ? () => source.byFields(relation.target, values) : []);
}

async function one(instance: Instance, definition: Definition, relation: Relation): Promise<Instance | undefined> {
  const source = originOf(instance)?.source;
  const values = joined(instance, relation);
  if (!source || !values) return undefined;
  const target = definitionNamed(relation.target);
  if (target.key.length === relation.remote.length && target.key.every((k) => relation.remote.includes(k))) {
    return source.byId(relation.target, recordId(target, values));
  }
  const found = await source.byFields(relation.target, values);
  if (found.length > 1) {
    throw new DeltabaseError(
      'bad_request',
      'Data integrity error. Too many records found for a HAS_ONE/BELONGS_TO field ' +
        `'${definition.name}.${relation.name}'`,
    );
  }
  return found[0];
}

function assign(draft: Instance, definition: Definition, relation: Relation, value: unknown): void {
  if (relation.kind === 'HAS_MANY') {
    relatedOf(draft).set(relation.name, new AsyncCollection(Array.isArray(value) ? value : []));
    return;
  }
  const other = (value ?? null) as Instance | null;
  if (other) checkOther(`${definition.name}.${relation.name}`, relation, other);
  // With the key on the other side (HAS_ONE) there is nothing to set here.
  if (relation.local.join() !== definition.key.join()) {
    relation.local.forEach((name, i) => {
      draft[name] = other ? (fieldOf(other, relation.remote[i]) ?? null) : null;
    });
  }
  relatedOf(draft).set(relation.name, Promise.resolve(other ?? undefined));
}

function checkOther(field: string, relation: Relation, other: Instance): void {
  if (Object.hasOwn(other, '_version') && !definitionOf(other)) {
    throw invalidValue(`Value passed to ${field} is not a valid instance of a model`);
  }
  if (definitionOf(other) && !(other instanceof constructorOf(relation.target))) {
    throw invalidValue(`Value passed to ${field} is not an instance of ${relation.target}`);
  }
}
