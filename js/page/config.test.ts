import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConfig, engineConfig, type SyncExpression, syncExpression } from './config.js';
import { DISCARD } from './conflicts.js';
import { Predicates } from './predicates.js';
import { initSchema } from './classes.js';
import { testSchema } from './testschema.js';

const { Post, Comment } = initSchema(testSchema) as Record<string, any>;

/** What the compiler refuses, and a page without types may pass. */
const wrongExpression = syncExpression as unknown as (model: unknown, producer: unknown) => SyncExpression;

const provider = () => 'token';
const refused: [string, object, RegExp][] = [
  ['an unknown key is named', { endpoit: 'x' }, /"endpoit"/],
  ['a key of Object', { toString: 'x' }, /"toString"/],
  ["Amplify's storage adapter", { storageAdapter: {} }, /^storageAdapter is no setting: records are kept in IndexedDB/],
  ['a key of another type', { apiKey: 5 }, /^apiKey must be a text of visible ASCII characters\.$/],
  ['a key that fits into no header', { apiKey: 'a\nb' }, /^apiKey must be a text of visible ASCII characters\.$/],
  ['a key of nothing', { apiKey: '' }, /^apiKey must be a text/],
  ['a user without a name', { user: '' }, /^user must be a text that is not empty\.$/],
  [
    'no records',
    { syncMaxRecords: 0 },
    /^syncMaxRecords must be a whole number of records per model from 1 to 2147483647\.$/,
  ],
  [
    'too many records',
    { maxRecordsToSync: 2 ** 31 },
    /^maxRecordsToSync must be a whole number of records per model from 1 to 2147483647\.$/,
  ],
  ['an empty page', { syncPageSize: 0 }, /^syncPageSize must be a whole number of records per page from 1 to 1000\.$/],
  ['half a record', { syncPageSize: 1.5 }, /^syncPageSize must be/],
  ['a page over the limit', { syncPageSize: 1001 }, /^syncPageSize must be/],
  ['no seconds', { syncInterval: 0 }, /^syncInterval must be a whole number of seconds from 1 to 3153600000\.$/],
  ['seconds as text', { syncInterval: '60' }, /^syncInterval must be a whole number of seconds/],
  ['no end', { syncInterval: Infinity }, /^syncInterval must be a whole number of seconds/],
  [
    'more minutes than a century',
    { fullSyncInterval: 52560001 },
    /^fullSyncInterval must be a whole number of minutes from 1 to 52560000\.$/,
  ],
  ['both intervals', { syncInterval: 60, fullSyncInterval: 1 }, /not both/],
  ['both names of one limit', { syncMaxRecords: 60, maxRecordsToSync: 1 }, /the same setting/],
  ['both, one of them nested', { syncMaxRecords: 60, DataStore: { maxRecordsToSync: 1 } }, /the same setting/],
  ['both names of the strategy', { authModeStrategy: 'default', authModeStrategyType: 'DEFAULT' }, /the same setting/],
  ['not an address', { endpoint: 'ftp://x/' }, /^endpoint must be an http or https address/],
  ['a default that is none', { conflictDefault: 'mine' }, /^conflictDefault must be 'retryLocal' or 'applyRemote'\.$/],
  [
    'a strategy that is none',
    { authModeStrategy: 'multi' },
    /^authModeStrategy must be 'default', 'multiAuth' or a function\.$/,
  ],
  ['a strategy of Object', { authModeStrategy: 'constructor' }, /^authModeStrategy must be/],
  [
    "Amplify's name for it",
    { authModeStrategyType: 'BOTH' },
    /^authModeStrategyType must be AuthModeStrategyType.DEFAULT or MULTI_AUTH\.$/,
  ],
  [
    'a mode that is none',
    { defaultAuthMode: 'cognito' },
    /^defaultAuthMode must be 'none', 'apiKey', 'userPools', 'oidc', 'function' or 'iam'\.$/,
  ],
  ['providers that are none', { authProviders: 'x' }, /^authProviders must be an object of functions\.$/],
  [
    'a provider of another mode',
    { authProviders: { cognito: provider } },
    /^There is no auth provider "cognito". They are: apiKey, userPools, oidc, function, iam\.$/,
  ],
  ['a provider that is no function', { authProviders: { oidc: 'token' } }, /^authProviders.oidc must be a function\.$/],
  [
    'a key that is neither',
    { authProviders: { apiKey: 5 } },
    /^authProviders.apiKey must be a function or a text of visible ASCII characters\.$/,
  ],
  [
    'both names of a provider',
    { authProviders: { function: provider, functionAuthProvider: provider } },
    /the same\.$/,
  ],
  ['both places of the key', { apiKey: 'k', authProviders: { apiKey: 'k' } }, /the same setting/],
];
for (const [name, config, message] of refused) {
  test(`refused: ${name}`, () => assert.throws(() => checkConfig(config), { code: 'invalid_config', message }));
}

test("Amplify's names and its nested form", () => {
  const nested = { syncPageSize: 6, fullSyncInterval: 2, maxRecordsToSync: 7, authModeStrategyType: 'DEFAULT' };
  assert.deepEqual(checkConfig({ syncPageSize: 5, apiKey: 'k', DataStore: nested }), {
    apiKey: 'k',
    syncPageSize: 6,
    syncInterval: 120,
    syncMaxRecords: 7,
    authModeStrategy: 'default',
  });
  assert.deepEqual(checkConfig({ authModeStrategy: 'MULTI_AUTH', defaultAuthMode: 'userPool' }), {
    authModeStrategy: 'multiAuth',
    defaultAuthMode: 'userPools',
  });
});

test('the exact units: seconds and minutes of the same time are one setting', () => {
  assert.deepEqual(checkConfig({ syncInterval: 86400 }), checkConfig({ fullSyncInterval: 1440 }));
  for (const edge of [
    { syncInterval: 1 },
    { syncInterval: 3153600000 },
    { syncPageSize: 1000 },
    { syncMaxRecords: 2147483647 },
  ]) {
    assert.deepEqual(checkConfig(edge), edge);
  }
});

test('null goes back to the default, under either name', () => {
  assert.deepEqual(checkConfig({ fullSyncInterval: null, user: null, authProviders: null, conflictHandler: null }), {
    syncInterval: undefined,
    user: undefined,
    authProviders: {},
    conflictHandler: undefined,
  });
  assert.deepEqual(checkConfig({ syncInterval: null, fullSyncInterval: 2 }), { syncInterval: 120 });
});

test('undefined settings are left out, the rest is kept', () => {
  assert.deepEqual(checkConfig({ apiKey: undefined, endpoint: 'http://x/graphql', syncPageSize: 5 }), {
    endpoint: 'http://x/graphql',
    syncPageSize: 5,
  });
});

test('sync expressions: predicates, producers, async ones and ALL; handlers stay in the page', async (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  const expressions = [
    syncExpression(Post, (m: any) => m.rating.gt(3)),
    syncExpression(Post, Predicates.ALL),
    Promise.resolve(syncExpression(Comment, async () => (m: any) => m.content.eq('x'))),
  ];
  const sent = await engineConfig({
    apiKey: 'k',
    conflictHandler: () => DISCARD,
    user: 'u',
    authModeStrategy: 'multiAuth',
    authProviders: { oidc: provider },
    syncExpressions: expressions,
  });
  assert.deepEqual(sent, {
    apiKey: 'k',
    user: 'u',
    authModeStrategy: 'multiAuth',
    syncExpressions: { Post: { rating: { gt: 3 } }, Comment: { content: { eq: 'x' } } },
  });
  assert.match(warn.mock.calls[0].arguments[0], /more than one sync expression/);
  assert.deepEqual(await engineConfig({ syncExpressions: [syncExpression(Post, () => Predicates.ALL)] }), {
    authModeStrategy: undefined,
    syncExpressions: {},
  });
});

test('sync expressions that fail, or never end, are told with their model', async (t) => {
  const failing: [unknown, RegExp][] = [
    [
      () => {
        throw new RangeError('signed out');
      },
      /^The sync expression of Post failed: signed out$/,
    ],
    [
      async () => {
        throw null;
      },
      /^The sync expression of Post failed: null$/,
    ],
    [
      () => (m: any) => m.rating.gt(({} as any).user.rating),
      /^The sync expression of Post failed: Cannot read properties of undefined/,
    ],
    [(m: any) => m.nothing.eq(1), /^The sync expression of Post failed: Invalid field for model. field: nothing/],
    [() => 5, /^The sync expression of Post failed: Invalid predicate/],
  ];
  for (const [producer, message] of failing) {
    await assert.rejects(engineConfig({ syncExpressions: [wrongExpression(Post, producer)] }), {
      code: 'invalid_config',
      message,
    });
  }
  await assert.rejects(engineConfig({ syncExpressions: [Promise.reject(new Error('nobody'))] }), {
    code: 'invalid_config',
    message: 'syncExpressions failed: nobody',
  });
  await assert.rejects(
    engineConfig(
      {
        authModeStrategy: () => {
          throw new Error('nobody');
        },
      },
      testSchema as any,
    ),
    { code: 'invalid_config', message: 'authModeStrategy failed: nobody' },
  );
  const patience = t.mock.method(globalThis, 'setTimeout', (late: () => void) => setImmediate(late));
  await assert.rejects(engineConfig({ syncExpressions: [wrongExpression(Post, () => new Promise(() => {}))] }), {
    code: 'invalid_config',
    message: 'The sync expression of Post gave nothing within 30 s.',
  });
  assert.equal(patience.mock.calls.at(-1)?.arguments[1 as 0], 30_000);
});

test('checking sync expressions calls none of them', () => {
  const never = () => assert.fail('it is evaluated at a start');
  checkConfig({ syncExpressions: [syncExpression(Post, never), Promise.resolve(wrongExpression({}, never))] });
  for (const wrong of [wrongExpression({}, never), wrongExpression(Post, 5), undefined]) {
    assert.throws(() => checkConfig({ syncExpressions: [wrong] }), { code: 'invalid_config' });
  }
});

test('the largest values of settings are taken, and one more is refused', () => {
  for (const [name, most] of [
    ['syncMaxRecords', 2 ** 31 - 1],
    ['syncPageSize', 1_000],
    ['syncInterval', 100 * 365 * 86_400],
  ] as const) {
    assert.doesNotThrow(() => checkConfig({ [name]: most }), name);
    assert.throws(() => checkConfig({ [name]: most + 1 }), { code: 'invalid_config' }, name);
  }
});

test("Amplify's own configurations name the API, and settings beside them win", () => {
  const endpoint = 'https://api.example.com/graphql';
  const exports = {
    aws_project_region: 'eu-west-1',
    aws_appsync_graphqlEndpoint: endpoint,
    aws_appsync_region: 'eu-west-1',
    aws_appsync_authenticationType: 'API_KEY',
    aws_appsync_apiKey: 'da2-x',
    oauth: {},
  };
  const wanted = { endpoint, apiKey: 'da2-x', defaultAuthMode: 'apiKey' };
  assert.deepEqual(checkConfig(exports), wanted);
  const data = { url: endpoint, aws_region: 'eu-west-1', api_key: 'da2-x', default_authorization_type: 'API_KEY' };
  assert.deepEqual(checkConfig({ version: '1.3', auth: {}, data }), wanted);
  const GraphQL = { endpoint, apiKey: 'da2-x', defaultAuthMode: 'apiKey', region: 'eu-west-1' };
  assert.deepEqual(checkConfig({ API: { GraphQL }, Auth: {} }), wanted);
  const modes = {
    AMAZON_COGNITO_USER_POOLS: 'userPools',
    OPENID_CONNECT: 'oidc',
    AWS_LAMBDA: 'function',
    AWS_IAM: 'iam',
  };
  for (const [theirs, ours] of Object.entries(modes))
    assert.equal(checkConfig({ ...exports, aws_appsync_authenticationType: theirs }).defaultAuthMode, ours);
  const beside = { apiKey: 'own', DataStore: { syncPageSize: 5 } };
  assert.deepEqual(checkConfig({ ...exports, ...beside }), { ...wanted, apiKey: 'own', syncPageSize: 5 });
  assert.equal(checkConfig({ ...exports, authProviders: { apiKey: 'own' } }).apiKey, 'own');
  assert.deepEqual(checkConfig({ version: '1.3', auth: {} }), {}); // no API: everything stays local
  assert.throws(
    () => checkConfig({ ...exports, aws_appsync_graphqlEndpoint: 'nowhere:' }),
    /^DeltabaseError: endpoint must/,
  );
  assert.throws(() => checkConfig({ ...exports, aws_appsync_authenticationType: 'NONE' }), /defaultAuthMode must be/);
});
