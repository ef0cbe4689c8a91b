// The entry deltabase/live: what a store tells, as values that change. React, Vue and Solid have thin entries of their
// own on top of it; Svelte takes it as it is.
import {
  type Condition,
  type ConnectionState,
  type Constructor,
  DataStore,
  type DataStoreSnapshot,
  type ModelProgress,
  type OutboxCounts,
  type OutboxEntry,
  type OutboxSnapshot,
  type PersistentModel,
  type PredicateFunction,
  type QueryOptions,
  type RecordStatus,
  type Store,
} from '../index.js';
import { type Loading, type LoadingLive, sourceOf } from './source.js';

export { ConflictDesk, type OpenConflict } from './conflictdesk.js';
export type { Live, Loading, LoadingLive } from './source.js';

/** What finds one record: its id, or an object with the fields of its key. */
export type RecordKey = string | Record<string, any>;

/** The result of a query. */
export interface QueryResult<T> extends Loading {
  /** The records. A new list only when one of them has changed; records that did not change stay the same objects. */
  readonly items: readonly T[];
  /** Whether the model was synced since the start. */
  readonly isSynced: boolean;
}

export interface RecordResult<T> extends Loading {
  /** undefined while it is loaded, and where there is none. */
  readonly record: T | undefined;
  readonly isSynced: boolean;
}

export interface StatusResult extends Loading {
  /** How far the changes of the record have come; null while that is loaded, and without a record. */
  readonly status: RecordStatus | null;
}

export interface OutboxResult extends Loading {
  /** The changes that have not ended yet, in the order of the saves. */
  readonly entries: readonly OutboxEntry[];
  readonly counts: OutboxCounts;
}

export interface NetworkResult extends Loading {
  /** Whether the server can be reached. null until it is known, and without an endpoint. */
  readonly active: boolean | null;
}

export interface SyncProgressResult extends Loading {
  /** Whether the start is through: the first sync is done, or the server can't be reached. */
  readonly isReady: boolean;
  /** Whether a sync is under way. */
  readonly isSyncing: boolean;
  readonly models: readonly ModelProgress[];
}

/** A store other than DataStore. */
export interface OfStore {
  store?: Store;
}

export type LiveQueryOptions<T> = QueryOptions<T> & OfStore;

const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((each, i) => each === b[i]);

/** The result of a query, kept up to date. Takes what DataStore.query() takes. Throws bad_request like it. */
export function liveQuery<T extends PersistentModel>(
  model: Constructor<T>,
  criteria?: PredicateFunction<T> | Condition | null,
  { store = DataStore, ...options }: LiveQueryOptions<T> = {},
): LoadingLive<QueryResult<T>> {
  const observable = store.observeQuery(model, criteria, options);
  return sourceOf<DataStoreSnapshot<T>, QueryResult<T>>(store, `query ${observable.question}`, () => ({
    observable,
    initial: { items: [], isSynced: false },
    next: ({ items, isSynced }, before) => {
      const kept = same(items, before.items) ? before.items : items;
      if (kept === before.items && isSynced === before.isSynced && !before.isLoading) return before;
      return { ...before, items: kept, isSynced };
    },
  }));
}

/** One record by its id or key fields, kept up to date. */
export function liveRecord<T extends PersistentModel>(
  model: Constructor<T>,
  key: RecordKey,
  { store = DataStore }: OfStore = {},
): LoadingLive<RecordResult<T>> {
  const observable = store.observeQuery(model, key as any);
  return sourceOf<DataStoreSnapshot<T>, RecordResult<T>>(store, `record ${observable.question}`, () => ({
    observable,
    initial: { record: undefined, isSynced: false },
    next: ({ items: [record], isSynced }, before) =>
      record === before.record && isSynced === before.isSynced ? before : { ...before, record, isSynced },
  }));
}

/** How far the changes of a record have come: by the record, or by its class and its key. */
export function liveStatus(
  target: PersistentModel | Constructor<any>,
  key?: RecordKey,
  { store = DataStore }: OfStore = {},
): LoadingLive<StatusResult> {
  const observable = store.observeStatus(target as Constructor<any>, key as string);
  return sourceOf<RecordStatus, StatusResult>(store, `status ${observable.question}`, () => ({
    observable,
    initial: { status: null },
    next: (status, before) => ({ ...before, status }),
  }));
}

const noCounts: OutboxCounts = { total: 0, pending: 0, sent: 0, conflicted: 0, blocked: 0, held: 0, parked: 0 };

/** The changes that wait to be sent, or for a person. `store.outbox` acts on them. */
export function liveOutbox({ store = DataStore }: OfStore = {}): LoadingLive<OutboxResult> {
  return sourceOf<OutboxSnapshot, OutboxResult>(store, 'outbox', () => ({
    observable: store.outbox.watch(),
    initial: { entries: [], counts: noCounts },
    next: ({ entries, counts }, before) => (same(entries, before.entries) ? before : { ...before, entries, counts }),
  }));
}

/** Whether the server can be reached. */
export function liveNetwork({ store = DataStore }: OfStore = {}): LoadingLive<NetworkResult> {
  return sourceOf<ConnectionState, NetworkResult>(store, 'network', () => ({
    observable: store.connection.watch(),
    initial: { active: null },
    next: ({ active }, before) => (active === before.active ? before : { ...before, active }),
  }));
}

/** How far the sync has come. */
export function liveSyncProgress({ store = DataStore }: OfStore = {}): LoadingLive<SyncProgressResult> {
  return sourceOf<ConnectionState, SyncProgressResult>(store, 'progress', () => ({
    observable: store.connection.watch(),
    initial: { isReady: false, isSyncing: false, models: [] },
    next: ({ isReady, isSyncing, models }, before) =>
      isReady === before.isReady && isSyncing === before.isSyncing && models === before.models
        ? before
        : { ...before, isReady, isSyncing, models },
  }));
}
