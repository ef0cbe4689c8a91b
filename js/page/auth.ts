import { invalidConfig, messageOf } from '../shared/errors.js';
import type { Schema } from './schema.js';

/**
 * By whom a request is made, and so which credentials go along: `apiKey` in x-api-key; `userPools`,
 * `oidc` and `function` as a token in Authorization; `iam` as the headers that its provider gives.
 * Amplify's names userPool, lambda and identityPool are understood too.
 */
export type AuthMode = 'none' | 'apiKey' | 'userPools' | 'oidc' | 'function' | 'iam';
export type AuthModeName = AuthMode | 'userPool' | 'lambda' | 'identityPool';

/** What an auth provider gives: a token, or headers that are ready to be sent. */
export interface Credentials {
  /** Sent as it is; a JWT needs no "Bearer". undefined or null: nobody is signed in. */
  token?: string | null;
  /** Sent as they are, with each request and on the realtime connection. */
  headers?: Record<string, string>;
  /**
   * exp, in seconds since 1970, says when to ask again. iss and sub say who it is: with `user` configured, a
   * token of another iss or sub than the first one is not used. Left out, they are read from a token that is a
   * JWT; iss is also when only it is missing.
   */
  claims?: Record<string, unknown>;
}

/**
 * Gives the credentials of one auth mode, or null when nobody is signed in. The engine calls it
 * in the background, so it must not open dialogs, and has to answer within 30 s. forceRefresh is true when the server
 * refused the last token, so that a cached one is of no use.
 */
export type AuthProvider = (request: {
  forceRefresh: boolean;
}) => Credentials | string | null | undefined | Promise<Credentials | string | null | undefined>;

export interface AuthProviders {
  apiKey?: string | AuthProvider;
  userPools?: AuthProvider;
  oidc?: AuthProvider;
  function?: AuthProvider;
  /** The same under Amplify's name. Not both. */
  functionAuthProvider?: AuthProvider;
  /** Gives {headers}: signatures that must be made for each request anew (SigV4) are not supported. */
  iam?: AuthProvider;
}

/**
 * Chooses the auth modes of an operation on a model, in the order in which they are tried. Called
 * for each model and operation at every start(); nothing means the default mode.
 */
export type AuthModeStrategy = (request: {
  schema: Schema;
  modelName: string;
  operation: 'CREATE' | 'READ' | 'UPDATE' | 'DELETE';
}) => AuthModeName | AuthModeName[] | null | undefined | Promise<AuthModeName | AuthModeName[] | null | undefined>;

const provided = ['apiKey', 'userPools', 'oidc', 'function', 'iam'];
const aliases = new Map([
  ['userPool', 'userPools'],
  ['lambda', 'function'],
  ['identityPool', 'iam'],
]);
const modes = new Map([...['none', ...provided].map((mode): [string, string] => [mode, mode]), ...aliases]);

/** What text fits into a header. */
const isHeaderText = (v: unknown): v is string =>
  typeof v === 'string' && /^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/.test(v);

export const modeNames = "'none', 'apiKey', 'userPools', 'oidc', 'function' or 'iam'";

/** Our name of an auth mode, undefined when it is none. */
export const modeOf = (name: unknown): AuthMode | undefined => modes.get(name as string) as AuthMode | undefined;

export const isKey = isHeaderText;

/** The providers by mode; throws invalid_config. An API key that is a text is given back apart. */
export function checkProviders(given: Record<string, unknown>): {
  providers: Record<string, AuthProvider>;
  apiKey?: string;
} {
  const providers: Record<string, AuthProvider> = {};
  let apiKey: string | undefined;
  for (const [name, provider] of Object.entries(given)) {
    if (provider === undefined || provider === null) continue;
    const mode = name === 'functionAuthProvider' ? 'function' : name;
    if (!provided.includes(mode)) {
      throw invalidConfig(`There is no auth provider "${name}". They are: ${provided.join(', ')}.`);
    }
    if (Object.hasOwn(providers, mode)) {
      throw invalidConfig(
        'Set either authProviders.function or authProviders.functionAuthProvider; they are the same.',
      );
    }
    if (mode === 'apiKey' && isHeaderText(provider)) apiKey = provider;
    else if (typeof provider === 'function') providers[mode] = provider as AuthProvider;
    else {
      throw invalidConfig(
        `authProviders.${name} must be a function${mode === 'apiKey' ? ' or a text of visible ASCII characters' : ''}.`,
      );
    }
  }
  return { providers, apiKey };
}

/** Asks a provider. Throws with what is wrong, to be read after "The auth provider userPools gave no token:". */
export async function askProvider(provider: AuthProvider, forceRefresh: boolean): Promise<Credentials | null> {
  let given: Awaited<ReturnType<AuthProvider>>;
  try {
    given = await provider({ forceRefresh });
  } catch (thrown) {
    throw new Error(`it failed with "${messageOf(thrown)}"`);
  }
  if (given === null || given === undefined) return null;
  const { token, headers, claims } = typeof given === 'string' ? ({ token: given } as Credentials) : given;
  if ((token ?? headers ?? null) === null) {
    if (Object.hasOwn(given as object, 'token')) return null; // what a session without a user gives
    throw new Error('it must return {token}, {headers} or null');
  }
  if (token !== undefined && !isHeaderText(token))
    throw new Error('its token must be a text of visible ASCII characters');
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (/^[\w-]+$/.test(name) && isHeaderText(value)) continue;
    throw new Error(`its header "${name}" must be a text of visible ASCII characters`);
  }
  const { exp, sub, iss = claimsOf(token)?.iss } = claims ?? claimsOf(token) ?? {};
  if (claims && exp !== undefined && !(typeof exp === 'number' && exp < 1e11)) {
    throw new Error('its claims.exp must be a number of seconds since 1970');
  }
  return {
    token,
    headers,
    claims: {
      exp: typeof exp === 'number' ? Math.floor(exp) : undefined,
      iss: typeof iss === 'string' ? iss : undefined,
      sub: typeof sub === 'string' ? sub : undefined,
    },
  };
}

/** The claims of a token that is a JWT. They are not verified: only the server can do that. */
function claimsOf(token: string | null | undefined): Record<string, unknown> | undefined {
  try {
    return JSON.parse(atob(token!.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')));
  } catch {
    return undefined;
  }
}

const operations = { create: 'CREATE', read: 'READ', update: 'UPDATE', delete: 'DELETE' } as const;

/** Calls an app's strategy for everything it may be asked about: {Model: {create: [modes], ...}}. */
export async function strategyTable(strategy: AuthModeStrategy, schema: Schema): Promise<object> {
  const table: Record<string, Record<string, AuthMode[]>> = {};
  for (const { name: modelName, syncable } of Object.values(schema.models)) {
    if (syncable === false) continue;
    table[modelName] = {};
    for (const [own, operation] of Object.entries(operations)) {
      const chosen = (await strategy({ schema, modelName, operation })) ?? [];
      table[modelName][own] = (Array.isArray(chosen) ? chosen : [chosen]).map((name) => {
        const mode = modeOf(name);
        if (mode) return mode;
        throw invalidConfig(
          `authModeStrategy returned "${String(name)}" to ${operation} ${modelName}; it must return ${modeNames}, or a list of them.`,
        );
      });
    }
  }
  return table;
}
