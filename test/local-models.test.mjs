// Models with syncable: false: nothing of them is queued or sent, and a release that makes one syncable
// sends what is there.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyRow } from './harness/graphql.mjs';
import { openProfile } from './harness/chromium.mjs';
import { untilEqual } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

describe('local-only models', () => {
  test('are never queued, and are sent by the release that makes them syncable', async (t) => {
    const { server, network, site, open } = await makeWorld(t);
    const path = '/models/schema.js';
    site.replace[path] = (bytes) => {
      const text = bytes.toString();
      const note = text.indexOf('"Note": {');
      return Buffer.from(text.slice(0, note) + text.slice(note).replace('"syncable": true', '"syncable": false'));
    };
    const profile = await openProfile(t);
    const before = await open(profile);
    await before.ready();
    const { id } = await before.call('save', 'Note', { title: 'here only' });
    assert.equal(
      await before.page.evaluate(
        async (noteId) => (await window.app.store.status(window.app.models.Note, noteId)).state,
        id,
      ),
      'local',
    );
    assert.deepEqual(await before.outbox(), []);
    assert.equal((await before.heard()).hub.findLast((one) => one.event === 'outboxStatus').data.isEmpty, true);
    await before.page.close();
    assert.deepEqual(network.mutations(), []);

    delete site.replace[path];
    const after = await open(profile);
    await after.drained();
    await untilEqual('it is on the server', async () => (await everyRow(server, 'Note')).map((row) => row.title), [
      'here only',
    ]);
    await untilEqual('and still here', async () => (await after.call('all', 'Note')).map((row) => row.title), [
      'here only',
    ]);
  });
});
