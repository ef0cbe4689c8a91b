/**
 * Everything that Deltabase rejects with. `code` is stable and meant for `switch`; `message` is a
 * sentence that says what to do. The list of codes is in SPEC.md.
 */
export class DeltabaseError extends Error {
  readonly code: string;
  /** More about some codes: needs_choice lists the changes that need the record. */
  readonly detail?: unknown;

  constructor(code: string, message: string, options?: { cause?: unknown; detail?: unknown }) {
    super(message, options);
    this.name = 'DeltabaseError';
    this.code = code;
    if (options?.detail !== undefined) this.detail = options.detail;
  }
}

export const invalidValue = (message: string) => new DeltabaseError('invalid_value', message);
export const badRequest = (message: string) => new DeltabaseError('bad_request', message);
export const invalidConfig = (message: string) => new DeltabaseError('invalid_config', message);

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
