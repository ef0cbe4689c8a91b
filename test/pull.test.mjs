// How rows come in: page by page with progress, on where it was cut off, and without WebSockets.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mutate } from './harness/graphql.mjs';
import { endWorkers, openProfile } from './harness/chromium.mjs';
import { until } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

const rows = 60;
const fill = (server) =>
  Promise.all(Array.from({ length: rows }, (_, n) => mutate(server, 'create', 'Note', { title: `note ${n}` })));
const pagesOf = (network) =>
  network.requests.filter((one) => !one.cut && /syncNotes\(/.test(one.text)).map((one) => one.json.variables);

describe('pulling', () => {
  test('progress is told page by page, with an estimate', async (t) => {
    const { server, open } = await makeWorld(t);
    await fill(server);
    const app = await open(undefined, { syncPageSize: 25 });
    await app.ready();
    const { hub } = await app.heard();
    assert.deepEqual(
      hub
        .filter((one) => one.event === 'syncProgress')
        .map(({ data }) => [data.records, data.pages, data.estimate, data.isFullSync]),
      [
        [25, 1, rows, true],
        [50, 2, rows, true],
        [rows, 3, rows, true],
      ],
    );
    assert.equal(await app.call('count', 'Note'), rows);
  });

  test('a base run whose engine dies goes on behind its last page', async (t) => {
    const { server, network, open } = await makeWorld(t);
    await fill(server);
    const profile = await openProfile(t);
    const thirdPage = ({ json }) => json?.variables?.nextToken && network.pages('syncNotes').length >= 2;
    const cut = network.cut('before', { matching: thirdPage, times: Infinity });
    const app = await open(profile, { syncPageSize: 10 });
    await until(
      'two pages are here, and the third can not come',
      async () => cut.done > 0 && (await app.call('count', 'Note')) === 20,
    );
    await endWorkers(profile); // the page starts the next engine by itself
    network.forget();
    cut.times = 0;
    await app.ready();
    assert.equal(await app.call('count', 'Note'), rows);
    const asked = pagesOf(network);
    // The next engine may have asked for its first page while that was still cut off: pages are counted, not requests.
    assert.equal(
      new Set(asked.flatMap(({ nextToken }) => nextToken ?? [])).size,
      (rows - 20) / 10,
      'the pages that are here are not asked for again',
    );
    assert.ok(asked[0].nextToken, 'the first request goes on behind the last page');
    assert.equal(asked.at(-1).nextToken, null, 'a delta closes the gap');
  });

  test('without WebSockets the page polls', async (t) => {
    const { server, network, open } = await makeWorld(t);
    network.blockSockets = true;
    const app = await open();
    await app.ready();
    await mutate(server, 'create', 'Note', { title: 'from elsewhere' });
    await until('it is polled', async () => (await app.call('count', 'Note')) === 1);
    await app.call('save', 'Note', { title: 'from here' });
    await app.drained();
    assert.equal((await app.heard()).hub.findLast((one) => one.event === 'networkStatus').data.active, true);
    network.blockSockets = false;
    await app.hub('subscriptionsEstablished');
  });
});
