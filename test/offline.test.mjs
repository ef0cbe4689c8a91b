// A device that loses the network: what it queues survives a reload and arrives merged, in order, once.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyRow, get, mutate } from './harness/graphql.mjs';
import { until } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

describe('offline', () => {
  test('create, update twice, delete another, reload, come back: merged, in order, once', async (t) => {
    const { server, network, settings, open } = await makeWorld(t);
    const doomed = await mutate(server, 'create', 'Note', { title: 'doomed' });
    const known = await mutate(server, 'create', 'Note', { title: 'known' });
    const app = await open();
    await app.ready();
    await until('both notes are synced', async () => (await app.call('count', 'Note')) === 2);

    network.goOffline();
    await app.disconnected();
    const created = await app.call('save', 'Note', { title: 'made offline' });
    await app.call('update', 'Note', created.id, { body: 'first' });
    await app.call('update', 'Note', created.id, { body: 'second', rating: 5 });
    await app.call('update', 'Note', known.id, { title: 'known, edited' });
    await app.call('update', 'Note', known.id, { rating: 3 });
    await app.call('remove', 'Note', doomed.id);

    await app.reload();
    await app.begin(settings);
    const local = await app.call('all', 'Note');
    assert.deepEqual(
      local.map((row) => [row.id, row.title, row.body ?? null, row.rating ?? null]).sort(),
      [
        [created.id, 'made offline', 'second', 5],
        [known.id, 'known, edited', null, 3],
      ].sort(),
    );
    assert.deepEqual(
      (await app.outbox()).map((one) => [one.operation, one.model, one.recordId]),
      [
        ['create', 'Note', created.id],
        ['update', 'Note', known.id],
        ['delete', 'Note', doomed.id],
      ],
    );

    network.forget();
    network.goOnline();
    await app.drained();
    const sent = network.mutations();
    assert.deepEqual(
      sent.map((one) => [one.field, one.input.id]),
      [
        ['createNote', created.id],
        ['updateNote', known.id],
        ['deleteNote', doomed.id],
      ],
    );
    assert.deepEqual([sent[0].input.title, sent[0].input.body, sent[0].input.rating], ['made offline', 'second', 5]);
    assert.deepEqual(sent[1].input, { id: known.id, title: 'known, edited', rating: 3, _version: 1 });
    assert.equal(sent[2].input._version, 1);

    const rows = Object.fromEntries((await everyRow(server, 'Note')).map((row) => [row.id, row]));
    assert.deepEqual([rows[created.id].body, rows[created.id]._version], ['second', 1]);
    assert.deepEqual([rows[known.id].title, rows[known.id].rating, rows[known.id]._version], ['known, edited', 3, 2]);
    assert.deepEqual([rows[doomed.id]._deleted, rows[doomed.id]._version], [true, 2]);
  });

  test("the engine's own switch keeps a device away from the network", async (t) => {
    const { server, network, open } = await makeWorld(t);
    const app = await open();
    await app.ready();
    await app.page.evaluate(() => window.app.store.goOffline());
    network.forget();
    const note = await app.call('save', 'Note', { title: 'behind the gate' });
    assert.equal((await app.outbox()).length, 1);
    assert.equal(network.requests.length, 0);
    assert.equal(await get(server, 'Note', note.id), null);
    await app.page.evaluate(() => window.app.store.goOnline());
    await app.drained();
    assert.equal((await get(server, 'Note', note.id)).title, 'behind the gate');
  });
});
