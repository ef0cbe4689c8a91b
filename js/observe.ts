import type { Instance } from './instances.js'

export interface Observer<T> {
  next?: (value: T) => void
  error?: (error: unknown) => void
  complete?: () => void
}

export interface Subscription {
  unsubscribe(): void
  readonly closed: boolean
}

type Sink<T> = Required<Observer<T>>

/** A cold stream of values: each subscription begins its own. Works with rxjs's from(). */
export class Observable<T> {
  readonly #begin: (sink: Sink<T>) => () => void

  constructor(begin: (sink: Sink<T>) => () => void) {
    this.#begin = begin
    const interop = (Symbol as unknown as { observable?: symbol }).observable ?? '@@observable'
    Object.defineProperty(this, interop, { value: () => this })
  }

  subscribe(
    observer?: Observer<T> | ((value: T) => void),
    error?: (error: unknown) => void,
    complete?: () => void,
  ): Subscription {
    const to: Observer<T> = typeof observer === 'function' ? { next: observer, error, complete } : (observer ?? {})
    let closed = false
    let end: (() => void) | undefined
    const finish = () => {
      closed = true
      end?.()
    }
    // An observer's mistake is the page's, not the stream's: it must not stop the other observers.
    const tell = (callback: () => void) => {
      try {
        callback()
      } catch (e) {
        reportError(e)
      }
    }
    end = this.#begin({
      next: (value) => void (closed || tell(() => to.next?.(value))),
      error: (e) => {
        if (closed) return
        finish()
        if (to.error) tell(() => to.error!(e))
        else reportError(e)
      },
      complete: () => {
        if (closed) return
        finish()
        tell(() => to.complete?.())
      },
    })
    if (closed) end() // it ended before it had begun
    return {
      unsubscribe: () => void (closed || finish()),
      get closed() {
        return closed
      },
    }
  }
}

/** What observeQuery gives. */
export interface Snapshot<T> {
  items: T[]
  isSynced: boolean
}

/** Notify.Body of sync/effects.go for observeQuery. */
interface LiveChange {
  isSynced: boolean
  put?: Instance[]
  order?: string[]
}

/** Keeps the instances of a live query: only rows that changed are made anew. */
export class LiveResult {
  #byId = new Map<string, Instance>()
  #order: string[] = []

  constructor(
    readonly instanceOf: (row: Instance) => Instance,
    readonly idOf: (row: Instance) => string,
  ) {}

  apply(change: LiveChange): Snapshot<any> {
    for (const row of change.put ?? []) this.#byId.set(this.idOf(row), this.instanceOf(row))
    if (change.order) {
      this.#order = change.order
      const named = new Set(change.order)
      for (const id of [...this.#byId.keys()]) if (!named.has(id)) this.#byId.delete(id)
    }
    return { items: this.#order.map((id) => this.#byId.get(id)!), isSynced: change.isSynced }
  }
}
