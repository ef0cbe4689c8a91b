import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyRemote, ask, type Conflict, type ConflictHandler, DISCARD, retry, retryLocal } from './conflicts.js';
import type { Instance, RecordSource } from './instances.js';
import { definitionNamed } from './registry.js';
import { initSchema } from './classes.js';
import { reader } from './rows.js';
import { testSchema } from './testschema.js';

const { Post, Tag } = initSchema(testSchema) as Record<string, any>;
const nowhere: RecordSource = { byId: async () => undefined, byFields: async () => [] };
const question = {
  mutationId: 'm1',
  model: 'Post',
  id: '1',
  operation: 'update',
  changed: ['title'],
  attempts: 2,
  base: { id: '1', title: 'base', _version: 1 },
  local: { id: '1', title: 'local', _version: 1 },
  remote: { id: '1', title: 'remote', meta: '{"a":1}', _version: 2 },
};
const decide = (handler: (c: Conflict) => unknown) => ask(handler as ConflictHandler, question, nowhere);

test('the handler is given base, local and remote as instances', async () => {
  let given: Conflict | undefined;
  await decide((c) => ((given = c), DISCARD));
  assert.ok(given?.remote instanceof Post && given.local instanceof Post && given.base instanceof Post);
  assert.equal(given!.remoteModel, given!.remote);
  assert.deepEqual(given!.remote.meta, { a: 1 });
  assert.equal(given!.modelConstructor, Post);
  assert.deepEqual(
    [given!.operation, given!.attempts, given!.attempt, given!.mutationId, given!.changed],
    ['UPDATE', 2, 2, 'm1', ['title']],
  );
});

test('a conflict without base or remote shows null', async () => {
  let given: Conflict | undefined;
  await ask((c) => ((given = c), DISCARD), { ...question, operation: 'create', base: null, remote: null }, nowhere);
  assert.deepEqual([given!.base, given!.remote, given!.operation], [null, null, 'INSERT']);
});

test('decisions', async () => {
  assert.deepEqual(await decide(() => DISCARD), { decision: 'applyRemote' });
  assert.deepEqual(await decide(() => applyRemote()), { decision: 'applyRemote' });
  assert.deepEqual(await decide(async () => retryLocal()), { decision: 'retryLocal' });
  for (const wrap of [(m: unknown) => m, (m: unknown) => retry(m as object), async (m: unknown) => m]) {
    const answer = await decide((c) => wrap(Post.copyOf(c.remote, (d: Instance) => void (d.title = 'both'))));
    assert.equal(answer.decision, 'retry');
    assert.deepEqual([answer.model!.title, answer.model!.meta, answer.model!._version], ['both', '{"a":1}', 2]);
  }
});

test('an object that is spread from a model stands for it', async () => {
  const answer = await decide((c) => ({ ...c.remote, title: 'both', meta: { b: 1 } }));
  assert.equal(answer.decision, 'retry');
  assert.deepEqual(
    [answer.model!.id, answer.model!.title, answer.model!.meta, answer.model!._version],
    ['1', 'both', '{"b":1}', 2],
  );
  await assert.rejects(
    decide((c) => ({ ...c.remote, title: 5 })),
    { message: /Field title should be of type string/ },
  );
});

test('a delete: models are decisions for it, too', async () => {
  const deleted = { ...question, operation: 'DELETE', local: question.base, changed: [] };
  let operation = '';
  for (const handler of [
    (c: Conflict) => c.localModel,
    (c: Conflict) => retry(c.remoteModel),
    (c: Conflict) => ({ ...c.remoteModel }),
  ]) {
    const answer = await ask((c) => ((operation = c.operation), handler(c)), deleted, nowhere);
    assert.deepEqual([answer.decision, answer.model!.id, operation], ['retry', '1', 'DELETE']);
  }
  assert.deepEqual(await ask(() => DISCARD, deleted, nowhere), { decision: 'applyRemote' });
});

const failures: [string, (c: Conflict) => unknown, RegExp][] = [
  [
    'a thrown error',
    () => {
      throw new Error('boom');
    },
    /The conflictHandler threw: boom/,
  ],
  [
    'a rejected promise',
    async () => {
      throw new Error('later');
    },
    /threw: later/,
  ],
  ['undefined', () => undefined, /returned nothing for a Post. Return DISCARD/],
  ['a plain object', () => ({ decision: 'applyRemote' }), /returned a value of type object/],
  [
    'another record',
    () => retry(reader(definitionNamed('Post'), nowhere)({ ...question.remote, id: '2' })),
    /returned another Post for a Post/,
  ],
  ['a new record', () => new Post({ title: 'new' }), /returned another Post for a Post/],
  ['an object of another record', (c) => ({ ...c.remote, id: '2' }), /returned a value of type object/],
  ['another model', () => new Tag({}), /returned a Tag for a Post/],
];
for (const [name, handler, message] of failures) {
  test(`no decision: ${name}`, () => assert.rejects(decide(handler), { message }));
}
