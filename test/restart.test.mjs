// The server dies and comes back, connections break before and after its commit: nothing is lost,
// nothing is applied twice.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyRow, get, mutate } from './harness/graphql.mjs';
import { isMutation, isSync } from './harness/proxy.mjs';
import { until } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

describe('an unreliable server', () => {
  for (const when of ['before', 'after']) {
    test(`connections severed ${when} the server's commit: each mutation is applied once`, async (t) => {
      const { server, network, open } = await makeWorld(t);
      const note = await mutate(server, 'create', 'Note', { title: 'list', tags: ['first'] });
      const app = await open();
      await app.ready();
      await until('the note is synced', () => app.call('get', 'Note', note.id));

      const creating = network.cut(when, { times: 2 });
      const created = await app.call('save', 'Note', { title: 'new', tags: ['a', 'b'] });
      await app.drained();
      assert.equal(creating.done, 2);
      const updating = network.cut(when, { times: 2 });
      await app.call('update', 'Note', note.id, { tags: ['first', 'second'] });
      await app.drained();
      assert.equal(updating.done, 2);
      const deleting = network.cut(when, { times: 1 });
      await app.call('remove', 'Note', created.id);
      await app.drained();
      assert.equal(deleting.done, 1);

      const list = await get(server, 'Note', note.id);
      assert.deepEqual([list.tags, list._version], [['first', 'second'], 2]);
      assert.deepEqual((await app.call('get', 'Note', note.id)).tags, ['first', 'second']);
      const rows = await everyRow(server, 'Note');
      const gone = rows.find((row) => row.id === created.id);
      assert.deepEqual([gone._deleted, gone._version, gone.tags], [true, 2, ['a', 'b']]);
      assert.equal(rows.length, 2);
    });
  }

  test('killed and restarted in the middle of pushes', async (t) => {
    const { server, network, open } = await makeWorld(t);
    const app = await open();
    await app.ready();
    const underWay = () => network.requests.filter((one) => isMutation(one) && !one.answer && !one.broken);
    network.delay(30);
    const saving = app.call('saveMany', 'Note', 120);
    for (let kills = 1; kills <= 3; kills++) {
      await until('a push is under way', () => underWay().length > 0);
      await server.restart();
    }
    network.delay(0);
    const ids = await saving;
    await app.drained();
    assert.ok(
      network.requests.some((one) => one.broken),
      'a kill met a push',
    );
    const rows = await everyRow(server, 'Note');
    assert.deepEqual(rows.map((row) => row.id).sort(), [...ids].sort());
    assert.deepEqual(
      rows.filter((row) => row._version > 2 || row.tags.join() !== 'one,two'),
      [],
      'created and updated once',
    );
  });

  test('killed and restarted in the middle of pulls', async (t) => {
    const { server, network, open } = await makeWorld(t);
    for (let n = 0; n < 60; n++) await mutate(server, 'create', 'Note', { title: `note ${n}` });
    network.delay(40);
    const opening = open(undefined, { syncPageSize: 10 });
    for (let kills = 1; kills <= 2; kills++) {
      await until('some pages have come', () => network.pages('syncNotes').length >= kills * 2);
      await server.restart();
    }
    network.delay(0);
    const dropped = network.cut('after', { matching: isSync });
    const app = await opening;
    await until('every note is here', async () => (await app.call('count', 'Note')) === 60);
    await app.ready();
    assert.equal(dropped.done, 1);
    await mutate(server, 'create', 'Note', { title: 'one more' });
    await until('what is new comes too', async () => (await app.call('count', 'Note')) === 61);
  });

  test('what changed while the connection was gone comes with the reconnect', async (t) => {
    const { server, network, open } = await makeWorld(t);
    const app = await open();
    await app.ready();
    network.goOffline();
    const note = await mutate(server, 'create', 'Note', { title: 'meanwhile' });
    network.goOnline();
    await until('it is here', () => app.call('get', 'Note', note.id));
    network.sever();
    const later = await mutate(server, 'create', 'Note', { title: 'later' });
    await until('that too', () => app.call('get', 'Note', later.id));
  });
});
