// The same field edited on both sides.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openProfile } from './harness/chromium.mjs';
import { get, mutate } from './harness/graphql.mjs';
import { until, untilEqual } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

const original = { title: 'original', body: 'plain', rating: 1 };
let browser;
before(async () => {
  browser = await openProfile();
});
after(() => browser.close());

/** A page that edited the title of a note while the server's title and body changed, and is back online. */
const bothSidesEdited = (t, settings) =>
  apart(t, { edit: (app, id) => app.call('update', 'Note', id, { title: 'mine' }), ...settings });

/** A page that edits a note while the server's changes, and is back online. */
async function apart(t, { strategy, edit, ...settings }) {
  const world = await makeWorld(t, { config: { conflictResolution: { project: strategy } } });
  const { id } = await mutate(world.server, 'create', 'Note', original);
  const app = await world.open(browser, settings);
  await until('the note is synced', () => app.call('get', 'Note', id));
  await app.ready();
  await app.call('observe', 'Note');
  world.network.goOffline();
  await edit(app, id);
  await mutate(world.server, 'update', 'Note', { id, title: 'theirs', body: 'theirs too', _version: 1 });
  world.network.forget();
  world.network.goOnline();
  return { ...world, app, id };
}

const optimistic = (t, settings) => bothSidesEdited(t, { strategy: 'OPTIMISTIC_CONCURRENCY', ...settings });

/** Both sides show these values in the end, and nothing is left to be sent. */
async function agreed({ app, server, id }, { title, body = 'theirs too' }) {
  await app.drained();
  await until('the page and the server show the same', async () => {
    const [here, there] = [await app.call('get', 'Note', id), await get(server, 'Note', id)];
    return here.title === there.title && here._version === there._version;
  });
  const row = await get(server, 'Note', id);
  assert.deepEqual([row.title, row.body, row.rating], [title, body, 1]);
  return row;
}

async function askedOnce(app, id) {
  const { conflicts } = await app.heard();
  assert.equal(conflicts.length, 1);
  const [{ model, operation, base, local, remote, localModel, remoteModel, changed, attempts }] = conflicts;
  assert.deepEqual([model, operation, changed, attempts], ['Note', 'UPDATE', ['title'], 1]);
  assert.deepEqual([base.id, base.title, base.body, base._version], [id, 'original', 'plain', 1]);
  assert.deepEqual([local.title, local.body], ['mine', 'plain']);
  assert.deepEqual([remote.title, remote.body, remote._version], ['theirs', 'theirs too', 2]);
  assert.equal(localModel.title, 'mine');
  assert.equal(remoteModel.title, 'theirs');
}

describe('the same field under AUTOMERGE', () => {
  test("both end with the server's value and the superseded field is reported", async (t) => {
    const world = await bothSidesEdited(t, { strategy: 'AUTOMERGE', handler: 'retryLocal' });
    const { data } = await world.app.hub('outboxMutationSuperseded');
    assert.deepEqual([data.id, data.fields], [world.id, ['title']]);
    await agreed(world, { title: 'theirs' });
    assert.equal((await world.app.heard()).conflicts.length, 0, 'AUTOMERGE asks nobody');
  });
});

describe('the same field under OPTIMISTIC_CONCURRENCY', () => {
  for (const [handler, title, body] of [
    ['applyRemote', 'theirs'],
    ['retryLocal', 'mine'],
    ['retry', 'mine (retried)', 'plain'], // a copy of the whole local model
    ['discard', 'theirs'],
    ['model', 'theirs + mine'],
  ]) {
    test(`a handler that answers ${handler}: ${title}`, async (t) => {
      const world = await optimistic(t, { handler });
      const row = await agreed(world, { title, body });
      await askedOnce(world.app, world.id);
      assert.equal(row._version, title === 'theirs' ? 2 : 3);
    });
  }

  test('a handler that answers a promise is waited for', async (t) => {
    const world = await optimistic(t, { handler: 'promise' });
    await until('the handler was asked', async () => (await world.app.heard()).conflicts.length === 1);
    const [entry] = await world.app.outbox();
    assert.equal(entry.state, 'conflicted');
    assert.equal(await world.app.title(world.id), 'mine', 'the view keeps the change meanwhile');
    const other = await world.app.call('save', 'Note', { title: 'another record' });
    await until('other records go on', () => get(world.server, 'Note', other.id));
    await world.app.page.evaluate(() => window.app.answerConflict());
    await agreed(world, { title: 'from a promise' });
  });

  test('a handler that throws: the change is held after ten attempts, nothing is lost, others go on', async (t) => {
    const { app, server, id } = await optimistic(t, { handler: 'throws' });
    const other = await app.call('save', 'Note', { title: 'another record' });
    await until('other records go on', () => get(server, 'Note', other.id));
    const held = await until(
      'the change is held',
      async () => {
        const [entry] = await app.outbox();
        return entry?.state === 'held' && entry;
      },
      { patienceMs: 120_000 },
    );
    assert.equal(held.recordId, id);
    assert.equal(await app.title(id), 'mine', 'a held change stays in the view');
    assert.equal((await get(server, 'Note', id)).title, 'theirs');
    const { conflicts, errors } = await app.heard();
    assert.equal(conflicts.length, 10);
    assert.ok(errors.length > 0, 'the errorHandler heard of it');

    await app.page.evaluate((mutation) => window.app.store.outbox.discard(mutation), held.id);
    await until("the server's value shows", async () => (await app.title(id)) === 'theirs');
    assert.deepEqual(await app.outbox(), []);
  });

  test('no handler: the changed fields go again on top of the remote row', async (t) => {
    const row = await agreed(await optimistic(t, {}), { title: 'mine' });
    assert.equal(row._version, 3);
  });

  test("no handler and conflictDefault 'applyRemote': the remote row wins", async (t) => {
    const row = await agreed(await optimistic(t, { conflictDefault: 'applyRemote' }), { title: 'theirs' });
    assert.equal(row._version, 2);
  });
});

describe('a delete of a note that somebody changed', () => {
  const deleted = (t, settings) =>
    apart(t, { edit: (app, id) => app.call('remove', 'Note', id), strategy: 'OPTIMISTIC_CONCURRENCY', ...settings });
  for (const [handler, stays] of [
    ['local', false], // the local model
    ['localOnRemote', false], // an object with the local fields and the remote's version
    ['remote', false], // retry() with the remote model
    ['model', false], // an edited copy of the remote model
    ['retryLocal', false],
    [undefined, false],
    ['applyRemote', true],
    ['discard', true],
  ]) {
    test(`${handler ? `a handler that answers ${handler}` : 'no handler'}: the note ${stays ? 'stays' : 'is deleted'}`, async (t) => {
      const { app, server, id } = await deleted(t, { handler });
      await until('nothing is left to be sent', async () => (await app.outbox()).length === 0);
      const row = await get(server, 'Note', id);
      assert.deepEqual([row.title, row._version, Boolean(row._deleted)], ['theirs', stays ? 2 : 3, !stays]);
      await untilEqual(
        'the page shows the same',
        async () => (await app.call('get', 'Note', id))?.title,
        stays ? 'theirs' : undefined,
      );
      const { conflicts } = await app.heard();
      assert.deepEqual(
        conflicts.map(({ operation, remote }) => [operation, remote.title]),
        handler ? [['DELETE', 'theirs']] : [],
      );
    });
  }
});
