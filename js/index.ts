export {
  AsyncItem,
  GraphQLScalarType,
  isAssociatedWith,
  isEnumFieldType,
  isFieldAssociation,
  isGraphQLScalarType,
  isIdentifierObject,
  isModelAttributeAuth,
  isModelAttributeCompositeKey,
  isModelAttributeKey,
  isModelAttributePrimaryKey,
  isModelFieldType,
  isNonModelFieldType,
  isSchemaModel,
  isSchemaModelWithAttributes,
  isTargetNameAssociation,
  ModelAttributeAuthAllow,
  ModelAttributeAuthProvider,
  ModelOperation,
  ProcessName,
  QueryOne,
  utils,
} from './page/amplifynames.js';
export {
  isPredicateGroup,
  isPredicateObj,
  LimitTimerRaceResolvedValues,
  ModelPredicateCreator,
  ModelSortPredicateCreator,
  NAMESPACES,
  PredicateInternalsKey,
  type PredicateObject,
  type PredicatesGroup,
} from './page/creators.js';
export type { Group, GroupField, GroupOptions, NumberField, OrderedField, Where } from './page/aggregate.js';
export type { AmplifyConfig, AmplifyOutputs, AmplifyResources, AwsExports } from './page/amplifyconfig.js';
export type { AuthMode, AuthModeStrategy, AuthProvider, AuthProviders, Credentials } from './page/auth.js';
export {
  DISCARD,
  applyRemote,
  retryLocal,
  retry,
  type Conflict,
  type Conflict as SyncConflict,
  type ConflictHandler,
  type Decision,
} from './page/conflicts.js';
export {
  type Adopt,
  syncExpression,
  type ConditionProducer,
  type Config as DataStoreConfig,
  type ErrorHandler,
  type ErrorType,
  type SyncError,
  type SyncExpression,
} from './page/config.js';
export { DeltabaseError, type ErrorCode, type ReportCode } from './shared/errors.js';
export { Hub, type HubCallback, type HubCapsule, type HubEvent, type HubPayload } from './page/hub.js';
export type { Migrate, Migration } from './page/migrations.js';
export { Observable, type Observer, type Snapshot as DataStoreSnapshot, type Subscription } from './page/observe.js';
export type { Cause, OutboxCounts, OutboxEntry, OutboxSnapshot, OutboxState } from './page/outbox.js';
export type { ConnectionState, ModelProgress } from './page/connection.js';
export type { RecordStatus, SyncState } from './page/status.js';
export { Predicates } from './page/predicates.js';
export type { Schema, Schema as DataStoreSchema, SchemaAssociation, SchemaField, SchemaModel } from './page/schema.js';
export { createDataStore, Store, Store as DataStoreClass } from './page/store.js';
export { AsyncCollection, AuthModeStrategyType, OpType, SortDirection } from './page/types.js';
export type {
  __modelMeta__,
  Change as SubscriptionMessage,
  CompositeIdentifier,
  Condition,
  Constructor,
  CustomIdentifier,
  FieldPredicate,
  IdentifierFields,
  LazyLoading,
  LazyLoadingDisabled,
  ManagedIdentifier,
  MetadataReadOnlyFields,
  ModelInit,
  ModelPredicate,
  ModelPredicate as RecursiveModelPredicate,
  MutableModel,
  NonModelTypeConstructor,
  OptionallyManagedIdentifier,
  PersistentModel,
  PersistentModelConstructor,
  PersistentModelMetaData,
  PredicateFunction,
  PredicateFunction as ModelPredicateExtender,
  PredicateFunction as RecursiveModelPredicateExtender,
  ProducerSortPredicate,
  LiveOptions,
  QueryOptions,
  QueryOptions as ObserveQueryOptions,
  QueryOptions as PaginationInput,
  QueryOptions as ProducerPaginationInput,
  SortPredicate,
  StartResult,
} from './page/types.js';

import { initSchema as init } from './page/classes.js';
import type { Schema } from './page/schema.js';
import { createDataStore } from './page/store.js';

/** The store of an app that has one: its database is called 'deltabase'. */
export const DataStore = /* @__PURE__ */ createDataStore({ database: 'deltabase' });

/**
 * Makes the model classes of a generated schema.js; called once per page, by the generated
 * index.js, which casts the result to the types of index.d.ts.
 */
export const initSchema = (schema: Schema | unknown): any => init(schema as Schema);
