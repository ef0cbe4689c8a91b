/**
 * Everything that Deltabase rejects with. `code` is stable and meant for `switch`; `message` is a
 * sentence that says what to do. The list of codes is in SPEC.md.
 */
export class DeltabaseError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'DeltabaseError'
    this.code = code
  }
}

export const invalidValue = (message: string) => new DeltabaseError('invalid_value', message)
export const badRequest = (message: string) => new DeltabaseError('bad_request', message)
export const invalidConfig = (message: string) => new DeltabaseError('invalid_config', message)

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
