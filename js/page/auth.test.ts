import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askProvider, strategyTable } from './auth.js';
import { checkConfig, engineConfig } from './config.js';
import type { Schema } from './schema.js';

const provider = () => 'token';
const jwt = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

test('providers: an API key as a text is a setting, the others are kept by mode', () => {
  assert.deepEqual(
    checkConfig({ authProviders: { apiKey: 'k', userPools: provider, functionAuthProvider: provider, iam: null } }),
    {
      apiKey: 'k',
      authProviders: { userPools: provider, function: provider },
    },
  );
  const asked = checkConfig({ authProviders: { apiKey: provider } });
  assert.deepEqual(asked, { apiKey: undefined, authProviders: { apiKey: provider } }); // a key of before is replaced
});

test('what providers may give', async () => {
  const none = { exp: undefined, iss: undefined, sub: undefined };
  const cases: [unknown, unknown][] = [
    ['abc', { token: 'abc', headers: undefined, claims: none }],
    [{ token: 'Bearer abc' }, { token: 'Bearer abc', headers: undefined, claims: none }],
    [
      { token: 'abc', claims: { exp: 1700000000.9, sub: 'me' } },
      { token: 'abc', headers: undefined, claims: { exp: 1700000000, iss: undefined, sub: 'me' } },
    ],
    // Who it is, the issuer says too: of the claims, else of the token.
    [
      { token: jwt({ iss: 'https://one', sub: 'me' }) },
      {
        token: jwt({ iss: 'https://one', sub: 'me' }),
        headers: undefined,
        claims: { ...none, iss: 'https://one', sub: 'me' },
      },
    ],
    [
      { token: jwt({ iss: 'https://one', sub: 'x' }), claims: { sub: 'me' } },
      {
        token: jwt({ iss: 'https://one', sub: 'x' }),
        headers: undefined,
        claims: { ...none, iss: 'https://one', sub: 'me' },
      },
    ],
    [
      { token: jwt({ iss: 'https://one' }), claims: { iss: 'https://two', sub: 'me' } },
      { token: jwt({ iss: 'https://one' }), headers: undefined, claims: { ...none, iss: 'https://two', sub: 'me' } },
    ],
    [
      jwt({ exp: 1700000000, name: 'J\u00fcrgen' }),
      {
        token: jwt({ exp: 1700000000, name: 'J\u00fcrgen' }),
        headers: undefined,
        claims: { ...none, exp: 1700000000 },
      },
    ],
    [{ headers: { 'x-signed': 'yes' } }, { token: undefined, headers: { 'x-signed': 'yes' }, claims: none }],
    [null, null],
    [{ token: undefined }, null],
    [{ token: null }, null],
    [undefined, null],
  ];
  for (const [given, wanted] of cases) {
    assert.deepEqual(await askProvider((() => given) as any, false), wanted);
    assert.deepEqual(await askProvider((async () => given) as any, false), wanted);
  }
});

test('what providers may not give', async () => {
  const cases: [() => unknown, RegExp][] = [
    [
      () => {
        throw new Error('signed out');
      },
      /^it failed with "signed out"$/,
    ],
    [() => Promise.reject('no'), /^it failed with "no"$/],
    [() => ({}), /^it must return \{token\}, \{headers\} or null$/],
    [() => 5, /^it must return/],
    [() => '', /^its token must be a text of visible ASCII characters$/],
    [() => ({ token: 'a\r\nb' }), /^its token must be/],
    [() => ({ token: 5 }), /^its token must be/],
    [() => ({ headers: { 'bad name': 'x' } }), /^its header "bad name" must be/],
    [() => ({ headers: { good: 'a\nb' } }), /^its header "good" must be/],
    [() => ({ token: 'a', claims: { exp: Date.now() } }), /^its claims.exp must be a number of seconds since 1970$/],
    [() => ({ token: 'a', claims: { exp: '1' } }), /^its claims.exp must be/],
  ];
  for (const [give, message] of cases) await assert.rejects(askProvider(give as any, false), { message });
});

test('a provider hears that the last token was refused', async () => {
  const heard: unknown[] = [];
  const listen = (request: unknown) => String(heard.push(request));
  await askProvider(listen, false);
  await askProvider(listen, true);
  assert.deepEqual(heard, [{ forceRefresh: false }, { forceRefresh: true }]);
});

const schema = {
  models: { Post: { name: 'Post', fields: {} }, Local: { name: 'Local', syncable: false, fields: {} } },
} as unknown as Schema;

test("a strategy of the app's own: asked for each model and operation, one mode or a list, Amplify's names too", async () => {
  const asked: string[] = [];
  const table = await strategyTable(async ({ schema: given, modelName, operation }) => {
    assert.equal(given, schema);
    asked.push(`${operation} ${modelName}`);
    if (operation === 'READ') return ['userPool', 'apiKey'];
    return operation === 'CREATE' ? 'lambda' : null;
  }, schema);
  assert.deepEqual(asked, ['CREATE Post', 'READ Post', 'UPDATE Post', 'DELETE Post']);
  assert.deepEqual(table, { Post: { create: ['function'], read: ['userPools', 'apiKey'], update: [], delete: [] } });
  await assert.rejects(
    strategyTable(() => 'cognito' as any, schema),
    {
      code: 'invalid_config',
      message: /^authModeStrategy returned "cognito" to CREATE Post; it must return 'none', /,
    },
  );
});

test('it is evaluated when the store starts, not before there is a schema', async () => {
  const strategy = () => 'apiKey' as const;
  assert.deepEqual(await engineConfig({ authModeStrategy: strategy }), {});
  const { authModeStrategy } = await engineConfig({ authModeStrategy: strategy }, schema);
  assert.deepEqual(authModeStrategy, {
    Post: { create: ['apiKey'], read: ['apiKey'], update: ['apiKey'], delete: ['apiKey'] },
  });
});
