import type { EnginePort } from './port.js'

/** A change that has not ended yet: it waits, travels, or is held. */
export interface OutboxEntry {
  id: string
  model: string
  recordId: string
  operation: 'create' | 'update' | 'delete'
  state: 'pending' | 'sent' | 'conflicted' | 'held' | 'blocked' | 'parked'
  fields: Record<string, unknown>
  cause: { code: string; message: string } | null
  [more: string]: unknown
}

/** The changes that wait to be sent, as far as the app may act on them. */
export class Outbox {
  readonly #ensure: () => Promise<EnginePort>

  constructor(ensure: () => Promise<EnginePort>) {
    this.#ensure = ensure
  }

  async #call(operation: string, args: object = {}): Promise<any> {
    return (await this.#ensure()).call(operation, args)
  }

  /** In save order; held and parked changes are among them. */
  list(): Promise<OutboxEntry[]> {
    return this.#call('outbox')
  }

  /** Sends a held change again. */
  async retry(id: string): Promise<void> {
    await this.#call('retry', { mutationId: id })
  }

  /** Replaces fields of a held change and sends it again. */
  async edit(id: string, fields: Record<string, unknown>): Promise<void> {
    await this.#call('edit', { mutationId: id, fields })
  }

  /**
   * Drops a change; the record is then as the server has it. When other changes need a created
   * record (needs_choice lists them), dependants says what becomes of them.
   */
  async discard(id: string, options: { dependants?: 'discard' | 'keep' } = {}): Promise<void> {
    await this.#call('discard', { mutationId: id, dependants: options.dependants ?? '' })
  }

  /** Brings back what clear() parked. */
  async restore(): Promise<void> {
    await this.#call('restore')
  }
}
