// The browser dies without warning in a run of saves: what was acknowledged is still there.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openApp } from './harness/app.mjs';
import { openKillableProfile } from './harness/chromium.mjs';
import { temporaryFolder } from './harness/folder.mjs';
import { everyRow } from './harness/graphql.mjs';
import { isNew } from './harness/leveldb.mjs';
import { seeded } from './harness/randomness.mjs';
import { until } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';
import { moduleThatAcknowledgesEarly } from './harness/variants.mjs';

const killsWanted = 25;
const killsToNoticeMax = 10;

/**
 * Kills the browser again and again, 50 to 500 ms into a run of saves, and looks with the network
 * off for saves whose promise had resolved. Every second run saves with the server in reach.
 * Returns {kills, resolved, lost}; stops at the first loss when asked to.
 *
 * Chromium removes a whole database that its LevelDB cannot read, and a kill in the midst of a write
 * makes such a one now and then: a log that ends within a record is reused
 * (https://github.com/google/leveldb/issues/1287). The engine begins a new log before it acknowledges a
 * save, so that this never takes one along.
 */
async function killAgainAndAgain(t, { kills, site = {}, stopAtLoss = false }) {
  const random = seeded();
  t.diagnostic(`TEST_SEED=${random.seed}`);
  const resolved = [];
  const world = await makeWorld(t, {
    site: { ...site, posts: { '/resolved': (text) => resolved.push(...text.split(',')) } },
  });
  const folder = temporaryFolder(t, 'profile');
  const lost = new Set();
  let round = 0;
  const returning = async (browser) => {
    world.network.goOffline();
    const app = await openApp(browser.context, world.site);
    await app.begin(world.settings);
    assert.ok(
      resolved.length === 0 || !isNew(folder),
      `after ${round} kills Chromium removed its database, with ${resolved.length} acknowledged saves`,
    );
    const here = new Set((await app.call('all', 'Note')).map((row) => row.id));
    for (const id of resolved) if (!here.has(id)) lost.add(id);
    return app;
  };
  for (; round < kills && !(stopAtLoss && lost.size > 0); round++) {
    const browser = await openKillableProfile(t, folder);
    const app = await returning(browser);
    if (round % 2 === 1) world.network.goOnline();
    const before = resolved.length;
    await app.call('saveForever', `run ${round}`, '/resolved');
    await until('the first save is acknowledged', () => resolved.length > before);
    await new Promise((resolve) => setTimeout(resolve, 50 + random() * 450));
    await browser.kill();
  }
  const browser = await openKillableProfile(t, folder);
  const app = await returning(browser);
  world.network.goOnline();
  await app.drained();
  return { world, browser, resolved, lost, kills: round };
}

describe('SIGKILL of the browser', () => {
  test(`${killsWanted} of ${killsWanted} times, every acknowledged save is there and reaches the server`, async (t) => {
    const { world, browser, resolved, lost } = await killAgainAndAgain(t, { kills: killsWanted });
    assert.deepEqual([...lost], [], 'acknowledged saves that were gone after a restart');
    const rows = new Map((await everyRow(world.server, 'Note')).map((row) => [row.id, row]));
    assert.deepEqual(
      resolved.filter((id) => !rows.has(id)),
      [],
      'acknowledged saves that did not reach the server',
    );
    assert.deepEqual(
      [...rows.values()].filter((row) => row._version !== 1),
      [],
      'creates that were applied twice',
    );
    t.diagnostic(`${resolved.length} saves were acknowledged in ${killsWanted} runs`);
    await browser.close();
  });

  test('the same test notices a build that acknowledges before the transaction completes', async (t) => {
    const early = moduleThatAcknowledgesEarly(t);
    const { lost, kills } = await killAgainAndAgain(t, {
      kills: killsToNoticeMax,
      site: { replace: { '/dist/deltabase.wasm': () => early } },
      stopAtLoss: true,
    });
    assert.ok(lost.size > 0, `${kills} kills lost nothing although the build acknowledges too early`);
    t.diagnostic(`noticed after ${kills} kills`);
  });
});
