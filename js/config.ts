import type { ConflictHandler } from './conflicts.js'
import { invalidConfig } from './errors.js'
import { limits } from './limits.js'
import { definitionOfConstructor } from './registry.js'
import { type Filter, filterOf, isAll } from './predicates.js'
import type { Definition } from './schema.js'
import type { AuthModeStrategyType } from './types.js'

/** What an errorHandler is told. */
export interface SyncError {
  message: string
  errorType: 'ConfigError' | 'BadModel' | 'BadRecord' | 'Unauthorized' | 'Transient' | 'Unknown'
  code: string
  process: 'sync' | 'mutate' | 'subscribe'
  operation: string | null
  model: string | null
  localModel: any
  remoteModel: any
  recoverySuggestion: string | null
  cause?: unknown
}

/** The settings of configure(). All are optional. */
export interface Config {
  /** http(s)://host/graphql, or a path of the page's own host. Without it everything stays local. */
  endpoint?: string
  apiKey?: string
  /** Decides conflicts; without it conflictDefault does. */
  conflictHandler?: ConflictHandler
  /** Hears what goes wrong in the background. Default: console.warn. */
  errorHandler?: (error: SyncError) => void
  conflictDefault?: 'retryLocal' | 'applyRemote'
  /** Records per model and sync, default 10000. maxRecordsToSync is the same. */
  syncMaxRecords?: number
  maxRecordsToSync?: number
  /** Records per page, default and at most 1000. */
  syncPageSize?: number
  /** Seconds between base syncs, default 86400. */
  syncInterval?: number
  /** The same in minutes, as Amplify has it. Not both. */
  fullSyncInterval?: number
  /** What is synced of each model, see syncExpression(). */
  syncExpressions?: (SyncExpression | Promise<SyncExpression>)[]
  authModeStrategy?: 'default'
  /** The same under Amplify's name. */
  authModeStrategyType?: AuthModeStrategyType
  /** Who is signed in: each user has a database of their own. */
  user?: string
  /** Implied by initSchema(). */
  schema?: unknown
  /** Amplify's nested form: settings in here win over the same ones outside. */
  DataStore?: Omit<Config, 'DataStore'>
}

export interface SyncExpression {
  modelConstructor: unknown
  conditionProducer: unknown
}

/**
 * Limits what is synced of a model: a predicate (`m => m.rating.gt(3)`), or a function that
 * returns one or Predicates.ALL, also async. Evaluated at each start().
 */
export const syncExpression = (modelConstructor: unknown, conditionProducer: unknown): SyncExpression => ({
  modelConstructor,
  conditionProducer,
})

type Check = (value: unknown) => string | null

const mustBe =
  (what: string, test: (v: unknown) => boolean): Check =>
  (v) => (test(v) ? null : what)

const text = mustBe('a string', (v) => typeof v === 'string')
const fn = mustBe('a function', (v) => typeof v === 'function')
const count = (max: number) =>
  mustBe(`a whole number from 1 to ${max}`, (v) => Number.isInteger(v) && (v as number) >= 1 && (v as number) <= max)

const checks: Record<Exclude<keyof Config, 'DataStore'>, Check> = {
  endpoint: text,
  apiKey: text,
  conflictHandler: fn,
  errorHandler: fn,
  conflictDefault: mustBe("'retryLocal' or 'applyRemote'", (v) => v === 'retryLocal' || v === 'applyRemote'),
  syncMaxRecords: count(limits.syncRecordsMax),
  maxRecordsToSync: count(limits.syncRecordsMax),
  syncPageSize: count(limits.syncPageRowsMax),
  syncInterval: count(limits.syncIntervalSecondsMax),
  fullSyncInterval: count(Math.floor(limits.syncIntervalSecondsMax / 60)),
  syncExpressions: mustBe('a list of syncExpression(...)', Array.isArray),
  authModeStrategy: mustBe("'default'; other strategies are not there yet", (v) => v === 'default'),
  authModeStrategyType: mustBe('AuthModeStrategyType.DEFAULT; MULTI_AUTH is not there yet', (v) => v === 'DEFAULT'),
  user: text,
  schema: mustBe('an object', (v) => typeof v === 'object' && v !== null),
}

/** Throws invalid_config for unknown keys and unfit values, and returns the settings without undefined. */
export function checkConfig(config: unknown): Config {
  if (typeof config !== 'object' || config === null) throw invalidConfig('configure() takes an object of settings.')
  const { DataStore: nested, ...outer } = config as Config
  if (typeof (nested ?? {}) !== 'object') throw invalidConfig('DataStore must be an object of settings.')
  const settings: Record<string, unknown> = {}
  for (const [name, value] of [...Object.entries(outer), ...Object.entries(nested ?? {})]) {
    const check = Object.hasOwn(checks, name) ? checks[name as keyof typeof checks] : undefined
    if (!check) {
      throw invalidConfig(`There is no setting "${name}". The settings are: ${Object.keys(checks).join(', ')}.`)
    }
    if (value === undefined || value === null) continue
    const wanted = check(value)
    if (wanted) throw invalidConfig(`${name} must be ${wanted}.`)
    settings[name] = value
  }
  const both = (a: string, b: string) => a in settings && b in settings
  if (both('syncInterval', 'fullSyncInterval')) {
    throw invalidConfig('Set either syncInterval (seconds) or fullSyncInterval (minutes), not both.')
  }
  if (both('syncMaxRecords', 'maxRecordsToSync')) {
    throw invalidConfig('Set either syncMaxRecords or maxRecordsToSync; they are the same setting.')
  }
  // One name each from here on, so that a later configure() replaces the setting under either.
  const { fullSyncInterval, maxRecordsToSync, authModeStrategyType, ...named } = settings
  if (authModeStrategyType !== undefined) named.authModeStrategy ??= 'default'
  if (fullSyncInterval !== undefined) named.syncInterval = (fullSyncInterval as number) * 60
  if (maxRecordsToSync !== undefined) named.syncMaxRecords = maxRecordsToSync
  if (typeof settings.endpoint === 'string') named.endpoint = endpointOf(settings.endpoint)
  return named as Config
}

function endpointOf(given: string): string {
  let url: URL | undefined
  try {
    url = new URL(given, globalThis.location?.href)
  } catch {
    // told below
  }
  if (url && /^https?:$/.test(url.protocol)) return url.href
  throw invalidConfig(`endpoint must be an http or https address such as https://api.example.com/graphql, not "${given}".`)
}

/** The settings that the engine needs, sync expressions evaluated. */
export async function engineConfig(config: Config): Promise<Record<string, unknown>> {
  const { conflictHandler: _c, errorHandler: _e, schema: _s, user: _u, syncExpressions, ...rest } = config
  if (!syncExpressions?.length) return rest
  const scopes: Record<string, Filter> = {}
  const seen = new Set<string>()
  for (const expression of await Promise.all(syncExpressions)) {
    const definition = definitionOfConstructor(expression?.modelConstructor)
    if (!definition) throw invalidConfig('syncExpression() takes a model class of the schema as its first argument.')
    if (seen.has(definition.name)) {
      console.warn(`${definition.name} has more than one sync expression; the first one counts.`)
      continue
    }
    seen.add(definition.name)
    const filter = await scopeOf(definition, expression.conditionProducer)
    if (filter) scopes[definition.name] = filter
  }
  return { ...rest, syncExpressions: scopes }
}

async function scopeOf(definition: Definition, producer: unknown): Promise<Filter | undefined> {
  if (isAll(producer)) return undefined
  if (typeof producer !== 'function') {
    throw invalidConfig(`The sync expression of ${definition.name} must be a function or Predicates.ALL.`)
  }
  let produced: unknown
  try {
    produced = await producer()
  } catch (thrown) {
    // `m => m.rating.gt(3)` called without an argument: the producer is the predicate itself.
    if (!(thrown instanceof TypeError)) throw thrown
  }
  return filterOf(definition, produced || producer)
}
