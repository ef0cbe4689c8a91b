import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig, engineConfig, syncExpression } from './config.js'
import { Predicates } from './predicates.js'
import { initSchema } from './registry.js'
import { testSchema } from './testschema.js'

const { Post, Comment } = initSchema(testSchema) as Record<string, any>

const refused: [string, object, RegExp][] = [
  ['an unknown key is named', { endpoit: 'x' }, /"endpoit"/],
  ['a key of Object', { toString: 'x' }, /"toString"/],
  ['wrong type', { apiKey: 5 }, /apiKey must be a string/],
  ['not a count', { syncPageSize: 0 }, /syncPageSize must be a whole number/],
  ['both intervals', { syncInterval: 60, fullSyncInterval: 1 }, /not both/],
  ['both names of one limit', { syncMaxRecords: 60, maxRecordsToSync: 1 }, /the same setting/],
  ['not an address', { endpoint: 'ftp://x/' }, /endpoint must be an http or https address/],
  ['a default that is none', { conflictDefault: 'mine' }, /conflictDefault must be 'retryLocal' or 'applyRemote'/],
  ['a strategy that is not there yet', { authModeStrategy: 'multiAuth' }, /authModeStrategy must be 'default'/],
  ["Amplify's name for it", { authModeStrategyType: 'MULTI_AUTH' }, /authModeStrategyType must be AuthModeStrategyType.DEFAULT/],
]
for (const [name, config, message] of refused) {
  test(`refused: ${name}`, () => assert.throws(() => checkConfig(config), { code: 'invalid_config', message }))
}

test("Amplify's names and its nested form", () => {
  const nested = { syncPageSize: 6, fullSyncInterval: 2, maxRecordsToSync: 7, authModeStrategyType: 'DEFAULT' }
  assert.deepEqual(checkConfig({ syncPageSize: 5, apiKey: 'k', DataStore: nested }), {
    apiKey: 'k', syncPageSize: 6, syncInterval: 120, syncMaxRecords: 7, authModeStrategy: 'default',
  })
})

test('undefined settings are left out, the rest is kept', () => {
  assert.deepEqual(checkConfig({ apiKey: undefined, endpoint: 'http://x/graphql', syncPageSize: 5 }), {
    endpoint: 'http://x/graphql',
    syncPageSize: 5,
  })
})

test('sync expressions: predicates, producers, async ones and ALL; handlers stay in the page', async (t) => {
  const warn = t.mock.method(console, 'warn', () => {})
  const expressions = [
    syncExpression(Post, (m: any) => m.rating.gt(3)),
    syncExpression(Post, Predicates.ALL),
    Promise.resolve(syncExpression(Comment, async () => (m: any) => m.content.eq('x'))),
  ]
  const sent = await engineConfig({ apiKey: 'k', conflictHandler: () => {}, user: 'u', syncExpressions: expressions })
  assert.deepEqual(sent, {
    apiKey: 'k',
    syncExpressions: { Post: { rating: { gt: 3 } }, Comment: { content: { eq: 'x' } } },
  })
  assert.match(warn.mock.calls[0].arguments[0], /more than one sync expression/)
  assert.deepEqual(await engineConfig({ syncExpressions: [syncExpression(Post, () => Predicates.ALL)] }), { syncExpressions: {} })
  await assert.rejects(engineConfig({ syncExpressions: [syncExpression({}, () => {})] }), { code: 'invalid_config' })
  await assert.rejects(engineConfig({ syncExpressions: [syncExpression(Post, () => { throw new RangeError('no') })] }), RangeError)
})
