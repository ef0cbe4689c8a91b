// What is queued and held, as pages see it: listed, watched, edited, discarded, and as the status of
// each record, in two tabs of one profile.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openProfile } from './harness/chromium.mjs';
import { get, mutate } from './harness/graphql.mjs';
import { until, untilEqual } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

const tooLong = 'x'.repeat(500_000); // a record holds at most 400 kB: refused for good, here or by the server
const loose = { settings: { validate: 'loose' } }; // by the server

/** Makes a page remember what its outbox and its statuses tell. */
const listen = (app) =>
  app.page.evaluate(() => {
    const { store } = window.app;
    const plain = (value) => JSON.parse(JSON.stringify(value));
    window.told = { outbox: [], statuses: [], errors: [] };
    const error = (e) => window.told.errors.push(String(e));
    store.outbox.watch().subscribe({ next: (s) => window.told.outbox.push(plain(s)), error });
    store.observeStatus().subscribe({
      next: ({ model, ...status }) => window.told.statuses.push({ model: model.name, ...plain(status) }),
      error,
    });
  });
const told = (app) => app.page.evaluate(() => window.told);
const statesOf = async (app, id) => (await told(app)).statuses.filter((s) => s.id === id).map((s) => s.state);
const entriesOf = async (app) =>
  (await told(app)).outbox.at(-1)?.entries.map((e) => [e.operation, e.recordId, e.state, e.fields.title]);
const onOutbox = (app, call, ...args) =>
  app.page.evaluate(
    async ([name, given]) => {
      try {
        return { value: await window.app.store.outbox[name](...given) };
      } catch (e) {
        return { code: e.code, detail: e.detail, message: e.message };
      }
    },
    [call, args],
  );

async function twoTabs(t, options) {
  const world = await makeWorld(t, options);
  const profile = await openProfile(t);
  const [a, b] = [await world.open(profile), await world.open(profile)];
  for (const app of [a, b]) {
    await app.ready();
    await listen(app);
  }
  await untilEqual('both hear that nothing is queued', async () => [await entriesOf(a), await entriesOf(b)], [[], []]);
  return { ...world, profile, a, b };
}

describe('the outbox', () => {
  test('queued changes are listed, counted, edited and discarded; both tabs hear each step', async (t) => {
    const { server, network, a, b } = await twoTabs(t);
    network.goOffline();
    await a.disconnected();
    const kept = await a.call('save', 'Note', { title: 'kept' });
    const dropped = await a.call('save', 'Note', { title: 'dropped' });
    for (const app of [a, b]) {
      await untilEqual('the tab hears both', () => entriesOf(app), [
        ['create', kept.id, 'pending', 'kept'],
        ['create', dropped.id, 'pending', 'dropped'],
      ]);
    }
    const [first, second] = await b.outbox();
    assert.deepEqual([first.condition, first.attempts, first.cause], [null, 0, null]);
    assert.ok(first.savedAt > 0 && first.order < second.order);
    assert.deepEqual((await onOutbox(b, 'count')).value, {
      total: 2,
      pending: 2,
      sent: 0,
      conflicted: 0,
      blocked: 0,
      held: 0,
      parked: 0,
    });

    // The other tab acts on them.
    assert.equal((await onOutbox(b, 'edit', first.id, { title: 'edited' })).code, undefined);
    assert.equal((await onOutbox(b, 'edit', first.id, { nonsense: 1 })).code, 'invalid_value');
    assert.equal((await onOutbox(b, 'discard', second.id)).code, undefined);
    assert.equal((await onOutbox(b, 'discard', second.id)).code, 'not_found');
    await untilEqual('the first tab hears it', () => entriesOf(a), [['create', kept.id, 'pending', 'edited']]);
    assert.equal(await a.title(kept.id), 'edited');
    assert.equal(await a.call('get', 'Note', dropped.id), undefined);

    network.goOnline();
    await a.drained();
    assert.equal((await get(server, 'Note', kept.id)).title, 'edited');
    assert.equal(await get(server, 'Note', dropped.id), null);
    await untilEqual('the second tab hears the end', () => entriesOf(b), []);
    assert.deepEqual([(await told(a)).errors, (await told(b)).errors], [[], []]);
  });

  test('what was sent and not answered is refused to edits and discards, and retry ends its backoff', async (t) => {
    const { server, network, a } = await twoTabs(t);
    const cut = network.cut('after', { times: Infinity });
    const note = await a.call('save', 'Note', { title: 'sent' });
    await until('an answer is lost', () => cut.done > 0);
    const [entry] = await a.outbox();
    assert.equal(entry.state, 'sent');
    assert.equal((await onOutbox(a, 'edit', entry.id, { title: 'x' })).code, 'in_flight');
    assert.equal((await onOutbox(a, 'discard', entry.id)).code, 'in_flight');
    cut.times = cut.done;
    await until('it arrives', async () => {
      await onOutbox(a, 'retry', entry.id);
      return (await a.outbox()).length === 0;
    });
    assert.equal((await get(server, 'Note', note.id))._version, 1, 'applied once');
  });

  test('a refused create is held, blocks nothing else, and can be edited or deleted', async (t) => {
    const { server, a, b } = await twoTabs(t, loose);
    const bad = await a.call('save', 'Note', { title: 'too long', body: tooLong });
    const good = await a.call('save', 'Note', { title: 'good' });
    await untilEqual('the other tab hears that it is held', async () => (await statesOf(b, bad.id)).at(-1), 'held');
    await untilEqual('the good one arrives', async () => (await get(server, 'Note', good.id))?.title, 'good');
    const [held] = await a.outbox();
    assert.deepEqual([held.state, held.cause.code], ['held', 'rejected']);
    const { errors } = await a.heard();
    const report = errors.find((e) => e.code === 'rejected');
    assert.equal(report.localModel.id, bad.id);
    assert.equal(report.remoteModel, null);

    await onOutbox(b, 'edit', held.id, { body: 'short' });
    await untilEqual('it arrives', async () => (await get(server, 'Note', bad.id))?.body, 'short');

    const worse = await a.call('save', 'Note', { title: 'too long again', body: tooLong });
    await untilEqual('the next is held', async () => (await statesOf(a, worse.id)).at(-1), 'held');
    await a.call('remove', 'Note', worse.id);
    await a.drained();
    assert.equal(await get(server, 'Note', worse.id), null);
    await untilEqual('its status is synced', async () => (await statesOf(b, worse.id)).at(-1), 'synced');
  });
});

describe('a record that no server would store', () => {
  test('is refused at save, and nothing is queued', async (t) => {
    const world = await makeWorld(t);
    const app = await world.open(await openProfile(t));
    await app.ready();
    const refusal = await app.page.evaluate(async (body) => {
      const { store, models } = window.app;
      try {
        await store.save(new models.Note({ title: 'too long', body }));
      } catch (e) {
        return `${e.code}: ${e.message}`;
      }
    }, tooLong);
    assert.match(refusal, /^invalid_value: The Note would have 500\d{3} bytes; at most 399800 are stored\./);
    assert.deepEqual(await app.outbox(), []);
  });
});

describe('a held create that others need', () => {
  test('is discarded with a choice for them, which the error lists', async (t) => {
    const world = await makeWorld(t, { ...loose, schema: 'api.graphql' });
    const app = await world.open(await openProfile(t));
    await app.ready();
    const { blog, post } = await app.page.evaluate(async (name) => {
      const { store, models } = window.app;
      const blog = await store.save(new models.Blog({ name }));
      const post = await store.save(new models.Post({ title: 'child', blog }));
      return { blog: blog.id, post: post.id };
    }, tooLong);
    const [create] = await until('the create is held', async () => {
      const list = await app.outbox();
      return list[0].state === 'held' && list;
    });
    assert.deepEqual(
      (await app.outbox()).map((e) => [e.model, e.recordId, e.state, e.cause.code]),
      [
        ['Blog', blog, 'held', 'rejected'],
        ['Post', post, 'blocked', 'blocked'],
      ],
    );
    const refused = await onOutbox(app, 'discard', create.id);
    assert.equal(refused.code, 'needs_choice');
    assert.deepEqual(
      refused.detail.map(({ model, recordId, operation }) => [model, recordId, operation]),
      [['Post', post, 'create']],
    );
    await onOutbox(app, 'discard', create.id, { dependants: 'discard' });
    assert.deepEqual(await app.outbox(), []);
    assert.deepEqual(await app.call('all', 'Post'), []);
  });
});

describe('the status of a record', () => {
  test('both tabs hear every transition once, in order', async (t) => {
    const { network, a, b } = await twoTabs(t);
    const note = await a.call('save', 'Note', { title: 'first' });
    await untilEqual('it is synced', async () => (await statesOf(a, note.id)).at(-1), 'synced');
    network.goOffline();
    await a.disconnected();
    await a.call('update', 'Note', note.id, { title: 'second' });
    const status = await b.page.evaluate(async (id) => {
      const { store, models } = window.app;
      const { model, ...rest } = await store.status(models.Note, id);
      return { model: model.name, ...rest };
    }, note.id);
    assert.deepEqual(status, { model: 'Note', id: note.id, state: 'pending', cause: null, changes: 1 });
    network.goOnline();
    await a.drained();
    for (const app of [a, b]) {
      await untilEqual('each transition was heard', async () => statesOf(app, note.id), [
        'sending',
        'synced',
        'pending',
        'sending',
        'synced',
      ]);
    }
  });

  test('a conflict shows as conflicted until it is decided; one record can be followed alone', async (t) => {
    const world = await makeWorld(t, { config: { conflictResolution: { project: 'OPTIMISTIC_CONCURRENCY' } } });
    const { id } = await mutate(world.server, 'create', 'Note', { title: 'original' });
    const app = await world.open(await openProfile(t), { handler: 'promise' });
    await until('the note is synced', () => app.call('get', 'Note', id));
    await app.ready();
    await app.page.evaluate((noteId) => {
      const { store, models } = window.app;
      window.states = [];
      store.observeStatus(models.Note, noteId).subscribe(({ state }) => window.states.push(state));
    }, id);
    const states = () => app.page.evaluate(() => window.states);
    await untilEqual('its status is heard', states, ['synced']);
    world.network.goOffline();
    await app.disconnected();
    await app.call('update', 'Note', id, { title: 'mine' });
    await mutate(world.server, 'update', 'Note', { id, title: 'theirs', _version: 1 });
    world.network.goOnline();
    await untilEqual('it is in conflict', states, ['synced', 'pending', 'sending', 'conflicted']);
    await until('the handler is asked', () => app.page.evaluate(() => Boolean(window.app.answerConflict)));
    await app.page.evaluate(() => window.app.answerConflict());
    await untilEqual('it is decided', states, ['synced', 'pending', 'sending', 'conflicted', 'sending', 'synced']);
    assert.equal((await get(world.server, 'Note', id)).title, 'from a promise');
  });
});
