import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox, type OutboxEntry, QueueView } from './outbox.js';
import { initSchema } from './classes.js';
import { statusTarget, StatusView } from './status.js';
import { testSchema } from './testschema.js';

const { Post, Tag } = initSchema(testSchema) as Record<string, any>;

const entry = (id: string, order: number, state: OutboxEntry['state'] = 'pending'): OutboxEntry => ({
  id,
  model: 'Post',
  recordId: `p${order}`,
  operation: 'update',
  state,
  cause: null,
  fields: {},
  condition: null,
  attempts: 0,
  savedAt: 0,
  order,
});
const change = (put: OutboxEntry[], gone: string[] = [], first = false) => ({ first, put, gone });
const ids = (entries: OutboxEntry[]) => entries.map((e) => e.id);

test('the outbox view keeps save order, whatever order the engine tells in', () => {
  const view = new QueueView();
  assert.deepEqual(view.apply(change([], [], true)), {
    entries: [],
    counts: { total: 0, pending: 0, sent: 0, conflicted: 0, blocked: 0, held: 0, parked: 0 },
  });
  assert.deepEqual(ids(view.apply(change([entry('b', 2), entry('d', 4), entry('a', 1)])).entries), ['a', 'b', 'd']);
  assert.deepEqual(ids(view.apply(change([entry('b/resend', 2), entry('c', 3)], ['b'])).entries), [
    'a',
    'b/resend',
    'c',
    'd',
  ]);
  const before = view.apply(change([entry('c', 3, 'held')]));
  const after = view.apply(change([entry('a', 1, 'parked')], ['d', 'unknown']));
  assert.deepEqual(ids(before.entries), ['a', 'b/resend', 'c', 'd'], 'a list that was given stays as it is');
  assert.deepEqual(ids(after.entries), ['b/resend', 'c', 'a'], 'parked ones come last');
  assert.deepEqual(after.counts, { total: 3, pending: 1, sent: 0, conflicted: 0, blocked: 0, held: 1, parked: 1 });
  assert.throws(() => ((after.entries[0] as any).state = 'x'), TypeError);
});

test('the first list of another engine replaces what was there', () => {
  const view = new QueueView();
  view.apply(change([entry('a', 1), entry('b', 2)], [], true));
  const { entries, counts } = view.apply(change([entry('b', 2, 'sent')], [], true));
  assert.deepEqual([ids(entries), counts.total, counts.sent], [['b'], 1, 1]);
});

const told = (id: string, state: any, changes = 1, cause: any = null) => ({ model: 'Post', id, state, cause, changes });

test('statuses name the class, and an engine that begins anew repeats none of them', () => {
  const view = new StatusView(false);
  const states = (first: boolean, ...statuses: any[]) =>
    view.apply({ first, statuses }).map((s) => `${s.id} ${s.state}`);
  assert.deepEqual(states(true), []);
  assert.deepEqual(states(false, told('1', 'pending'), told('2', 'sending'), told('3', 'pending')), [
    '1 pending',
    '2 sending',
    '3 pending',
  ]);
  assert.deepEqual(states(false, told('3', 'synced', 0)), ['3 synced']);
  assert.deepEqual(states(true, told('2', 'sending'), told('4', 'held')), ['1 synced', '4 held']);
  const blocked = (message: string) => told('4', 'blocked', 1, { code: 'blocked', message });
  assert.deepEqual(states(true, told('2', 'sending'), blocked('by a')), ['4 blocked']);
  assert.deepEqual(states(true, told('2', 'sending'), blocked('by b')), ['4 blocked']);
  assert.equal(view.apply({ first: false, statuses: [told('2', 'synced', 0)] })[0].model, Post);
});

test('the status of one record is told first whatever it is, and not again', () => {
  const view = new StatusView(true);
  assert.deepEqual(
    view.apply({ first: true, statuses: [told('1', 'synced', 0)] }).map((s) => s.state),
    ['synced'],
  );
  assert.deepEqual(view.apply({ first: true, statuses: [told('1', 'synced', 0)] }), []);
});

test('what a status is asked of', () => {
  const post = new Post({ title: 't' });
  assert.deepEqual(statusTarget(undefined), {});
  assert.deepEqual(statusTarget(Post), { model: 'Post' });
  assert.deepEqual(statusTarget(Post, 'x'), { model: 'Post', id: 'x' });
  assert.deepEqual(statusTarget(Post, { id: 'x' }), { model: 'Post', id: 'x' });
  assert.deepEqual(statusTarget(post), { model: 'Post', id: post.id });
  for (const [target, id] of [[{}], ['Post'], [Post, 7], [Post, '']]) {
    assert.throws(() => statusTarget(target, id), { code: 'bad_request' });
  }
  assert.ok(Tag);
});

test('what edit() and discard() take', async () => {
  const sent: object[] = [];
  const port = { call: async (operation: string, args: object) => void sent.push({ operation, ...args }) };
  const outbox = new Outbox(
    async () => port as any,
    () => assert.fail(),
  );
  await outbox.edit('m1', { title: undefined, rating: 0 });
  await outbox.discard('m1', null as any);
  await outbox.discard('m1', { dependants: 'keep' });
  assert.deepEqual(sent, [
    { operation: 'edit', mutationId: 'm1', fields: { title: null, rating: 0 } },
    { operation: 'discard', mutationId: 'm1', dependants: '' },
    { operation: 'discard', mutationId: 'm1', dependants: 'keep' },
  ]);
  for (const wrong of [NaN, Infinity])
    await assert.rejects(outbox.edit('m1', { rating: wrong }), { code: 'invalid_value' });
  await assert.rejects(outbox.discard('m1', { dependants: 'both' as any }), { code: 'bad_request' });
});
