import { fromAmplify } from './amplifyconfig.js';
import {
  type AuthModeName,
  type AuthModeStrategy,
  type AuthProviders,
  checkProviders,
  isKey,
  modeNames,
  modeOf,
  strategyTable,
} from './auth.js';
import type { ConflictHandler } from './conflicts.js';
import { DeltabaseError, invalidConfig, messageOf, type ReportCode } from '../shared/errors.js';
import { limits } from '../shared/limits.js';
import type { Migrate } from './migrations.js';
import { definitionOfConstructor } from './registry.js';
import { type Filter, filterOf, isAll } from './predicates.js';
import type { Definition, Schema } from './schema.js';
import type {
  AuthModeStrategyType,
  Condition,
  Constructor,
  ModelPredicate,
  PersistentModel,
  PredicateFunction,
} from './types.js';

/** What kind of thing went wrong, as Amplify names it. */
export type ErrorType = 'ConfigError' | 'BadModel' | 'BadRecord' | 'Unauthorized' | 'Transient' | 'Unknown';

/** What an errorHandler gets: something that went wrong in the background. */
export interface SyncError<T = any> {
  /** A sentence that says what happened. */
  message: string;
  errorType: ErrorType;
  /** Stable; SPEC.md lists the codes. */
  code: ReportCode;
  process: 'sync' | 'mutate' | 'subscribe';
  operation: string | null;
  model: string | null;
  /** What the change sends; null when the error is about no change. */
  localModel: T;
  /** The server's row, as far as it is known. null when it is not. */
  remoteModel: T;
  recoverySuggestion: string | null;
  /** The id of the change that the error is about, as in the outbox. */
  mutationId?: string;
  /** The superseded fields. */
  fields?: string[];
  cause?: unknown;
}

export type ErrorHandler = (error: SyncError) => void | Promise<void>;

/** Where Amplify DataStore's data is, and what becomes of it. */
export interface Adopt {
  /** Default 'amplify-datastore'. With a session of Amplify Studio the name ends in that and the API's host. */
  database?: string;
  /** Once everything is durable here: 'keep' (default) leaves the old database, 'delete' deletes it. */
  then?: 'keep' | 'delete';
}

/**
 * The settings of configure(). All are optional: undefined keeps the current value, null goes back to the
 * default.
 */
export interface Config {
  /** http(s)://host/graphql, or a path of the page's own host. Without it everything stays local. */
  endpoint?: string | null;
  /** Visible ASCII characters. The same as authProviders.apiKey; not both. */
  apiKey?: string | null;
  /** Decides conflicts; without it conflictDefault does. */
  conflictHandler?: ConflictHandler | null;
  /** Converts unsent changes that were made under an earlier schema. Without it those that no longer fit are held. */
  migrate?: Migrate | null;
  /** Called with what goes wrong in the background. Default: console.warn. */
  errorHandler?: ErrorHandler | null;
  /** Without a conflictHandler: 'retryLocal' (default) sends the changed fields again, 'applyRemote' drops them. */
  conflictDefault?: 'retryLocal' | 'applyRemote' | null;
  /** Records per model and sync, 1 to 2147483647, default 10000. */
  syncMaxRecords?: number | null;
  /** The same under Amplify's name. Not both. */
  maxRecordsToSync?: number | null;
  /** Records per page, 1 to 1000, default 1000. */
  syncPageSize?: number | null;
  /** Seconds between base syncs, 1 to 3153600000, default 86400. */
  syncInterval?: number | null;
  /** The same in minutes, 1 to 52560000, as Amplify has it. Not both. */
  fullSyncInterval?: number | null;
  /** What is synced of each model, see syncExpression(). Evaluated at each start(). */
  syncExpressions?: (SyncExpression | Promise<SyncExpression>)[] | null;
  /** The functions that give the credentials of each auth mode. */
  authProviders?: AuthProviders | null;
  /** The auth mode of everything without one of its own. Default: 'apiKey' when there is one, else the first provider in the order userPools, oidc, function, iam. */
  defaultAuthMode?: AuthModeName | null;
  /** 'default': every request uses the default mode. 'multiAuth': the modes of each model's auth rules, in order. Or a function of yours. */
  authModeStrategy?: 'default' | 'multiAuth' | AuthModeStrategyType | AuthModeStrategy | null;
  /** The same under Amplify's name. Not both. */
  authModeStrategyType?: AuthModeStrategyType | null;
  /**
   * How values are checked before they are saved. 'strict' (default) is as the server checks them; 'loose' is as
   * Amplify DataStore does: what the server refuses is held later. Model classes are shared by all stores of
   * a page: for `new Model()` and copyOf() the last store counts that was configured with it.
   */
  validate?: 'strict' | 'loose' | null;
  /** Who is signed in: each user has a database of their own. */
  user?: string | null;
  /**
   * A script of the page's own origin that imports the package's engine.js, for a package of another origin (a CDN):
   * with it one engine serves all tabs. Default: engine.js beside the package. Set it before the first start.
   */
  workerUrl?: string | null;
  /**
   * true takes over what Amplify DataStore left in this browser, before start() resolves: records, and unsent changes in
   * their order, each once. start() rejects with adopt_failed when that is not possible. Default false.
   */
  adopt?: boolean | Adopt | null;
  /** Implied by initSchema(). */
  schema?: unknown;
  /** Amplify's nested form: settings in here win over the same ones outside. */
  DataStore?: Omit<Config, 'DataStore'>;
}

/** Checked settings under one name each; a setting that is missing has its default. */
export type Settings = { [K in keyof Config]: Exclude<Config[K], null> };

export interface SyncExpression {
  modelConstructor: unknown;
  conditionProducer: unknown;
}

/** What is synced of a model: a predicate, or a function that gives one or Predicates.ALL. */
export type ConditionProducer<T> = (
  m: ModelPredicate<T>,
) => Condition | PredicateFunction<T> | Promise<Condition | PredicateFunction<T>>;

/**
 * Limits what is synced of a model: a predicate (`m => m.rating.gt(3)`), or a function that
 * returns one or Predicates.ALL, also async. Evaluated at each start().
 */
export const syncExpression = <T extends PersistentModel>(
  modelConstructor: Constructor<T>,
  conditionProducer: ConditionProducer<T> | Condition,
): SyncExpression => ({ modelConstructor, conditionProducer });

type Check = (value: unknown) => string | null;

const mustBe =
  (what: string, test: (v: unknown) => boolean): Check =>
  (v) =>
    test(v) ? null : what;

const text = mustBe('a text that is not empty', (v) => typeof v === 'string' && v !== '');
const fn = mustBe('a function', (v) => typeof v === 'function');
const count = (unit: string, max: number) =>
  mustBe(
    `a whole number of ${unit} from 1 to ${max}`,
    (v) => Number.isInteger(v) && (v as number) >= 1 && (v as number) <= max,
  );
const records = count('records per model', limits.syncRecordsMax);

const checks: Record<Exclude<keyof Config, 'DataStore'>, Check> = {
  endpoint: text,
  apiKey: mustBe('a text of visible ASCII characters', isKey),
  conflictHandler: fn,
  migrate: fn,
  errorHandler: fn,
  conflictDefault: mustBe("'retryLocal' or 'applyRemote'", (v) => v === 'retryLocal' || v === 'applyRemote'),
  syncMaxRecords: records,
  maxRecordsToSync: records,
  syncPageSize: count('records per page', limits.syncPageRowsMax),
  syncInterval: count('seconds', limits.syncIntervalSecondsMax),
  fullSyncInterval: count('minutes', Math.floor(limits.syncIntervalSecondsMax / 60)),
  syncExpressions: mustBe('a list of syncExpression(...)', Array.isArray),
  authProviders: mustBe('an object of functions', (v) => typeof v === 'object'),
  defaultAuthMode: mustBe(modeNames, (v) => modeOf(v) !== undefined),
  authModeStrategy: mustBe(
    "'default', 'multiAuth' or a function",
    (v) => typeof v === 'function' || Object.hasOwn(strategies, v as string),
  ),
  authModeStrategyType: mustBe(
    'AuthModeStrategyType.DEFAULT or MULTI_AUTH',
    (v) => v === 'DEFAULT' || v === 'MULTI_AUTH',
  ),
  validate: mustBe("'strict' or 'loose'", (v) => v === 'strict' || v === 'loose'),
  user: text,
  workerUrl: text,
  adopt: mustBe("true, false or { database: name, then: 'keep' or 'delete' }", isAdopt),
  schema: mustBe('an object', (v) => typeof v === 'object'),
};

function isAdopt(v: unknown): boolean {
  if (typeof v !== 'object' || v === null) return typeof v === 'boolean';
  const { database, then, ...more } = v as Adopt;
  return (
    (database === undefined || (typeof database === 'string' && database !== '')) &&
    (then === undefined || then === 'keep' || then === 'delete') &&
    Object.keys(more).length === 0
  );
}

const strategies: Record<string, string> = {
  default: 'default',
  multiAuth: 'multiAuth',
  DEFAULT: 'default',
  MULTI_AUTH: 'multiAuth',
};

/** Settings with two names. */
const twice: [string, string, string][] = [
  ['syncInterval', 'fullSyncInterval', 'Set either syncInterval (seconds) or fullSyncInterval (minutes), not both.'],
  [
    'syncMaxRecords',
    'maxRecordsToSync',
    'Set either syncMaxRecords or maxRecordsToSync (records per model); they are the same setting.',
  ],
  [
    'authModeStrategy',
    'authModeStrategyType',
    'Set either authModeStrategy or authModeStrategyType; they are the same setting.',
  ],
];

/**
 * Throws invalid_config for unknown keys and unfit values, and returns the settings that are given,
 * each under one name: undefined for one that goes back to its default.
 */
export function checkConfig(config: unknown): Settings {
  if (typeof config !== 'object' || config === null) throw invalidConfig('configure() takes an object of settings.');
  const { DataStore: nested, ...outer }: Config = fromAmplify(
    config,
    (name) => name === 'DataStore' || Object.hasOwn(checks, name),
  );
  if (typeof (nested ?? {}) !== 'object') throw invalidConfig('DataStore must be an object of settings.');
  const given: Record<string, any> = {};
  for (const [name, value] of [...Object.entries(outer), ...Object.entries(nested ?? {})]) {
    const check = Object.hasOwn(checks, name) ? checks[name as keyof typeof checks] : undefined;
    if (!check) throw unknownSetting(name);
    if (value === undefined) continue;
    const wanted = value === null ? null : check(value);
    if (wanted) throw invalidConfig(`${name} must be ${wanted}.`);
    given[name] = value;
  }
  for (const expression of given.syncExpressions ?? []) if (!isPromise(expression)) definitionIn(expression);
  for (const [a, b, message] of twice)
    if ((given[a] ?? null) !== null && (given[b] ?? null) !== null) throw invalidConfig(message);
  return named(given);
}

/** One name and one form each, so that a later configure() replaces a setting under either name. */
function named({
  fullSyncInterval,
  maxRecordsToSync,
  authModeStrategyType,
  authProviders,
  ...settings
}: Record<string, any>): Settings {
  const result: Record<string, any> = settings;
  if (fullSyncInterval !== undefined) result.syncInterval ??= fullSyncInterval && fullSyncInterval * 60;
  if (maxRecordsToSync !== undefined) result.syncMaxRecords ??= maxRecordsToSync;
  if (authModeStrategyType !== undefined) result.authModeStrategy ??= authModeStrategyType;
  if (typeof result.authModeStrategy === 'string') result.authModeStrategy = strategies[result.authModeStrategy];
  if (result.defaultAuthMode) result.defaultAuthMode = modeOf(result.defaultAuthMode);
  if (result.endpoint) result.endpoint = endpointOf(result.endpoint);
  if (result.workerUrl) result.workerUrl = workerUrlOf(result.workerUrl);
  if (authProviders !== undefined) {
    const { providers, apiKey } = checkProviders(authProviders ?? {});
    if (result.apiKey && (apiKey ?? providers.apiKey)) {
      throw invalidConfig('Set either apiKey or authProviders.apiKey; they are the same setting.');
    }
    result.authProviders = providers;
    if (apiKey ?? providers.apiKey) result.apiKey = apiKey;
  }
  for (const [name, value] of Object.entries(result)) result[name] = value ?? undefined;
  return result as Settings;
}

function unknownSetting(name: string) {
  if (name === 'storageAdapter')
    return invalidConfig('storageAdapter is no setting: records are kept in IndexedDB. Remove it.');
  return invalidConfig(`There is no setting "${name}". The settings are: ${Object.keys(checks).join(', ')}.`);
}

function endpointOf(given: string): string {
  let url: URL | undefined;
  try {
    url = new URL(given, globalThis.location?.href);
  } catch {
    // told below
  }
  if (url && /^https?:$/.test(url.protocol)) return url.href;
  throw invalidConfig(
    `endpoint must be an http or https address such as https://api.example.com/graphql, not "${given}".`,
  );
}

/** Workers of another origin are refused by browsers. */
function workerUrlOf(given: string): string {
  const { document, origin } = globalThis;
  const url = URL.canParse(given, document?.baseURI) ? new URL(given, document?.baseURI) : undefined;
  if (url && (origin === undefined || url.origin === origin)) return url.href;
  if (!document) return given; // without a page there is no worker
  throw invalidConfig(
    `workerUrl must be a script of the page's own origin that imports the engine, not "${given}". Serve a file from ${origin} ` +
      'that has the line import "https://.../deltabase/dist/engine.js"; and name that.',
  );
}

/**
 * The settings that the engine needs. Sync expressions are evaluated, and so is an authModeStrategy of
 * the app's own when there is a schema to ask it about.
 */
export async function engineConfig(config: Settings, schema?: Schema): Promise<Record<string, unknown>> {
  const {
    conflictHandler: _c,
    migrate: _m,
    errorHandler: _e,
    schema: _s,
    workerUrl: _w,
    adopt: _a,
    authProviders: _p,
    syncExpressions,
    authModeStrategy,
    ...rest
  } = config;
  const sent: Record<string, unknown> = rest;
  if (typeof authModeStrategy !== 'function') sent.authModeStrategy = authModeStrategy;
  else if (schema) sent.authModeStrategy = await answered('authModeStrategy', strategyTable(authModeStrategy, schema));
  if (!syncExpressions?.length) return sent;
  const scopes: Record<string, Filter> = {};
  const seen = new Set<string>();
  for (const expression of await answered('syncExpressions', Promise.all(syncExpressions))) {
    const definition = definitionIn(expression);
    if (seen.has(definition.name)) {
      console.warn(`${definition.name} has more than one sync expression; the first one counts.`);
      continue;
    }
    seen.add(definition.name);
    const filter = await answered(
      `The sync expression of ${definition.name}`,
      scopeOf(definition, expression.conditionProducer),
    );
    if (filter) scopes[definition.name] = filter;
  }
  return { ...sent, syncExpressions: scopes };
}

const isPromise = (v: unknown): boolean => typeof (v as Promise<unknown> | undefined)?.then === 'function';

/** The model of a sync expression, of which everything is checked that shows without calling it. */
function definitionIn(expression: SyncExpression | undefined): Definition {
  const definition = definitionOfConstructor(expression?.modelConstructor);
  if (!definition) throw invalidConfig('syncExpression() takes a model class of the schema as its first argument.');
  const { conditionProducer } = expression!;
  if (typeof conditionProducer === 'function' || isAll(conditionProducer)) return definition;
  throw invalidConfig(`The sync expression of ${definition.name} must be a function or Predicates.ALL.`);
}

/** What functions of the app give: invalid_config when they fail or take too long, so that no start waits for ever. */
async function answered<T>(what: string, asked: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const seconds = limits.settingsMsMax / 1000;
    timer = setTimeout(() => reject(invalidConfig(`${what} gave nothing within ${seconds} s.`)), limits.settingsMsMax);
  });
  try {
    return await Promise.race([asked, late]);
  } catch (thrown) {
    if ((thrown as DeltabaseError | undefined)?.code === 'invalid_config') throw thrown;
    throw new DeltabaseError('invalid_config', `${what} failed: ${messageOf(thrown)}`, { cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}

async function scopeOf(definition: Definition, producer: unknown): Promise<Filter | undefined> {
  if (isAll(producer)) return undefined;
  let produced: unknown;
  try {
    produced = await (producer as () => unknown)();
  } catch (thrown) {
    // `m => m.rating.gt(3)` called without an argument: the producer is the predicate itself.
    if (!(thrown instanceof TypeError)) throw thrown;
  }
  return filterOf(definition, produced || producer);
}

/** Gives an error to the app's errorHandler, or to the console when there is none. */
export function tell(errorHandler: Settings['errorHandler'], error: any): void {
  if (!errorHandler) return console.warn(`Deltabase: ${error.message}`, error);
  try {
    errorHandler(error)?.catch?.(reportError);
  } catch (thrown) {
    reportError(thrown);
  }
}
