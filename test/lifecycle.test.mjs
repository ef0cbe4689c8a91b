// configure(), start(), stop() and clear() in any order, awaited or not, and with functions of the
// app that fail.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { lifetime, openApi, schema, serveApi } from './harness/api.mjs';
import { openProfile } from './harness/chromium.mjs';
import { ask } from './harness/graphql.mjs';
import { openProxy } from './harness/proxy.mjs';
import { apiKey, startServer } from './harness/server.mjs';
import { until } from './harness/until.mjs';

describe('the life of a store', () => {
  const t = lifetime();
  let server;
  let network;
  let site;
  let context;
  let databases = 0;
  before(async () => {
    server = await startServer(t, { schema });
    network = await openProxy(t, server.url);
    site = await serveApi(t, server.folder);
    context = await openProfile(t);
  });

  /** A page with a store of its own that is configured and not started. */
  async function open() {
    const app = await openApi(t, site, { context });
    await app.run(
      ([database, settings]) => {
        window.store = createDataStore({ database });
        return store.configure(settings);
      },
      [`life ${++databases}`, { endpoint: network.endpoint, apiKey }],
    );
    return app;
  }

  for (const [name, calls] of Object.entries({
    'configure(), then stop()': () => [store.configure({ syncPageSize: 10 }), store.stop()],
    'stop(), then configure()': () => [store.stop(), store.configure({ syncPageSize: 10 })],
    'clear(), then configure()': () => [store.clear(), store.configure({ syncPageSize: 10 })],
    'configure() with an expression that takes its time, then clear()': () => [
      store.configure({
        syncExpressions: [syncExpression(Tag, () => new Promise((resolve) => setTimeout(resolve, 50, Predicates.ALL)))],
      }),
      store.clear(),
    ],
  })) {
    test(`${name}, not awaited: the store is stopped`, async () => {
      const { page, run } = await open();
      await run(async () => {
        await store.start();
        await until(() => hub.some((one) => one.event === 'ready'));
      });
      await run(`Promise.all((${calls})())`);
      network.forget();
      await ask(server, 'mutation ($id: ID!) { createTag(input: {id: $id}) { id _version _deleted _lastChangedAt } }', {
        id: `life ${databases}`,
      });
      await run(() => createDataStore({ database: 'another' }).query(Tag)); // a message would be faster than that
      assert.deepEqual([network.requests.length, network.messages.length], [0, 0]);
      await run(() => store.start());
      await until('it starts again', () => run(async () => (await store.query(Tag)).length > 0));
      await page.close();
    });
  }

  test('settings of two calls that are not awaited count both, of a running store too', async () => {
    const { page, run } = await open();
    assert.deepEqual(
      await run(async () => {
        const plainName = store.database;
        const calls = [store.configure({ user: 'ann' }), store.configure({ syncPageSize: 5 })];
        const named = store.database !== plainName;
        await Promise.all(calls);
        await store.start();
        const slow = syncExpression(Tag, () => new Promise((resolve) => setTimeout(resolve, 50, Predicates.ALL)));
        let asked = '';
        await Promise.all([
          store.configure({ syncExpressions: [slow], authModeStrategy: () => ((asked += 'a'), null) }),
          store.configure({ authModeStrategy: () => ((asked += 'b'), null) }),
        ]);
        return [named, store.database !== plainName, /^a+b+$/.test(asked)];
      }),
      [true, true, true],
    );
    await page.close();
  });

  test('functions of the app are called at a start, not before; what they throw is told, and holds up neither stop() nor clear()', async () => {
    const { page, run } = await open();
    assert.deepEqual(
      await run(async () => {
        let user;
        const producer = () => {
          if (!user) throw new Error('nobody is signed in');
          return (m) => m.label.eq(user);
        };
        await store.configure({ syncExpressions: [syncExpression(Tag, producer)] });
        const errors = [await rejected(() => store.start()), await rejected(() => store.save(new Tag({ id: 'x' })))];
        await store.stop();
        await store.clear();
        user = 'ann';
        await store.start();
        await store.save(new Tag({ id: 'x', label: 'ann' }));
        user = undefined;
        errors.push(await rejected(() => store.configure({ syncPageSize: 10 })));
        await store.stop();
        await store.clear({ discardUnsent: true });
        user = 'ann';
        return [...new Set(errors), (await store.query(Tag)).filter((one) => one.label === 'ann').length];
      }),
      ['invalid_config: The sync expression of Tag failed: nobody is signed in', 0],
    );
    await page.close();
  });

  test('a start that fails is corrected by configure(), while it is under way too', async () => {
    const { page, run } = await open();
    assert.deepEqual(
      await run(async () => {
        await store.configure({ authModeStrategy: async () => 'nonsense' });
        const started = rejected(() => store.start());
        const corrected = rejected(() => store.configure({ authModeStrategy: null }));
        const [first, second] = [(await started).split(':')[0], await corrected];
        await store.start();
        return [first, second];
      }),
      ['invalid_config', 'no error but undefined'],
    );
    await page.close();
  });

  test('clear() of a store that was never started asks the server for nothing', async () => {
    const { page, run } = await open();
    network.forget();
    await run(() => store.clear());
    assert.deepEqual([network.requests.length, network.dialled], [0, 0]);
    await page.close();
  });

  test('clear() of a tab that has not started leaves the settings of the others', async () => {
    const { page, run } = await open();
    const other = await openApi(t, site, { context });
    await run(async () => {
      await store.start();
      await until(() => hub.some((one) => one.event === 'ready'));
    });
    await other.run((database) => createDataStore({ database }).clear(), `life ${databases}`);
    await ask(server, 'mutation { createTag(input: {id: "after"}) { id _version _deleted _lastChangedAt } }');
    await until('the first tab goes on syncing', () => run(async () => Boolean(await store.query(Tag, 'after'))));
    await Promise.all([page.close(), other.page.close()]);
  });
});
