import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConfig } from './config.js';
import { DISCARD } from './conflicts.js';
import { askMigration, type Migration } from './migrations.js';

const question = {
  mutationId: 'm1',
  model: 'Post',
  id: 'p1',
  operation: 'update',
  fields: { rating: 5 },
  condition: null,
  from: 'a',
  to: 'b',
  reason: 'Field rating should be of type string.',
  savedAt: 1000,
};

test('a migration is asked and answered', async () => {
  let given: Migration | undefined;
  const answer = await askMigration((m) => {
    given = m;
    return { rating: String(m.mutation.fields.rating) };
  }, question);
  assert.deepEqual(answer, { decision: 'migrate', model: { rating: '5' } });
  assert.deepEqual(given, {
    mutation: {
      id: 'm1',
      model: 'Post',
      recordId: 'p1',
      operation: 'update',
      fields: { rating: 5 },
      condition: null,
      savedAt: new Date(1000),
    },
    from: 'a',
    to: 'b',
    reason: 'Field rating should be of type string.',
  });
});

test('what a migrate callback may return', async () => {
  assert.deepEqual(await askMigration(async () => DISCARD, question), { decision: 'discard' });
  assert.deepEqual(await askMigration(() => {}, question), { decision: 'keep' });
  assert.deepEqual(await askMigration(() => null, question), { decision: 'keep' });
  await assert.rejects(
    askMigration(() => [] as any, question),
    /an object of fields, DISCARD, or nothing/,
  );
  await assert.rejects(
    askMigration(() => 'x' as any, question),
    /an object of fields/,
  );
  await assert.rejects(
    askMigration(() => {
      throw new Error('boom');
    }, question),
    /threw: boom/,
  );
  await assert.rejects(
    askMigration(() => ({ rating: 5n }), question),
    /can't be written as JSON: .*BigInt/,
  );
  assert.throws(() => checkConfig({ migrate: 'x' }), { code: 'invalid_config', message: /^migrate must be/ });
});
