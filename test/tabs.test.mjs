// Several tabs of one profile share one engine.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openProfile } from './harness/chromium.mjs';
import { everyRow } from './harness/graphql.mjs';
import { until, untilEqual } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

const savesPerTab = 50;

/** Saves notes one after the other until wanted are saved or the tab dies; gives the acknowledged ids. */
async function saveSome(app, name, acknowledged, wanted = savesPerTab) {
  for (let n = 0; n < wanted; n++) {
    const saved = await app.call('save', 'Note', { title: `${name} ${n}` }).catch(() => null);
    if (!saved) return;
    acknowledged.push(saved.id);
  }
}

/**
 * Tabs a and b save in turns, c watches; end() kills a in the middle. Checks that nothing
 * acknowledged is lost and that b and c heard each change once.
 */
async function killOneOfThree(t, end) {
  const world = await makeWorld(t);
  const profile = await openProfile(t);
  const [a, b, c] = [await world.open(profile), await world.open(profile), await world.open(profile)];
  await Promise.all([a, b, c].map((app) => app.ready()));
  for (const app of [b, c]) await app.call('observe', 'Note');

  const [fromA, fromB] = [[], []];
  const savingA = saveSome(a, 'a', fromA);
  const savingB = saveSome(b, 'b', fromB);
  await until('tab a is in the middle', () => fromA.length >= savesPerTab / 2);
  await end(a);
  await Promise.all([savingA, savingB]);

  assert.equal(fromB.length, savesPerTab, 'the tab that lives saves on');
  const acknowledged = [...fromA, ...fromB];
  await b.drained();
  const rows = await everyRow(world.server, 'Note');
  const onServer = new Set(rows.map((row) => row.id));
  assert.deepEqual(
    acknowledged.filter((id) => !onServer.has(id)),
    [],
    'acknowledged saves that did not reach the server',
  );
  assert.deepEqual(
    rows.filter((row) => row._version !== 1),
    [],
    'creates that were applied twice',
  );
  for (const app of [b, c]) {
    const local = new Set((await app.call('all', 'Note')).map((row) => row.id));
    assert.deepEqual([...local].sort(), [...onServer].sort());
    await untilEqual('every save was heard', async () => {
      const heard = new Set(insertsOf(await app.heard()));
      return [...onServer].filter((id) => !heard.has(id));
    }, []);
    const heard = insertsOf(await app.heard());
    assert.deepEqual([...heard].sort(), [...onServer].sort(), 'a change was heard twice');
  }
  return world;
}

const insertsOf = ({ changes }) =>
  changes.filter((change) => change.opType === 'INSERT').map((change) => change.element.id);

const enginesIn = (server) => new Set(server.mutations().map((entry) => entry.engine));

describe('tabs of one profile', () => {
  test('100 interleaved saves, one tab closed in the middle: nothing lost, heard once, one pusher', async (t) => {
    const { server } = await killOneOfThree(t, (tab) => tab.page.close());
    assert.equal(enginesIn(server).size, 1);
    assert.ok(![...enginesIn(server)].includes(undefined), 'the log names the engine');
  });

  test('100 interleaved saves, the process of one tab killed in the middle', async (t) => {
    const { server } = await killOneOfThree(t, async (tab) => {
      const session = await tab.page.context().newCDPSession(tab.page);
      const crashed = tab.page.waitForEvent('crash');
      session.send('Page.crash').catch(() => {});
      await crashed;
    });
    assert.ok(enginesIn(server).size <= 2, 'at most the engine that died and its successor');
  });

  test('a save in one tab is seen by the other before any network', async (t) => {
    const { network, open } = await makeWorld(t);
    const profile = await openProfile(t);
    const [a, b] = [await open(profile), await open(profile)];
    await Promise.all([a.ready(), b.ready()]);
    network.goOffline();
    await b.call('observe', 'Note');
    const note = await a.call('save', 'Note', { title: 'local' });
    const change = await until('the other tab hears it', async () => (await b.heard()).changes[0]);
    assert.deepEqual([change.opType, change.element.id], ['INSERT', note.id]);
    assert.equal(await b.title(note.id), 'local');
  });
});
