/** The codes of errors. SPEC.md tells what each means; later versions may add some. */
export type ErrorCode =
  | 'invalid_value'
  | 'invalid_config'
  | 'schema_invalid'
  | 'schema_mismatch'
  | 'not_configured'
  | 'condition_failed'
  | 'missing_parent'
  | 'adopt_failed'
  | 'adopt_incomplete'
  | 'not_found'
  | 'bad_request'
  | 'needs_choice'
  | 'in_flight'
  | 'closed'
  | 'clearing'
  | 'quota'
  | 'storage_failed'
  | 'storage_blocked'
  | 'storage_slow'
  | 'storage_rebuilt'
  | 'deleted'
  | 'evicted'
  | 'corrupt_page'
  | 'fenced'
  | 'second_tab'
  | 'version_skew'
  | 'engine_died'
  | 'no_worker'
  | 'network'
  | 'unauthorized'
  | 'server_error'
  | 'rate_limited'
  | 'conflict'
  | 'tombstone'
  | 'superseded'
  | 'unsent_parked'
  | 'sync_truncated'
  | 'paused';

/** The codes of reports to an errorHandler: those of errors, and the causes of changes that do not move. */
export type ReportCode = ErrorCode | 'another_app' | 'attempts' | 'blocked' | 'condition' | 'rejected' | 'schema';

/**
 * Everything that Deltabase rejects with. `code` is stable and meant for `switch`; `message` is a
 * sentence that says what to do. The list of codes is in SPEC.md.
 */
export class DeltabaseError extends Error {
  readonly code: ErrorCode;
  /** More about some codes: needs_choice lists the changes that need the record. */
  readonly detail?: unknown;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; detail?: unknown }) {
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
