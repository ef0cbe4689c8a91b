// The entry deltabase/react.
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useMemo,
  useSyncExternalStore,
} from 'react';
import {
  type Condition,
  type Constructor,
  DataStore,
  type PersistentModel,
  type PredicateFunction,
  type QueryOptions,
  type Store,
} from '../index.js';
import {
  type ConflictDesk,
  type Live,
  liveNetwork,
  liveOutbox,
  liveQuery,
  liveRecord,
  liveStatus,
  liveSyncProgress,
  type Loading,
  type LoadingLive,
  type NetworkResult,
  type OpenConflict,
  type OutboxResult,
  type QueryResult,
  type RecordKey,
  type RecordResult,
  type StatusResult,
  type SyncProgressResult,
} from './live.js';
import { inPage } from './page.js';

export * from './live.js';

interface Given {
  store: Store;
  conflicts: ConflictDesk | undefined;
}

const Context = createContext<Given>({ store: DataStore, conflicts: undefined });

export interface ProviderProps {
  /** The store that the hooks below use. Default: DataStore. */
  store?: Store;
  /** The desk whose conflicts useConflicts() shows. */
  conflicts?: ConflictDesk;
  children?: ReactNode;
}

/** Tells the hooks below it which store they use. Without it they use DataStore. */
export function Provider({ store = DataStore, conflicts, children }: ProviderProps): ReactElement {
  const value = useMemo(() => ({ store, conflicts }), [store, conflicts]);
  return createElement(Context.Provider, { value }, children);
}

/** The store of the Provider above. */
export const useStore = (): Store => useContext(Context).store;

/** Shows a value, and renders again when it has changed. */
export const useLive = <T>(live: Live<T>): T =>
  useSyncExternalStore(live.subscribe, live.getSnapshot, live.getServerSnapshot);

export interface HookOptions {
  /** Suspends until the first answer is there, and throws an error that takes its place. On a server it does neither. */
  suspense?: boolean;
}

function useLoading<T extends Loading>(live: LoadingLive<T>, { suspense }: HookOptions = {}): T {
  if (suspense && inPage()) {
    const { isLoading, error, retry } = live.getSnapshot();
    if (isLoading) throw live.load(); // how React is told to wait
    if (error) {
      setTimeout(retry); // not before React has shown the boundary: what renders after its reset asks anew
      throw error;
    }
  }
  return useLive(live);
}

/** What is shown where nothing is asked. */
function nothing<T extends Loading>(shown: Omit<T, keyof Loading>): LoadingLive<T> {
  const value = { ...shown, isLoading: false, error: null, retry: () => {} } as unknown as T;
  const get = () => value;
  const subscribe = (listener: (value: T) => void) => {
    listener(value);
    return () => {};
  };
  return { getSnapshot: get, getServerSnapshot: get, subscribe, load: async () => {} };
}

const noQuery = nothing<QueryResult<any>>({ items: [], isSynced: false });
const noRecord = nothing<RecordResult<any>>({ record: undefined, isSynced: false });
const noStatus = nothing<StatusResult>({ status: null });

/**
 * The result of a query, kept up to date. Takes what DataStore.query() takes. The predicate and the sort may be written
 * in place: what counts is what they ask, not which functions they are. Without a model nothing is asked.
 */
export function useQuery<T extends PersistentModel>(
  model: Constructor<T> | null | undefined,
  criteria?: PredicateFunction<T> | Condition | null,
  options: QueryOptions<T> & HookOptions = {},
): QueryResult<T> {
  const store = useStore();
  const { suspense, ...query } = options;
  return useLoading(model ? liveQuery(model, criteria, { ...query, store }) : noQuery, { suspense });
}

/** One record by its id or key fields, kept up to date. Without a key nothing is asked. */
export function useRecord<T extends PersistentModel>(
  model: Constructor<T>,
  key: RecordKey | null | undefined,
  options?: HookOptions,
): RecordResult<T> {
  const store = useStore();
  const asked = key !== undefined && key !== null;
  return useLoading(asked ? liveRecord(model, key, { store }) : noRecord, options);
}

/** How far the changes of a record have come. Without a record nothing is asked. */
export function useStatus(record: PersistentModel | null | undefined, options?: HookOptions): StatusResult {
  const store = useStore();
  return useLoading(record ? liveStatus(record, undefined, { store }) : noStatus, options);
}

/** The changes that wait to be sent, or for a person. `useStore().outbox` acts on them. */
export const useOutbox = (options?: HookOptions): OutboxResult =>
  useLoading(liveOutbox({ store: useStore() }), options);

/** Whether the server can be reached. */
export const useNetwork = (): NetworkResult => useLoading(liveNetwork({ store: useStore() }));

/** How far the sync has come. */
export const useSyncProgress = (): SyncProgressResult => useLoading(liveSyncProgress({ store: useStore() }));

const noDesk: Live<readonly OpenConflict[]> = (() => {
  const none: readonly OpenConflict[] = [];
  const get = () => none;
  return { getSnapshot: get, getServerSnapshot: get, subscribe: () => () => {} };
})();

/** The conflicts that wait for a person, at the desk of the Provider above. */
export const useConflicts = (): readonly OpenConflict[] => useLive(useContext(Context).conflicts ?? noDesk);
