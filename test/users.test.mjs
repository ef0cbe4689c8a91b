// Two users of one browser: what one of them has is never read in the other's session, unsent
// changes wait for their user, and clear() is about the user who called it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyRow, mutate } from './harness/graphql.mjs';
import { openProfile } from './harness/chromium.mjs';
import { until } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

describe('users', () => {
  test("unsent changes wait for their user; the other one's session sees nothing of them", async (t) => {
    const { server, network, settings, open } = await makeWorld(t);
    const app = await open(undefined, { user: 'ann' });
    await app.ready();
    network.goOffline();
    await app.disconnected();
    await app.call('save', 'Note', { title: "ann's" });

    await app.begin({ ...settings, user: 'bob' });
    assert.deepEqual([await app.call('all', 'Note'), await app.outbox()], [[], []]);
    await app.call('save', 'Note', { title: "bob's" });
    network.goOnline();
    await app.drained();
    assert.ok((await everyRow(server, 'Note')).some((row) => row.title === "bob's"));

    await app.begin({ ...settings, user: 'ann' });
    await app.drained();
    assert.deepEqual((await everyRow(server, 'Note')).map((row) => row.title).sort(), ["ann's", "bob's"]);
  });

  test('calls that are under way when the user changes', async (t) => {
    const { settings, open } = await makeWorld(t, { settings: { endpoint: undefined } });
    const app = await open(undefined, { user: 'ann' });
    await app.call('save', 'Task', { title: "ann's" });
    await app.begin({ ...settings, user: 'bob' });
    await app.begin({ ...settings, user: 'ann' });
    const read = await app.page.evaluate(async () => {
      const { store, models } = window.app;
      const heard = [];
      let switched = false;
      const ask = () =>
        store.query(models.Task).then(
          (rows) => heard.push([switched, rows.length]),
          (e) => heard.push([switched, e.code]),
        );
      const asked = Array.from({ length: 20 }, ask);
      const change = store.configure({ user: 'bob' }).then(() => {
        switched = true;
      });
      asked.push(...Array.from({ length: 20 }, ask));
      await change;
      asked.push(...Array.from({ length: 20 }, ask));
      await Promise.all(asked);
      return heard;
    });
    assert.equal(read.length, 60);
    for (const [switched, seen] of read) {
      assert.ok((!switched && seen === 1) || seen === 0 || seen === 'closed', `${switched} ${seen}`);
    }
  });

  test('clear() and a new user at once: the first user is cleared, the second is not', async (t) => {
    const { settings, open } = await makeWorld(t, { settings: { endpoint: undefined } });
    const app = await open(undefined, { user: 'bob' });
    await app.call('save', 'Note', { title: "bob's" });
    await app.begin({ ...settings, user: 'ann' });
    await app.call('save', 'Note', { title: "ann's" });
    await app.page.evaluate(() => {
      const { store } = window.app;
      return Promise.all([store.clear(), store.configure({ user: 'bob' })]);
    });
    assert.deepEqual(
      (await app.call('all', 'Note')).map((row) => row.title),
      ["bob's"],
    );
    await app.begin({ ...settings, user: 'ann' });
    assert.deepEqual(await app.call('all', 'Note'), []);
    assert.deepEqual(
      (await app.outbox()).map((one) => [one.state, one.fields.title]),
      [['parked', "ann's"]],
    );
    await app.page.evaluate(() => window.app.store.outbox.restore());
    assert.deepEqual(
      (await app.call('all', 'Note')).map((row) => row.title),
      ["ann's"],
    );
  });

  test('clear() in one tab while another saves, queries and observes', async (t) => {
    const { server, settings, open } = await makeWorld(t);
    await mutate(server, 'create', 'Note', { title: 'on the server' });
    const profile = await openProfile(t);
    const [a, b] = [await open(profile, { user: 'ann' }), await open(profile, { user: 'ann' })];
    await b.call('observeQuery', 'Note');
    await until('it is synced', async () => (await b.call('count', 'Note')) === 1);
    const outcomes = await Promise.all([
      a.page.evaluate(() =>
        window.app.store.clear().then(
          () => ({}),
          (error) => ({ error: { code: error.code } }),
        ),
      ),
      ...Array.from({ length: 10 }, (_, n) => b.attempt('save', 'Note', { title: `note ${n}` })),
    ]);
    assert.equal(outcomes[0].error, undefined);
    for (const { error } of outcomes.slice(1)) assert.ok(!error || error.code === 'clearing', error?.code);
    const saved = outcomes.slice(1).filter((one) => !one.error).length;
    await b.page.evaluate(() => window.app.store.outbox.restore());
    await b.drained();
    await until('what was saved is on the server', async () => (await everyRow(server, 'Note')).length === saved + 1);
    await until('both tabs have it', async () =>
      (await Promise.all([a.call('count', 'Note'), b.call('count', 'Note')])).every((n) => n === saved + 1),
    );
    await a.begin({ ...settings, user: 'ann' });
  });
});
