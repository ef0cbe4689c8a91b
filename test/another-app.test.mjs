// Two apps on one origin that were given the same database name: what the first one has not sent
// yet never reaches the server of the second.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyRow } from './harness/graphql.mjs';
import { openProfile } from './harness/chromium.mjs';
import { startServer } from './harness/server.mjs';
import { untilEqual } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

const titles = async (server) => (await everyRow(server, 'Note')).map((row) => row.title).sort();

describe('another app', () => {
  test('has the same database name: unsent changes wait for the app that made them', async (t) => {
    const { server, network, site, open } = await makeWorld(t);
    const otherServer = await startServer(t);
    const path = '/models/schema.js';
    const firstSchema = (bytes) => Buffer.from(bytes.toString().replace(/("rating": {[^}]*?)"Int"/, '$1"String"'));
    const profile = await openProfile(t);
    site.replace[path] = firstSchema;
    const first = await open(profile);
    await first.ready();
    network.goOffline();
    await first.disconnected();
    await first.call('save', 'Note', { title: 'of the first app' });
    await first.page.close();

    delete site.replace[path];
    const second = await open(profile, { endpoint: `${otherServer.url}/graphql` });
    await second.call('save', 'Note', { title: 'of the second app' });
    await untilEqual('the second app has sent its own', () => titles(otherServer), ['of the second app']);
    await untilEqual(
      'only what the first app made waits',
      async () => (await second.outbox()).map((one) => [one.state, one.cause?.code, one.fields]),
      [['parked', 'another_app', {}]],
    );
    assert.ok((await second.heard()).errors.some((one) => one.code === 'unsent_parked'));
    assert.equal(await second.page.evaluate(() => window.app.store.outbox.restore()), 0);
    assert.deepEqual(
      (await second.call('all', 'Note')).map((row) => row.title),
      ['of the second app'],
    );
    await second.page.close();

    site.replace[path] = firstSchema;
    network.goOnline();
    const again = await open(profile);
    await again.drained();
    await untilEqual('the first server has its change', () => titles(server), ['of the first app']);
    await untilEqual('and the page its rows', async () => (await again.call('all', 'Note')).map((row) => row.title), [
      'of the first app',
    ]);
    assert.deepEqual(await titles(otherServer), ['of the second app']);
  });
});
