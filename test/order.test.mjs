// Calls count in their order, awaited or not: every pair of them, of a store that runs and of one that does not.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { lifetime, openApi, schema, serveApi } from './harness/api.mjs';
import { openProfile } from './harness/chromium.mjs';
import { ask } from './harness/graphql.mjs';
import { openProxy } from './harness/proxy.mjs';
import { apiKey, startServer } from './harness/server.mjs';
import { until } from './harness/until.mjs';

describe('calls that are not awaited', () => {
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

  async function open(settings = {}) {
    const app = await openApi(t, site, { context });
    await app.run(
      ([database, given]) => {
        window.store = createDataStore({ database });
        return store.configure(given);
      },
      [`order ${++databases}`, settings],
    );
    return app;
  }

  for (const state of ['running', 'stopped', 'shared']) {
    const of = { running: 'a running store', stopped: 'a stopped store', shared: 'two stores of one database' }[state];
    test(`every pair of calls of ${of} settles, in order`, async () => {
      const { page, run } = await open();
      const wrong = await run(async (from) => {
        let saved = 0;
        const observing = (observable) =>
          new Promise((resolve, reject) => {
            observable.subscribe(resolve, reject, resolve);
          });
        const calls = {
          start: (on) => on.start(),
          stop: (on) => on.stop(),
          clear: (on) => on.clear(),
          configure: (on) => on.configure({ syncPageSize: 10 }),
          user: (on) => on.configure({ user: 'ann' }),
          save: (on, id) => on.save(new Tag({ id })),
          query: (on) => on.query(Tag),
          observeQuery: (on) => observing(on.observeQuery(Tag)),
          observe: (on, id) => {
            const seen = observing(on.observe(Tag));
            on.save(new Tag({ id: `${id} seen` })).catch(() => {});
            return seen;
          },
          count: (on) => on.outbox.count(),
          gate: (on) => on.goOffline().then(() => on.goOnline()),
        };
        const wrong = [];
        const other = from === 'shared' ? createDataStore({ database: store.database }) : store;
        const settled = (call, on, id) =>
          Promise.race([
            call(on, id).then(
              () => 'done',
              (error) => error.code ?? String(error),
            ),
            new Promise((resolve) => setTimeout(resolve, 15_000, 'nothing')),
          ]);
        for (const [a, first] of Object.entries(calls)) {
          for (const [b, second] of Object.entries(calls)) {
            for (const one of new Set([store, other])) {
              await one.configure({ user: null });
              await one.clear({ discardUnsent: true });
              if (from !== 'stopped') await one.start();
            }
            const id = `${a} ${b} ${++saved}`;
            const results = await Promise.all([settled(first, store, `${id} 1`), settled(second, other, `${id} 2`)]);
            // Who leaves a database may leave calls unanswered, who clears it refuses those of other stores: they are told.
            const told = (n) =>
              n === 0 && b === 'user' ? 'closed' : other !== store && [a, b][1 - n] === 'clear' ? 'clearing' : 'done';
            const fine = (result, n) => result === 'done' || result === told(n);
            const there = async (which) => (await store.query(Tag, `${id} ${which}`)) !== undefined;
            const lost =
              from === 'shared'
                ? []
                : [
                    a === 'save' && !['clear', 'user'].includes(b) && !(await there(1)),
                    b === 'save' && !(await there(2)),
                  ];
            const alive = await settled(() => other.save(new Tag({ id })));
            if (!results.every(fine) || lost.some(Boolean) || alive !== 'done')
              wrong.push([a, b, ...results, lost, alive].join());
          }
        }
        return wrong;
      }, state);
      assert.deepEqual(wrong, []);
      await page.close();
    });
  }

  /** Whether a row that the server gets now arrives by itself. */
  async function hears(run) {
    await until('what was called is over', () => run(() => settled));
    network.forget();
    const id = `row ${databases}`;
    await ask(server, 'mutation ($id: ID!) { createTag(input: {id: $id}) { id _version _deleted _lastChangedAt } }', {
      id,
    });
    await run(() => createDataStore({ database: 'another' }).query(Tag)); // a message would be faster than that
    return network.requests.length + network.messages.length > 0;
  }

  const slow = () =>
    store.configure({
      syncExpressions: [syncExpression(Tag, () => new Promise((resolve) => setTimeout(resolve, 50, Predicates.ALL)))],
    });
  const sequences = {
    'stop start': true,
    'stop observeQuery': true,
    'stop query': true,
    'stop save': true,
    'stop observe': true,
    'clear start': true,
    'clear observeQuery': true,
    'stop stop start': true,
    'stop start stop start': true,
    'clear stop start': true,
    'slow stop start': true,
    'stop slow start': true,
    'stop user start': true,
    'user start': true,
    'user stop start': true,
    'start stop': false,
    'stop start stop': false,
    'query stop': false,
    'start clear': false,
    'stop slow': false,
    'slow stop': false,
    'stop start slow stop': false,
    'stop query clear': false,
    'user start stop': false,
  };
  for (const [sequence, runs] of Object.entries(sequences)) {
    test(`${sequence}: the store ${runs ? 'runs' : 'is stopped'}`, async () => {
      const { page, run } = await open({ endpoint: network.endpoint, apiKey });
      await run(async () => {
        await store.start();
        await until(() => hub.some((one) => one.event === 'ready'));
      });
      await run(
        ([names, slowly]) => {
          window.settled = false;
          const calls = {
            start: () => store.start(),
            stop: () => store.stop(),
            clear: () => store.clear(),
            query: () => store.query(Tag),
            save: () => store.save(new Tag({ id: 'x' })),
            observe: () => store.observe(Tag).subscribe(),
            observeQuery: () => store.observeQuery(Tag).subscribe(),
            slow: new Function(`return (${slowly})()`),
            user: () => store.configure({ user: 'ann' }),
          };
          hub.length = 0;
          const all = names.split(' ').map((name) => calls[name]());
          Promise.all(all).finally(() => {
            window.settled = true;
          });
        },
        [sequence, String(slow)],
      );
      if (runs) await until('it is ready', () => run(() => hub.some((one) => one.event === 'ready')));
      assert.equal(await hears(run), runs);
      await page.close();
    });
  }

  test('two mounts, as React has them in StrictMode: the second one lives', async () => {
    const { page, complaints, run } = await open({ endpoint: network.endpoint, apiKey });
    await run(async () => {
      const mount = () => {
        const seen = watch(store.observeQuery(Tag));
        store.start();
        return {
          seen,
          unmount() {
            seen.unsubscribe();
            store.stop();
          },
        };
      };
      mount().unmount();
      window.mounted = mount();
      await store.save(new Tag({ id: 'strict' }));
      await until(() => mounted.seen.values.at(-1)?.items.some((one) => one.id === 'strict'));
    });
    await until(
      'it is sent',
      async () => (await ask(server, 'query { getTag(id: "strict") { id } }')).getTag?.id === 'strict',
    );
    assert.deepEqual([await run(() => mounted.seen.errors), complaints], [[], []]);
    await page.close();
  });

  test('two users, not awaited: each call goes to the database of its place', async () => {
    const { page, run } = await open();
    assert.deepEqual(
      await run(async () => {
        const base = store.database;
        const calls = [];
        for (const user of ['ann', 'bob', 'ann', null])
          calls.push(store.stop(), store.configure({ user }), store.save(new Tag({ id: `of ${user}` })), store.stop());
        const ended = await Promise.allSettled(calls);
        const names = async (user) => {
          await store.configure({ user });
          return (await store.query(Tag)).map((one) => one.id).join();
        };
        const found = [await names('ann'), await names('bob'), await names(null)];
        return [ended.map((one) => one.reason?.code).filter(Boolean), found, store.database === base];
      }),
      [[], ['of ann', 'of bob', 'of null'], true],
    );
    await page.close();
  });
});
