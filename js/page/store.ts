import { Additions, type Means } from './additions.js';
import type { AmplifyConfig } from './amplifyconfig.js';
import { answerConflict, answerMigration } from './answers.js';
import { type Config, checkConfig, type Settings, tell } from './config.js';
import { badRequest, DeltabaseError } from '../shared/errors.js';
import { Connection } from './connection.js';
import { announce } from './hub.js';
import { hash } from '../shared/ids.js';
import { definitionOf, type Instance, type RecordSource } from './instances.js';
import { Marker } from './marker.js';
import { Observable, questionOf, type Snapshot } from './observe.js';
import { Observers } from './observers.js';
import { GivenSettings, Turns } from './order.js';
import { Outbox } from './outbox.js';
import { EnginePort, type PortListener } from './port.js';
import { ProviderCalls } from './providercalls.js';
import { equals } from './predicates.js';
import { currentSchema, definitionNamed, hasModel } from './registry.js';
import { reader } from './rows.js';
import { begin, clearUnstarted, evaluated } from './session.js';
import { type Criteria, observeTarget, queryTarget } from './targets.js';
import { liveQuery } from './livequery.js';
import { setLoose } from './validate.js';
import { deleteCall, saveCall } from './writes.js';
import { type RecordStatus, statusOf, statusTarget, StatusView } from './status.js';
import type {
  Change,
  Condition,
  Constructor,
  Key,
  LiveOptions,
  PersistentModel,
  PredicateFunction,
  QueryOptions,
  StartResult,
} from './types.js';

// Its methods are made by the constructor: a class that extends another one is never left out by bundlers.
export interface Store extends Pick<Additions, keyof Additions> {}

/**
 * One local database and its engine. Every method but configure() starts the store when it is not
 * started yet. Everything rejects with a DeltabaseError.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: see the interface
export class Store {
  readonly #base: string;
  readonly #given = new GivenSettings();
  /** What the engine was told last, null while it was told nothing. */
  #told: Settings | null = null;
  #port: EnginePort | null = null;
  /** The start that calls belong to. A call that stops, clears or leaves ends it at once. */
  #started: Promise<EnginePort> | undefined;
  /** The stop(), clear() and changes of user that are under way: later calls wait for them. */
  readonly #closings = new Turns();
  /** Each configure() of a running engine. */
  readonly #reconfigurations = new Turns();
  #offline = false;
  #persistAsked = false;
  #marker: Marker | null = null;
  #ephemeral = false;
  readonly #providerCalls = new ProviderCalls();
  readonly #observers = new Observers(() => this.#ensure());

  /** Reads and acts on the changes that wait to be sent. */
  readonly outbox = new Outbox(
    () => this.#ensure(),
    (args, take) => this.#observers.observe(args, take),
  );
  /** Where this store stands with its server: the network, and how far a sync has come. */
  readonly connection = new Connection(() => this.#ensure());
  /** For debugging: dump() resolves with everything in the local database. */
  readonly debug = { dump: async (): Promise<any> => (await this.#ensure()).call('dump') };

  readonly #means: Means = {
    ask: async (operation, args) => (await this.#ensure()).call(operation, args),
    write: (operation, args) => {
      this.#askPersistence();
      return this.#means.ask(operation, args);
    },
    read: (model, row) => reader(definitionNamed(model), this.#inside)(row),
  };

  constructor(options: { database: string }) {
    this.#base = options.database;
    // `const { query } = DataStore`: methods know their store.
    const bind = (to: any, { prototype }: { prototype: object }) => {
      for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
        if (typeof value === 'function' && name !== 'constructor')
          Object.defineProperty(this, name, { value: to[name].bind(to), configurable: true, writable: true });
      }
    };
    bind(this, Store);
    bind(new Additions(this.#means), Additions);
  }

  /** The name of the local database: a hash of the configured user is part of it. */
  get database(): string {
    return this.#databaseOf(this.#given.all);
  }

  #databaseOf({ user }: Config): string {
    return user === undefined || user === null ? this.#base : `${this.#base}-${hash(user)}`;
  }

  /**
   * Sets settings; those left out keep their values. Rejects with invalid_config, which names the
   * setting. Another user means another database: observers of the old one complete. An aws-exports.js or
   * amplify_outputs.json, with settings beside it, names the API as well.
   */
  configure(config: Config): Promise<void>;
  configure(config: AmplifyConfig & Config): Promise<void>;
  async configure(config: object): Promise<void> {
    const given = checkConfig(config);
    if ('validate' in given) setLoose(given.validate === 'loose');
    const before = this.database;
    if (this.#databaseOf({ ...this.#given.all, ...given }) === before) {
      this.#given.add(given, !this.#started);
      return this.#started && this.#reconfigure(given, this.#started);
    }
    this.#given.add(given, true);
    this.#started = undefined;
    if (this.#closings.idle) this.#leave();
    else await this.#closings.take(() => this.#leave());
    // What was answered before is heard before: nobody sees the old user's records after this resolves.
    await new Promise<void>((resolve) => void setTimeout(resolve));
  }

  /** Gives new settings to a running engine. One that is stopped meanwhile gets them with the next start. */
  #reconfigure(given: Settings, started: Promise<EnginePort>): Promise<void> {
    return this.#reconfigurations.take(async () => {
      const port = await started.catch(() => undefined); // who started it hears why it failed
      const running = () => port !== undefined && this.#started === started;
      try {
        const settings = this.#given.upTo(given);
        const config = running() && (await evaluated(settings));
        if (config && running()) await this.#tell(port!, settings, config);
        this.#given.decide(given, true);
      } catch (refused) {
        const left = (refused as DeltabaseError).code === 'closed';
        this.#given.decide(given, left);
        if (!left) throw refused;
      }
    });
  }

  /** Opens the local database and begins to sync. Resolves before the first sync is done. */
  async start(): Promise<StartResult> {
    await this.#ensure();
    return { ephemeral: this.#ephemeral } as StartResult;
  }

  /** Stops syncing for this page and keeps the data. The next call of the store starts it again. */
  async stop(): Promise<void> {
    await this.#close('stop', {});
  }

  /** Removes all records. Unsent changes are parked for outbox.restore(), unless discarded. */
  async clear(options: { discardUnsent?: boolean } = {}): Promise<void> {
    await this.#close('clear', { discardUnsent: options?.discardUnsent === true });
  }

  /** The calls before still belong to the start that this ends; those after it begin the next one. */
  #close(operation: 'stop' | 'clear', args: object): Promise<void> {
    const [database, settings, started] = [this.database, this.#given.all, this.#started];
    this.#started = undefined;
    return this.#closings.take(async () => {
      const port = await started?.catch(() => undefined);
      try {
        if (port) await port.call(operation, args);
        else if (operation === 'clear') await clearUnstarted(this.#open(database), settings, args);
      } finally {
        this.#told = null;
        this.connection.forget();
      }
    });
  }

  /**
   * Creates or updates a record, and resolves with it as stored once it is durable on this device.
   * The condition is checked here and on the server: condition_failed, missing_parent, quota.
   */
  async save<T extends PersistentModel>(model: T, condition?: PredicateFunction<T>): Promise<T> {
    const args = saveCall(model, condition);
    return this.#means.read(args.model, await this.#means.write('save', args)) as T;
  }

  /** Deletes a record (with its HAS_ONE and HAS_MANY children), or all that match. */
  delete<T extends PersistentModel>(model: Constructor<T>, criteria: Criteria<T>): Promise<T[]>;
  delete<T extends PersistentModel>(model: T, condition?: PredicateFunction<T>): Promise<T>;
  async delete(target: any, criteria?: any): Promise<any> {
    const args = deleteCall(target, criteria);
    const rows: Instance[] = await this.#means.write('delete', args);
    return definitionOf(target) ? target : rows.map((row) => this.#means.read(args.model, row));
  }

  /** Finds records: one by its id, else a list by predicate, sorted and paged. */
  query<T extends PersistentModel>(model: Constructor<T>, id: Key<T>): Promise<T | undefined>;
  query<T extends PersistentModel>(
    model: Constructor<T>,
    criteria?: PredicateFunction<T> | Condition | null,
    options?: QueryOptions<T>,
  ): Promise<T[]>;
  async query(model: any, criteria?: any, options?: any): Promise<any> {
    const { definition, one, ...args } = queryTarget(model, criteria, options);
    const port = await this.#ensure();
    const rows = (await port.call('query', { ...args, model: definition.name })) as Instance[];
    const found = rows.map(reader(definition, this.#inside));
    return one ? found[0] : found;
  }

  /** Tells of every change, local or from the server, once and in order. */
  observe(): Observable<Change<any>>;
  observe<T extends PersistentModel>(
    model: Constructor<T> | T,
    criteria?: string | PredicateFunction<T> | Condition,
  ): Observable<Change<T>>;
  observe(model?: any, criteria?: any): Observable<Change<any>> {
    const args = observeTarget(model, criteria);
    return this.#observers.observe(args, (body, next) => {
      for (const change of body.changes) {
        if (!hasModel(change.model)) continue;
        const definition = definitionNamed(change.model);
        const element = reader(definition, this.#inside)(change.element);
        next({ opType: change.opType, element, model: element.constructor, condition: null });
      }
    });
  }

  /** The result of a query, now and after each change of it. Takes what query() takes, and `select`, see LiveOptions. */
  observeQuery<T extends PersistentModel, K extends keyof T & string>(
    model: Constructor<T>,
    criteria: Criteria<T> | null | undefined,
    options: LiveOptions<T, K>,
  ): Observable<Snapshot<Pick<T, K>>>;
  observeQuery<T extends PersistentModel>(
    model: Constructor<T>,
    criteria?: Criteria<T> | null,
    options?: QueryOptions<T>,
  ): Observable<Snapshot<T>>;
  observeQuery(model: any, criteria?: any, options?: any): Observable<Snapshot<any>> {
    return liveQuery(queryTarget(model, criteria, options), options?.select, this.#observers, this.#inside);
  }

  /** How far the changes of a record have come: by the record itself, or its class and id. */
  status<T extends PersistentModel>(record: T): Promise<RecordStatus>;
  status<T extends PersistentModel>(model: Constructor<T>, id: Key<T>): Promise<RecordStatus>;
  async status(target: any, id?: any): Promise<RecordStatus> {
    const args = statusTarget(target, id);
    if (args.id === undefined) throw badRequest('status() asks about one record. Pass it, or its class and id.');
    return statusOf(await (await this.#ensure()).call('status', args));
  }

  /**
   * The status of a record, now and at each transition, in order and once; of a model or of all the
   * records that are not synced, then each transition. Every tab hears the same.
   */
  observeStatus(): Observable<RecordStatus>;
  observeStatus<T extends PersistentModel>(model: Constructor<T> | T, id?: Key<T>): Observable<RecordStatus>;
  observeStatus(target?: any, id?: any): Observable<RecordStatus> {
    const args = { ...statusTarget(target, id), of: 'status' };
    const follow = (view = new StatusView(args.id !== undefined)) =>
      this.#observers.observe(args, (body, next) => {
        for (const status of view.apply(body)) next(status);
      });
    return new Observable((sink) => follow().subscribe(sink).unsubscribe, 'all', questionOf(args));
  }

  /**
   * Stops sending and fetching for every tab, until resume() or until the last tab is closed. Saves are kept here meanwhile.
   */
  pause = (): Promise<void> => this.#setGate(true);
  /** Ends pause(): what was saved is sent, and what changed is fetched. */
  resume = (): Promise<void> => this.#setGate(false);
  /** Whether some tab has called pause(). */
  get paused(): boolean {
    return this.#offline;
  }

  /** The same as pause() and resume(). */
  goOffline = this.pause;
  goOnline = this.resume;
  get offline(): boolean {
    return this.#offline;
  }

  async #setGate(closed: boolean): Promise<void> {
    const { database } = this;
    if (!this.#closings.idle) await this.#closings.over;
    const port = this.#open(database);
    await port.call('gate', { closed });
    if (port === this.#port) this.#offline = closed;
  }

  #open(database: string): EnginePort {
    return (this.#port ??= new EnginePort(database, currentSchema().hash, this.#inside));
  }

  /** Starts the store when it is not started; what it is started with is what was given until now. */
  #ensure(): Promise<EnginePort> {
    if (!this.#started) {
      const { database } = this;
      const settings = this.#given.all;
      const begin = () => this.#begin(this.#open(database), settings);
      const started = this.#closings.idle ? attempt(begin) : this.#closings.over.then(begin);
      this.#started = started;
      started.catch(() => {
        if (this.#started === started) this.#started = undefined;
      });
    }
    return this.#started;
  }

  async #begin(port: EnginePort, settings: Settings): Promise<EnginePort> {
    await this.#tell(port, settings, await evaluated(settings));
    return port;
  }

  async #tell(port: EnginePort, settings: Settings, config: object): Promise<void> {
    if (port === this.#port) this.#told = settings;
    this.#ephemeral = (await begin(port, settings, config, this.#mark())).ephemeral;
  }

  /** Leaves the database: what is unanswered is refused, observers complete. */
  #leave(): void {
    const observers = this.#observers.takeAll();
    this.#providerCalls.forget();
    this.#port?.call('stop').catch(() => {}); // nothing more is sent in the old user's name
    this.#port?.close();
    this.#port = null;
    this.#marker = null;
    this.#told = null;
    this.#offline = false;
    this.connection.forget();
    for (const o of observers) o.complete();
  }

  #mark(): Marker {
    return (this.#marker ??= new Marker(this.#port?.database ?? this.database));
  }

  /** Browsers evict what isn't persistent when the disk is full; a refusal changes nothing here. */
  #askPersistence(): void {
    if (this.#persistAsked) return;
    this.#persistAsked = true;
    globalThis.navigator?.storage?.persist?.().catch(() => {});
  }

  async #rows(model: string, args: object): Promise<Instance[]> {
    const port = await this.#ensure();
    return (await port.call('query', { ...args, model })).map(reader(definitionNamed(model), this.#inside));
  }

  /** Who answers the engine: the settings that it was told. */
  get #settings(): Settings {
    return this.#told ?? this.#given.all;
  }

  /** What instances and the engine need of a store, and apps do not. */
  readonly #inside: RecordSource & PortListener = {
    byId: (model, id) => this.#rows(model, { id }).then((rows) => rows[0]),
    byFields: (model, values) => this.#rows(model, { filter: equals(values) }),
    notify: (observer, body) => this.#observers.notify(observer, body),
    announce: (event, body) => {
      if (event === 'marker') return this.#mark().keep(body as string);
      this.connection.hear(event, body);
      if (event === 'outboxStatus') this.#mark().noteUnsent(!(body as { isEmpty: boolean }).isEmpty);
      announce(event, body as Instance | undefined, this.#inside, this.#port?.database ?? this.database);
    },
    gate: (closed) => void (this.#offline = closed),
    workerUrl: () => this.#settings.workerUrl,
    report: (body) => {
      const error = { ...(body as Instance) } as any;
      if (error.remoteModel && hasModel(error.model)) {
        error.remoteModel = reader(definitionNamed(error.model), this.#inside)(error.remoteModel);
      }
      tell(this.#settings.errorHandler, error);
    },
    ask: (id, question) => answerConflict(this.#port, id, question, this.#settings, this.#inside),
    credentials: (mode, refresh) => this.#providerCalls.ask(this.#settings.authProviders ?? {}, mode, refresh),
    migrate: (id, question) => answerMigration(this.#port, id, question, this.#settings),
    lost: (error) => {
      this.#started = undefined;
      this.connection.forget();
      for (const o of this.#observers.takeAll()) o.error(error);
    },
  };
}

/** Calls at once; what it throws, its promise rejects with. */
const attempt = async <T>(call: () => Promise<T>): Promise<T> => call();

/** A store with a database of its own; model classes are shared between stores. */
export function createDataStore(options: { database: string }): Store {
  if (typeof options?.database !== 'string' || options.database === '') {
    throw new DeltabaseError('invalid_config', "createDataStore() takes {database: 'a name'}.");
  }
  return new Store(options);
}
