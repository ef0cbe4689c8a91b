export type { AuthMode, AuthModeStrategy, AuthProvider, AuthProviders, Credentials } from './auth.js';
export {
  DISCARD,
  applyRemote,
  retryLocal,
  retry,
  type Conflict,
  type Conflict as SyncConflict,
  type ConflictHandler,
  type Decision,
} from './conflicts.js';
export { syncExpression, type Config as DataStoreConfig, type SyncError, type SyncExpression } from './config.js';
export { DeltabaseError } from './errors.js';
export { Hub, type HubCapsule } from './hub.js';
export type { Migrate, Migration } from './migrations.js';
export { Observable, type Observer, type Snapshot as DataStoreSnapshot, type Subscription } from './observe.js';
export type { Cause, OutboxCounts, OutboxEntry, OutboxSnapshot, OutboxState } from './outbox.js';
export type { RecordStatus, SyncState } from './status.js';
export { Predicates } from './predicates.js';
export type { Schema } from './schema.js';
export { createDataStore, Store } from './store.js';
export { AsyncCollection, AuthModeStrategyType, OpType, SortDirection } from './types.js';
export type {
  __modelMeta__,
  Change as SubscriptionMessage,
  CompositeIdentifier,
  Condition,
  CustomIdentifier,
  LazyLoading,
  LazyLoadingDisabled,
  ManagedIdentifier,
  ModelInit,
  MutableModel,
  OptionallyManagedIdentifier,
  PersistentModel,
  PersistentModelConstructor,
  PersistentModelMetaData,
  PredicateFunction,
  QueryOptions,
  StartResult,
} from './types.js';

import { initSchema as init } from './registry.js';
import type { Schema } from './schema.js';
import { createDataStore } from './store.js';

/** The store of an app that has one: its database is called 'deltabase'. */
export const DataStore = /* @__PURE__ */ createDataStore({ database: 'deltabase' });

/**
 * Makes the model classes of a generated schema.js; called once per page, by the generated
 * index.js, which casts the result to the types of index.d.ts.
 */
export const initSchema = (schema: Schema | unknown): any => init(schema as Schema);
