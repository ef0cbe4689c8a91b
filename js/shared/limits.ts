/** Limits of the page's side, units in the names. The engine's own are in its Go packages. */
export const limits = {
  /** How long an engine may take to finish and close when another build or schema takes over. */
  finishMsMax: 3_000,
  /** How long a new engine waits for the database's lock before it takes it by force; the old one is then fenced. */
  lockMsMax: 10_000,
  /** How often a waiting engine repeats its request to yield. */
  yieldRepeatMs: 1_000,
  /** A call that was under way in this many dying engines is refused, so that it can't kill a third. */
  callDeathsMax: 2,
  /** Deaths in a row, without an answered call between them, before the worker gives up until the next call. */
  restartsMax: 5,
  /** Unanswered calls of one tab. More are refused: the page is producing faster than a disk can write. */
  callsMax: 100_000,
  /** Values that wait for a `for await` loop over a stream; with more, the loop ends with an error. */
  iteratorValuesMax: 10_000,
  /** The longest timer that browsers keep; a later time is waited for in steps. */
  timerMsMax: 2 ** 31 - 1,
  /** What is told of a longer Retry-After, as in sync/clock/limits.go. */
  retryAfterMsMax: 3_600_000,
  /** A longer body crosses from the worker to a page in bytes of its own, which change hands. */
  textBodyBytesMax: 8_192,
  /** Attempts of a page to reach an engine of its own build. */
  connectsMax: 8,
  /** How long a shared worker may take to answer the first greeting; the time doubles with each. */
  greetingMsMin: 100,
  /** The same for a dedicated worker, which is slow only when its script loads slowly. */
  greetingMsMax: 30_000,
  /** How often the worker looks at navigator.onLine and at the clock: Chromium tells it of neither. */
  pulseMs: 1_000,
  /** A pulse that comes this much too late tells that the device slept. */
  sleptMsMin: 5_000,
  /** How long sync expressions and a strategy function may take at a start, each. */
  settingsMsMax: 30_000,
  /** Rows of another store that are read at once; the engine takes up to adoptedMax of sync/limits.go. */
  adoptRowsMax: 250,
  /** The text of rows and changes that one call takes over, unless a single one is longer. */
  adoptBytesMax: 524_288,
  /** How long another store's database may take to open, and how long when it was deleted before. */
  adoptOpenMsMax: 30_000,
  adoptGoneMsMax: 1_000,
  /** The largest values of settings, as in sync/limits.go. */
  syncRecordsMax: 2 ** 31 - 1,
  syncPageRowsMax: 1_000,
  syncIntervalSecondsMax: 100 * 365 * 86_400,
} as const;
