import { definitionOfConstructor, remembered } from './registry.js';
import type { SchemaAssociation, SchemaField, SchemaModel } from './schema.js';

// Amplify's exports that an app may import and that nothing here needs: enums, and guards that tell the parts of a
// schema.js from each other. Nothing happens when this module loads, so that bundlers leave out what is not imported.

/** The ends of a list. */
export enum QueryOne {
  FIRST = 0,
  LAST = 1,
}

/** The scalars of a schema, as SchemaField.type names them. */
export enum GraphQLScalarType {
  ID,
  String,
  Int,
  Float,
  Boolean,
  AWSDate,
  AWSTime,
  AWSDateTime,
  AWSTimestamp,
  AWSEmail,
  AWSJSON,
  AWSURL,
  AWSPhone,
  AWSIPAddress,
}

/** What went wrong in the background was a part of this: SyncError.process. */
export const ProcessName = { sync: 'sync', mutate: 'mutate', subscribe: 'subscribe' } as const;
export type ProcessName = (typeof ProcessName)[keyof typeof ProcessName];

/** What an AuthModeStrategy is asked about. */
export const ModelOperation = { CREATE: 'CREATE', READ: 'READ', UPDATE: 'UPDATE', DELETE: 'DELETE' } as const;
export type ModelOperation = (typeof ModelOperation)[keyof typeof ModelOperation];

/** Who an auth rule of a schema is about. */
export const ModelAttributeAuthAllow = {
  CUSTOM: 'custom',
  OWNER: 'owner',
  GROUPS: 'groups',
  PRIVATE: 'private',
  PUBLIC: 'public',
} as const;
export type ModelAttributeAuthAllow = (typeof ModelAttributeAuthAllow)[keyof typeof ModelAttributeAuthAllow];

/** The auth modes as the auth rules of a schema name them. */
export const ModelAttributeAuthProvider = {
  FUNCTION: 'function',
  USER_POOLS: 'userPools',
  OIDC: 'oidc',
  IAM: 'iam',
  API_KEY: 'apiKey',
} as const;
export type ModelAttributeAuthProvider = (typeof ModelAttributeAuthProvider)[keyof typeof ModelAttributeAuthProvider];

type FieldType = SchemaField['type'];
type Attribute = NonNullable<SchemaModel['attributes']>[number];
type KeyAttribute = Attribute & { type: 'key'; properties: { name?: string; fields: string[] } };

const has = (v: unknown, name: string): boolean => typeof v === 'object' && v !== null && !!(v as any)[name];

/** Whether it is a model of a schema.js, no embedded type. */
export const isSchemaModel = (v: unknown): v is SchemaModel => has(v, 'pluralName');

/** Whether it is a model of a schema.js that has attributes. */
export const isSchemaModelWithAttributes = (v: unknown): v is SchemaModel & { attributes: Attribute[] } =>
  isSchemaModel(v) && has(v, 'attributes');

/** Whether a relation is kept by the other model: HAS_ONE and HAS_MANY. */
export const isAssociatedWith = (v: unknown): v is SchemaAssociation & { associatedWith: string | string[] } =>
  has(v, 'associatedWith');

/** Whether a relation names its foreign key. */
export const isTargetNameAssociation = (v: unknown): v is SchemaAssociation =>
  has(v, 'targetName') || has(v, 'targetNames');

/** Whether a field of a model is a relation. */
export const isFieldAssociation = (model: SchemaModel, field: string): boolean =>
  Object.hasOwn(model?.fields ?? {}, field) && has(model.fields[field], 'association');

/** Whether an attribute of a model holds auth rules, one at least. */
export const isModelAttributeAuth = (v: Attribute): boolean =>
  v?.type === 'auth' && !!(v.properties?.rules as unknown[] | undefined)?.length;

/** Whether an attribute of a model is its key or an index. */
export const isModelAttributeKey = (v: Attribute): v is KeyAttribute =>
  v?.type === 'key' && !!(v.properties?.fields as unknown[] | undefined)?.length;

/** Whether an attribute of a model is its key. */
export const isModelAttributePrimaryKey = (v: Attribute): v is KeyAttribute =>
  isModelAttributeKey(v) && v.properties.name === undefined;

/** Whether an attribute of a model is an index over more than two fields, so that its sort key is made of several. */
export const isModelAttributeCompositeKey = (v: Attribute): v is KeyAttribute =>
  isModelAttributeKey(v) && v.properties.name !== undefined && v.properties.fields.length > 2;

/** Whether the type of a field is a scalar. */
export const isGraphQLScalarType = (v: unknown): v is keyof typeof GraphQLScalarType =>
  typeof v === 'string' && typeof GraphQLScalarType[v as 'ID'] === 'number';

/** Whether the type of a field is a model: the field is a relation. */
export const isModelFieldType = (v: unknown): v is Extract<FieldType, { model: string }> => has(v, 'model');

/** Whether the type of a field is an embedded type. */
export const isNonModelFieldType = (v: unknown): v is Extract<FieldType, { nonModel: string }> => has(v, 'nonModel');

/** Whether the type of a field is an enum. */
export const isEnumFieldType = (v: unknown): v is Extract<FieldType, { enum: string }> => has(v, 'enum');

/** Whether an object has a value for each field of a model's key. */
export const isIdentifierObject = (v: unknown, model: SchemaModel): boolean => {
  const key = (model.attributes ?? []).find(isModelAttributePrimaryKey)?.properties.fields ?? ['id'];
  return typeof v === 'object' && v !== null && key.every((name) => (v as any)[name] !== undefined);
};

/** Whether it is the class of a model of this page. */
const isModelConstructor = (v: unknown): boolean => definitionOfConstructor(v) !== undefined;

/** Whether it is the class of an embedded type of this page. */
const isNonModelConstructor = (v: unknown): boolean =>
  !isModelConstructor(v) && typeof v === 'function' && Object.values(remembered()?.exports ?? {}).includes(v as never);

/** Amplify's name for a few guards. USER is the namespace of an app's own models there; here is no other. */
export const utils = { USER: 'user', isModelConstructor, isNonModelConstructor } as const;

/** A related record that is loaded when it is awaited, or undefined. */
export class AsyncItem<T> extends Promise<T> {}
