import { Observable } from './observe.js';

/** How far the sync of a model has come. */
export interface ModelProgress {
  /** The name of the model. */
  model: string;
  /** Records that the run under way has brought; 0 for a run of one page, until it is through. */
  records: number;
  /** How many records the run will bring, where the server tells; else null. */
  estimate: number | null;
  /** Whether the model was synced once since the start. */
  isSynced: boolean;
}

/** Where a store stands with its server. A new object after each change. */
export interface ConnectionState {
  /** Whether the server can be reached. null until it is known, and without an endpoint. */
  active: boolean | null;
  /** Whether the start is through: the first sync is done, or the server can't be reached. */
  isReady: boolean;
  /** Whether a sync is under way. */
  isSyncing: boolean;
  /** The models of the sync, in the order of the schema. Empty until the first one begins. */
  models: readonly ModelProgress[];
}

const unknown: ConnectionState = Object.freeze({ active: null, isReady: false, isSyncing: false, models: [] });

/** What the Hub events of a store add up to, for those who listen later. */
export class Connection {
  readonly #ensure: () => Promise<unknown>;
  readonly #watching = new Set<(state: ConnectionState) => void>();
  #state = unknown;

  constructor(ensure: () => Promise<unknown>) {
    this.#ensure = ensure;
  }

  /** As it is now; asks nobody. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** The state now and after each change. Starts the store when it is not started. */
  watch(): Observable<ConnectionState> {
    return new Observable((sink) => {
      this.#watching.add(sink.next);
      // Not at once: a subscriber that ends its subscription with the first value needs to have it.
      Promise.resolve().then(() => sink.next(this.#state));
      this.#ensure().catch(sink.error);
      return () => void this.#watching.delete(sink.next);
    }, 'latest');
  }

  /** An event of the engine, with its data as it comes. */
  hear(event: string, data: any): void {
    const { models } = this.#state;
    const one = (change: Partial<ModelProgress>) => ({
      models: models.map((each) => (each.model === data.model ? { ...each, ...change } : each)),
    });
    if (event === 'networkStatus') this.#change(data.active ? { active: true } : { active: false, isSyncing: false });
    else if (event === 'syncQueriesStarted') {
      const synced = new Set(models.filter((each) => each.isSynced).map((each) => each.model));
      this.#change({
        isSyncing: true,
        models: (data.models as string[]).map((model) => ({
          model,
          records: 0,
          estimate: null,
          isSynced: synced.has(model),
        })),
      });
    } else if (event === 'syncProgress') this.#change(one({ records: data.records, estimate: data.estimate ?? null }));
    else if (event === 'modelSynced') this.#change(one({ isSynced: true }));
    else if (event === 'syncQueriesReady') this.#change({ isSyncing: false });
    else if (event === 'ready') this.#change({ isReady: true });
  }

  /** Nothing is known: the store was stopped, or its engine ended. */
  forget(): void {
    if (this.#state !== unknown) this.#show(unknown);
  }

  #change(change: Partial<ConnectionState>): void {
    this.#show(Object.freeze({ ...this.#state, ...change }));
  }

  #show(state: ConnectionState): void {
    this.#state = state;
    for (const tell of [...this.#watching]) tell(this.#state);
  }
}
