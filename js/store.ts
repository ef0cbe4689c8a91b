import { ask } from './conflicts.js'
import { type Config, checkConfig, type Settings, tell } from './config.js'
import { badRequest, DeltabaseError, messageOf, stateError } from './errors.js'
import { announce } from './hub.js'
import { hash, uuid } from './identity.js'
import { definitionOf, type Instance, type RecordSource } from './instances.js'
import { changesOf, takeNewId } from './models.js'
import { Marker } from './marker.js'
import { askMigration } from './migrations.js'
import { LiveResult, Observable, type Snapshot } from './observe.js'
import { Outbox } from './outbox.js'
import { EnginePort, type PortListener } from './port.js'
import { ProviderCalls } from './providercalls.js'
import { equals, filterOf } from './predicates.js'
import { currentSchema, definitionNamed, hasModel } from './registry.js'
import { fieldsOf, reader, rowOf } from './rows.js'
import { begin, clearUnstarted, evaluated } from './session.js'
import { type Criteria, deleteTarget, modelTarget, observeTarget, queryTarget } from './targets.js'
import { type RecordStatus, statusOf, statusTarget, StatusView } from './status.js'
import type {
  Change, Condition, Constructor, PersistentModel, PredicateFunction, QueryOptions, StartResult,
} from './types.js'

/**
 * One local database and its engine. Every method but configure() starts the store when it is not
 * started yet. Everything rejects with a DeltabaseError.
 */
export class Store implements RecordSource, PortListener {
  readonly #base: string
  #settings: Settings = {}
  #port: EnginePort | null = null
  #started: Promise<EnginePort> | undefined
  /** The last configure() of a running engine: they take turns. */
  #reconfigured: Promise<void> = Promise.resolve()
  /** The last stop() or clear() that is under way. */
  #closing: { state: 'Stopping' | 'Clearing'; done: Promise<void> } | null = null
  #offline = false
  #persistAsked = false
  #marker: Marker | null = null
  #ephemeral = false
  readonly #providerCalls = new ProviderCalls()
  readonly #observers = new Map<number, { next(body: any): void; error(e: unknown): void; complete(): void }>()

  /** Reads and acts on the changes that wait to be sent. */
  readonly outbox = new Outbox(
    () => this.#ensure('outbox'),
    (operation, args, take) => this.#observe(operation, args, take),
  )
  /** For people: dump() is everything in the local database. */
  readonly debug = { dump: async (): Promise<any> => (await this.#ensure('dump')).call('dump') }

  constructor(options: { database: string }) {
    this.#base = options.database
  }

  /** The name of the local database: a hash of the configured user is part of it. */
  get database(): string {
    return this.#databaseOf(this.#settings)
  }

  #databaseOf({ user }: Config): string {
    return user === undefined || user === null ? this.#base : `${this.#base}-${hash(user)}`
  }

  /**
   * Sets settings; those left out keep their values. Rejects with invalid_config, which names the
   * setting. Another user means another database: observers of the old one complete.
   */
  async configure(config: Config): Promise<void> {
    const given = checkConfig(config)
    // A stop() or clear() that was called before is about the settings and the user before.
    while (this.#closing) await this.#closing.done.catch(() => {})
    const before = this.database
    const settings = { ...this.#settings, ...given }
    if (this.#started && this.#databaseOf(settings) === before) {
      const turn = this.#reconfigured.then(() => this.#reconfigure(given))
      this.#reconfigured = turn.catch(() => {})
      return turn
    }
    this.#settings = settings
    if (this.database === before) return
    this.#leave()
    // What was answered before is heard before: nobody sees the old user's records after this resolves.
    await new Promise<void>((resolve) => void setTimeout(resolve))
  }

  /** Gives new settings to a running engine. One that is stopped meanwhile gets them with the next start. */
  async #reconfigure(given: Settings): Promise<void> {
    const started = this.#started
    const port = await started?.catch(() => undefined) // who started it hears why it failed
    const config = port && (await evaluated({ ...this.#settings, ...given }))
    const before = this.#settings
    const settings = (this.#settings = { ...before, ...given })
    if (!port || this.#closing || this.#started !== started) return
    try {
      await this.#tell(port, config!)
    } catch (refused) {
      if (this.#settings === settings) this.#settings = before
      throw refused
    }
  }

  /** Opens the local database and begins to sync. Resolves before the first sync is done. */
  async start(): Promise<StartResult> {
    await this.#ensure('start')
    return { ephemeral: this.#ephemeral }
  }

  /** Ends this page's part in syncing and keeps the data. The next call starts again. */
  async stop(): Promise<void> {
    await this.#close('Stopping', 'stop', {})
  }

  /** Removes all records. Unsent changes are parked for outbox.restore(), unless discarded. */
  async clear(options: { discardUnsent?: boolean } = {}): Promise<void> {
    await this.#close('Clearing', 'clear', { discardUnsent: options?.discardUnsent === true })
  }

  /** stop() and clear() take turns; from the call on, everything else is refused. */
  #close(state: 'Stopping' | 'Clearing', operation: 'stop' | 'clear', args: object): Promise<void> {
    const turn = this.#closing?.done.catch(() => {}) ?? Promise.resolve()
    const closing = { state, done: turn.then(() => this.#end(operation, args)) }
    closing.done = closing.done.finally(() => {
      if (this.#closing === closing) this.#closing = null
    })
    this.#closing = closing
    return closing.done
  }

  async #end(operation: 'stop' | 'clear', args: object): Promise<void> {
    const port = await this.#started?.catch(() => undefined)
    if (port) await port.call(operation, args)
    else if (operation === 'clear') await clearUnstarted(this.#open(), args)
    this.#started = undefined // the engine counts this page as stopped; the next call starts it again
  }

  /**
   * Creates or updates a record, and resolves with it as stored once it is durable on this device.
   * The condition is checked here and on the server: condition_failed, missing_parent, quota.
   */
  async save<T extends PersistentModel>(model: T, condition?: PredicateFunction<T>): Promise<T> {
    const definition = modelTarget(model)
    const args = {
      mutationId: uuid(),
      model: definition.name,
      record: rowOf(definition, model),
      fields: fieldsOf(definition, model, changesOf(model)),
      newId: takeNewId(model),
      condition: condition === undefined ? undefined : filterOf(definition, condition),
    }
    this.#askPersistence()
    const port = await this.#ensure('save')
    return reader(definition, this)(await port.call('save', args)) as T
  }

  /** Deletes a record (with its HAS_ONE and HAS_MANY children), or all that match. */
  delete<T extends PersistentModel>(model: Constructor<T>, criteria: Criteria<T>): Promise<T[]>
  delete<T extends PersistentModel>(model: T, condition?: PredicateFunction<T>): Promise<T>
  async delete(target: any, criteria?: any): Promise<any> {
    const { definition, ...args } = deleteTarget(target, criteria)
    this.#askPersistence()
    const port = await this.#ensure('delete')
    const rows = (await port.call('delete', { ...args, mutationId: uuid(), model: definition.name })) as Instance[]
    if (definitionOf(target)) return target
    return rows.map(reader(definition, this))
  }

  /** Finds records: one by its id, else a list by predicate, sorted and paged. */
  query<T extends PersistentModel>(model: Constructor<T>, id: string | Partial<T>): Promise<T | undefined>
  query<T extends PersistentModel>(
    model: Constructor<T>,
    criteria?: PredicateFunction<T> | Criteria<T> | null,
    options?: QueryOptions<T>,
  ): Promise<T[]>
  async query(model: any, criteria?: any, options?: any): Promise<any> {
    const { definition, one, ...args } = queryTarget(model, criteria, options)
    const port = await this.#ensure('query')
    const rows = (await port.call('query', { ...args, model: definition.name })) as Instance[]
    const found = rows.map(reader(definition, this))
    return one ? found[0] : found
  }

  /** Tells of every change, local or from the server, once and in order. */
  observe(): Observable<Change<any>>
  observe<T extends PersistentModel>(
    model: Constructor<T> | T,
    criteria?: string | PredicateFunction<T> | Condition,
  ): Observable<Change<T>>
  observe(model?: any, criteria?: any): Observable<Change<any>> {
    const args = observeTarget(model, criteria)
    return this.#observe('observe', args, (body, next) => {
      for (const change of body.changes) {
        if (!hasModel(change.model)) continue
        const definition = definitionNamed(change.model)
        const element = reader(definition, this)(change.element)
        next({ opType: change.opType, element, model: element.constructor, condition: null })
      }
    })
  }

  /** The result of a query, now and after each change of it. Takes what query() takes. */
  observeQuery<T extends PersistentModel>(
    model: Constructor<T>,
    criteria?: Criteria<T> | null,
    options?: QueryOptions<T>,
  ): Observable<Snapshot<T>> {
    const { definition, one: _, ...target } = queryTarget(model, criteria, options)
    const args = { ...target, model: definition.name, live: true }
    const begin = () => {
      const live = new LiveResult(reader(definition, this))
      return (body: any, next: (s: Snapshot<T>) => void) => next(live.apply(body))
    }
    return new Observable((sink) => this.#observe('observeQuery', args, begin()).subscribe(sink).unsubscribe)
  }

  /** How far the changes of a record have come: by the record itself, or its class and id. */
  status<T extends PersistentModel>(record: T): Promise<RecordStatus>
  status<T extends PersistentModel>(model: Constructor<T>, id: string | Partial<T>): Promise<RecordStatus>
  async status(target: any, id?: any): Promise<RecordStatus> {
    const args = statusTarget(target, id)
    if (args.id === undefined) throw badRequest('status() asks about one record. Pass it, or its class and id.')
    return statusOf(await (await this.#ensure('status')).call('status', args))
  }

  /**
   * The status of a record, now and at each transition, in order and once; of a model or of all the
   * records that are not synced, then each transition. Every tab hears the same.
   */
  observeStatus(): Observable<RecordStatus>
  observeStatus<T extends PersistentModel>(model: Constructor<T> | T, id?: string | Partial<T>): Observable<RecordStatus>
  observeStatus(target?: any, id?: any): Observable<RecordStatus> {
    const args = { ...statusTarget(target, id), of: 'status' }
    return new Observable((sink) => {
      const view = new StatusView(args.id !== undefined)
      return this.#observe('observeStatus', args, (body, next) => {
        for (const status of view.apply(body)) next(status)
      }).subscribe(sink).unsubscribe
    })
  }

  #observe(operation: string, args: object, take: (body: any, next: (v: any) => void) => void): Observable<any> {
    return new Observable((sink) => {
      let ended = false
      let end = () => {}
      const begin = async () => {
        const port = await this.#ensure(operation)
        if (ended) return
        const { observer, begun } = port.observe(args)
        this.#observers.set(observer, { ...sink, next: (body) => take(body, sink.next) })
        end = () => {
          this.#observers.delete(observer)
          port.unobserve(observer)
        }
        await begun
      }
      begin().catch((e) => {
        end()
        sink.error(e)
      })
      return () => {
        ended = true
        end()
      }
    })
  }

  /** Closes the engine's way to the network, for every tab of this database, until goOnline(). */
  goOffline = (): Promise<void> => this.#setGate(true)
  goOnline = (): Promise<void> => this.#setGate(false)

  /** Whether goOffline() is in force. */
  get offline(): boolean {
    return this.#offline
  }

  async #setGate(closed: boolean): Promise<void> {
    await this.#open().call('gate', { closed })
    this.#offline = closed
  }

  #open(): EnginePort {
    return (this.#port ??= new EnginePort(this.database, currentSchema().hash, this))
  }

  #ensure(operation: string): Promise<EnginePort> {
    return this.#closing ? Promise.reject(stateError(operation, this.#closing.state)) : this.#run()
  }

  #run(): Promise<EnginePort> {
    if (!this.#started) {
      const started = Promise.resolve().then(() => this.#begin(this.#open()))
      this.#started = started
      started.catch(() => {
        if (this.#started === started) this.#started = undefined
      })
    }
    return this.#started
  }

  async #begin(port: EnginePort): Promise<EnginePort> {
    const config = await evaluated(this.#settings)
    await this.#tell(port, config)
    return port
  }

  async #tell(port: EnginePort, config: object): Promise<void> {
    this.#ephemeral = (await begin(port, this.#settings, config, this.#mark())).ephemeral
  }

  /** Leaves the database: what is unanswered is refused, observers complete. */
  #leave(): void {
    const observers = [...this.#observers.values()]
    this.#observers.clear()
    this.#providerCalls.forget()
    this.#port?.call('stop').catch(() => {}) // nothing more is sent in the old user's name
    this.#port?.close()
    this.#port = null
    this.#marker = null
    this.#started = undefined
    this.#offline = false
    for (const o of observers) o.complete()
  }

  #mark(): Marker {
    return (this.#marker ??= new Marker(this.database))
  }

  /** Browsers evict what isn't persistent when the disk is full; a refusal changes nothing here. */
  #askPersistence(): void {
    if (this.#persistAsked) return
    this.#persistAsked = true
    globalThis.navigator?.storage?.persist?.().catch(() => {})
  }

  // RecordSource: lazy relations.

  byId(model: string, id: string): Promise<Instance | undefined> {
    return this.#rows(model, { id }).then((rows) => rows[0])
  }

  byFields(model: string, values: Record<string, unknown>): Promise<Instance[]> {
    return this.#rows(model, { filter: equals(values) })
  }

  async #rows(model: string, args: object): Promise<Instance[]> {
    const port = await this.#ensure('query')
    const rows = (await port.call('query', { ...args, model })) as Instance[]
    return rows.map(reader(definitionNamed(model), this))
  }

  // PortListener: what the engine says on its own.

  notify(observer: number, body: unknown): void {
    this.#observers.get(observer)?.next(body)
  }

  announce(event: string, body: unknown): void {
    if (event === 'marker') return this.#mark().keep(body as string)
    if (event === 'outboxStatus') this.#mark().noteUnsent(!(body as { isEmpty: boolean }).isEmpty)
    announce(event, body as Instance | undefined, this, this.database)
  }

  gate(closed: boolean): void {
    this.#offline = closed
  }

  report(body: unknown): void {
    const error = { ...(body as Instance) } as any
    if (error.remoteModel && hasModel(error.model)) {
      error.remoteModel = reader(definitionNamed(error.model), this)(error.remoteModel)
    }
    tell(this.#settings.errorHandler, error)
  }

  ask(id: number, question: unknown): void {
    const { conflictHandler } = this.#settings
    if (!conflictHandler) return this.#port?.undecided(id, 'This page has no conflictHandler.')
    this.#answer(id, ask(conflictHandler, question, this))
  }

  credentials(mode: string, refresh: boolean): Promise<unknown> {
    return this.#providerCalls.ask(this.#settings.authProviders ?? {}, mode, refresh)
  }

  migrate(id: number, question: unknown): void {
    const { migrate } = this.#settings
    if (!migrate) return this.#port?.undecided(id, '')
    this.#answer(id, askMigration(migrate, question))
  }

  #answer(id: number, decided: ReturnType<typeof ask | typeof askMigration>): void {
    const port = this.#port
    decided.then(
      ({ decision, model }) => port?.decide(id, decision, model),
      (e) => port?.undecided(id, messageOf(e)),
    )
  }

  lost(error: DeltabaseError): void {
    this.#started = undefined
    const observers = [...this.#observers.values()]
    this.#observers.clear()
    for (const o of observers) o.error(error)
  }
}

/** A store with a database of its own; model classes are shared between stores. */
export function createDataStore(options: { database: string }): Store {
  if (typeof options?.database !== 'string' || options.database === '') {
    throw new DeltabaseError('invalid_config', "createDataStore() takes {database: 'a name'}.")
  }
  return new Store(options)
}
