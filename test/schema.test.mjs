// A release with another schema, while changes of the last one wait to be sent.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyRow, mutate } from './harness/graphql.mjs';
import { openProfile } from './harness/chromium.mjs';
import { until, untilEqual } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

/** A page whose schema.js has ratings as text, offline with two unsent notes; then the schema of today. */
async function nextRelease(t) {
  const world = await makeWorld(t);
  const known = await mutate(world.server, 'create', 'Note', { title: 'known' });
  const path = '/models/schema.js';
  world.site.replace[path] = (bytes) => Buffer.from(bytes.toString().replace(/("rating": {[^}]*?)"Int"/, '$1"String"'));
  const profile = await openProfile(t);
  const old = await world.open(profile);
  await old.ready();
  await until('the note is synced', async () => (await old.call('count', 'Note')) === 1);
  world.network.goOffline();
  await old.disconnected();
  const fits = await old.call('save', 'Note', { title: 'fits' });
  const made = await old.call('save', 'Note', { title: 'made', rating: '5' });
  await old.call('update', 'Note', known.id, { rating: '7' });
  await old.page.close();
  delete world.site.replace[path];
  return { ...world, profile, ids: { known: known.id, fits: fits.id, made: made.id } };
}

const ratings = async (server) =>
  Object.fromEntries((await everyRow(server, 'Note')).map((row) => [row.title, row.rating]));

describe('another schema', () => {
  test('the migrate callback brings unsent changes over', async (t) => {
    const { server, network, profile, open, ids } = await nextRelease(t);
    const app = await open(profile, { migration: 'numbers' });
    const asked = await until('both were asked about', async () => {
      const { migrations } = await app.heard();
      return migrations.length === 2 && migrations;
    });
    assert.deepEqual(
      asked.map(({ mutation: { model, recordId, operation, fields, condition } }) => [
        model,
        recordId,
        operation,
        fields,
        condition,
      ]),
      [
        ['Note', ids.made, 'create', { id: ids.made, title: 'made', rating: '5' }, null],
        ['Note', ids.known, 'update', { rating: '7' }, null],
      ],
    );
    assert.ok(asked.every(({ from, to, reason }) => from !== to && /rating/.test(reason)));
    network.goOnline();
    await app.drained();
    assert.deepEqual(await ratings(server), { known: 7, fits: null, made: 5 });
    assert.deepEqual(
      (await app.heard()).errors.filter((one) => one.code === 'schema'),
      [],
    );
  });

  test('without a callback they are held and told; a later release may discard them', async (t) => {
    const { server, network, profile, open, ids } = await nextRelease(t);
    const app = await open(profile);
    network.goOnline();
    await until('the one that fits has gone', async () => 'fits' in (await ratings(server)));
    await untilEqual(
      'the page knows, and has the others held',
      async () => (await app.outbox()).map((one) => [one.recordId, one.state, one.cause?.code]),
      [
        [ids.made, 'held', 'schema'],
        [ids.known, 'held', 'schema'],
      ],
    );
    assert.equal((await app.heard()).errors.filter((one) => one.code === 'schema').length, 2);
    await app.page.close();
    const later = await open(profile, { migration: 'discard' });
    await later.drained();
    assert.deepEqual(await ratings(server), { known: null, fits: null });
    const rows = await until('what the server has is shown', async () => {
      const all = await later.call('all', 'Note');
      return all.length === 2 && all;
    });
    assert.deepEqual(rows.map((row) => [row.title, row.rating]).sort(), [
      ['fits', null],
      ['known', null],
    ]);
  });
});
