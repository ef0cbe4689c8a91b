/** The compiled schema, in the shape of Amplify's generated schema.js (codegen >= 3.2). */
export interface Schema {
  version: string;
  codegenVersion: string;
  models: Record<string, SchemaModel>;
  nonModels?: Record<string, SchemaNonModel>;
  enums?: Record<string, { name: string; values: string[] }>;
}

export interface SchemaModel {
  name: string;
  pluralName?: string;
  syncable?: boolean;
  attributes?: { type: string; properties?: Record<string, unknown> }[];
  fields: Record<string, SchemaField>;
}

export interface SchemaNonModel {
  name: string;
  fields: Record<string, SchemaField>;
}

export interface SchemaField {
  name: string;
  type: string | { model: string } | { nonModel: string } | { enum: string };
  isArray?: boolean;
  isRequired?: boolean;
  isReadOnly?: boolean;
  isArrayNullable?: boolean;
  attributes?: unknown[];
  association?: SchemaAssociation;
}

export interface SchemaAssociation {
  connectionType: 'BELONGS_TO' | 'HAS_ONE' | 'HAS_MANY';
  targetName?: string;
  targetNames?: string[];
  associatedWith?: string | string[];
}

/** How the identifier of a model comes about. */
export type Identifier = 'managed' | 'optional' | 'custom';

/** A model as the page uses it: what the schema says, looked up once. */
export interface Definition {
  name: string;
  schema: Schema;
  model: SchemaModel;
  key: string[];
  identifier: Identifier;
  /** The fields of a record: scalars, enums, embedded types and foreign keys. */
  stored: StoredField[];
  storedNames: Set<string>;
  relations: Map<string, Relation>;
  readOnly: Set<string>;
}

export interface StoredField {
  name: string;
  /** Missing for a foreign key that only an association names. */
  field?: SchemaField;
  /** The value is, or holds, AWSJSON: text in the record, parsed in the instance. */
  json: boolean;
}

/** A model-typed field. The other record's remote fields equal this one's local fields. */
export interface Relation {
  name: string;
  kind: SchemaAssociation['connectionType'];
  target: string;
  local: string[];
  remote: string[];
}

const list = (one: string | string[] | undefined): string[] =>
  one === undefined ? [] : Array.isArray(one) ? one : [one];

const modelOf = (field: SchemaField): string | undefined =>
  typeof field.type === 'object' && 'model' in field.type ? field.type.model : undefined;

export const nonModelOf = (field: SchemaField): string | undefined =>
  typeof field.type === 'object' && 'nonModel' in field.type ? field.type.nonModel : undefined;

const targetsOf = (a: SchemaAssociation): string[] => a.targetNames ?? list(a.targetName);

const keyAttributes = (model: SchemaModel) =>
  (model.attributes ?? [])
    .filter((a) => a.type === 'key')
    .map((a) => a.properties as { name?: string; fields: string[] });

export function primaryKey(model: SchemaModel): string[] {
  return keyAttributes(model).find((k) => !k.name)?.fields ?? ['id'];
}

/** Whether a value of this field is, or can hold, AWSJSON. */
function holdsJson(schema: Schema, field: SchemaField, seen: string[] = []): boolean {
  if (field.type === 'AWSJSON') return true;
  const inner = nonModelOf(field);
  if (!inner || seen.includes(inner)) return false;
  const fields = Object.values(schema.nonModels?.[inner]?.fields ?? {});
  return fields.some((f) => holdsJson(schema, f, [...seen, inner]));
}

function relationOf(schema: Schema, model: SchemaModel, field: SchemaField): Relation {
  const association = field.association ?? { connectionType: 'HAS_ONE' as const };
  const target = schema.models[modelOf(field)!];
  const own = targetsOf(association);
  const associated = list(association.associatedWith);
  const theirs = associated.length === 1 ? target?.fields[associated[0]]?.association : undefined;
  const theirTargets = theirs ? targetsOf(theirs) : [];
  return {
    name: field.name,
    kind: association.connectionType,
    target: modelOf(field)!,
    local: own.length ? own : primaryKey(model),
    remote: theirTargets.length ? theirTargets : associated.length ? associated : primaryKey(target),
  };
}

export function define(schema: Schema, model: SchemaModel): Definition {
  const stored: StoredField[] = [];
  const relations = new Map<string, Relation>();
  const names = new Set<string>();
  const add = (name: string, field?: SchemaField) => {
    if (names.has(name)) return;
    names.add(name);
    stored.push({ name, field, json: !!field && holdsJson(schema, field) });
  };
  const key = primaryKey(model);
  for (const name of key) add(name, model.fields[name]);
  for (const field of Object.values(model.fields)) {
    if (modelOf(field)) relations.set(field.name, relationOf(schema, model, field));
    else add(field.name, field);
  }
  for (const field of Object.values(model.fields)) {
    if (field.association) for (const name of targetsOf(field.association)) add(name, model.fields[name]);
  }
  for (const index of keyAttributes(model)) for (const name of index.fields) add(name, model.fields[name]);
  const declared = keyAttributes(model).some((k) => !k.name);
  return {
    name: model.name,
    schema,
    model,
    key,
    identifier: !declared ? 'managed' : key[0] === 'id' ? 'optional' : 'custom',
    stored,
    storedNames: names,
    relations,
    readOnly: new Set(
      Object.values(model.fields)
        .filter((f) => f.isReadOnly)
        .map((f) => f.name),
    ),
  };
}

/** Throws when models belong to each other in a circle: no order of syncing them would do. */
export function checkOrder(schema: Schema): void {
  const done = new Set<string>();
  const models = Object.values(schema.models);
  const parents = (m: SchemaModel) =>
    Object.values(m.fields)
      .filter((f) => f.association?.connectionType === 'BELONGS_TO')
      .map((f) => modelOf(f)!)
      .filter((name) => name !== m.name && name in schema.models);
  for (let waiting = models; waiting.length; ) {
    const next = waiting.filter((m) => !parents(m).every((p) => done.has(p)));
    if (next.length === waiting.length) {
      throw new Error('Models are not topologically sortable. Please verify your schema.');
    }
    for (const m of waiting) if (!next.includes(m)) done.add(m.name);
    waiting = next;
  }
}

/** Throws when it is no compiled schema, or uses names that JavaScript, filters or promises need themselves. */
export function checkShape(schema: Schema): void {
  if (typeof schema?.models !== 'object' || schema.models === null) {
    throw new Error(
      'initSchema() takes the schema of a generated schema.js: {models, nonModels, enums, version, codegenVersion}.',
    );
  }
  for (const type of [...Object.values(schema.models), ...Object.values(schema.nonModels ?? {})]) {
    const taken = [type.name].filter((name) => reservedTypes.includes(name));
    const fields = Object.keys(type.fields ?? {}).filter((name) => reservedFields.includes(name));
    for (const name of [...taken, ...fields]) {
      throw new Error(
        `${name}, of ${type.name}, is a name that JavaScript or filters need themselves. Choose another name in the schema.`,
      );
    }
  }
}

const reserved = ['__proto__', 'constructor', 'prototype'];
const reservedFields = [...reserved, 'and', 'or', 'not'];
/** A module that exports then is taken for a promise by import(). */
const reservedTypes = [...reserved, 'then'];

/**
 * The schema with tables that inherit nothing: what every object has, toString for one, is no model and no field
 * unless it is declared.
 */
export function bare(schema: Schema): Schema {
  const table = <T>(of: Record<string, T> = {}, each = (one: T) => one): Record<string, T> =>
    Object.assign(Object.create(null), Object.fromEntries(Object.entries(of).map(([name, one]) => [name, each(one)])));
  const withFields = <T extends { fields: Record<string, SchemaField> }>(type: T): T => ({
    ...type,
    fields: table(type.fields),
  });
  const { models, nonModels } = schema;
  return {
    ...schema,
    models: table(models, withFields),
    ...(nonModels && { nonModels: table(nonModels, withFields) }),
  };
}

/** Throws when the schema comes from a code generator whose shape differs. */
export function checkCodegen(schema: Schema): void {
  const version = schema?.codegenVersion;
  const [major, minor] = String(version ?? '')
    .split('.')
    .map(Number);
  if (major === 3 && minor >= 2) return;
  throw new Error(
    'Models were generated with an unsupported version of codegen. Codegen artifacts are from ' +
      `${version || 'an unknown version'}, whereas ^3.2.0 is required. ` +
      "Update to the latest CLI and run 'amplify codegen models'.",
  );
}
