// The page's API: settings, errors, several stores in one page, clear.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { lifetime, openApi, serveApi } from './harness/api.mjs';
import { openProfile } from './harness/chromium.mjs';

describe('settings', () => {
  const t = lifetime();
  let run;
  before(async () => {
    ({ run } = await openApi(t, await serveApi(t)));
  });

  for (const [settings, message] of [
    [{ endpiont: 'x' }, 'There is no setting "endpiont".'],
    [{ endpoint: 5 }, 'endpoint must be a text that is not empty.'],
    [
      { endpoint: 'ftp://x/graphql' },
      'endpoint must be an http or https address such as https://api.example.com/graphql, not "ftp://x/graphql".',
    ],
    [{ endpoint: 'http://' }, 'endpoint must be an http or https address'],
    [{ apiKey: 5 }, 'apiKey must be a text of visible ASCII characters.'],
    [{ conflictHandler: 'x' }, 'conflictHandler must be a function.'],
    [{ errorHandler: {} }, 'errorHandler must be a function.'],
    [{ conflictDefault: 'mine' }, "conflictDefault must be 'retryLocal' or 'applyRemote'."],
    [{ syncPageSize: 0 }, 'syncPageSize must be a whole number of records per page from 1 to 1000.'],
    [{ syncPageSize: 1.5 }, 'syncPageSize must be'],
    [{ syncPageSize: 1001 }, 'syncPageSize must be a whole number of records per page from 1 to 1000.'],
    [{ syncMaxRecords: '5' }, 'syncMaxRecords must be'],
    [{ maxRecordsToSync: -1 }, 'maxRecordsToSync must be'],
    [{ syncInterval: NaN }, 'syncInterval must be a whole number of seconds from 1 to 3153600000.'],
    [{ fullSyncInterval: 'x' }, 'fullSyncInterval must be a whole number of minutes from 1 to 52560000.'],
    [
      { syncInterval: 60, fullSyncInterval: 1 },
      'Set either syncInterval (seconds) or fullSyncInterval (minutes), not both.',
    ],
    [{ syncMaxRecords: 1, maxRecordsToSync: 1 }, 'Set either syncMaxRecords or maxRecordsToSync'],
    [{ syncExpressions: 'x' }, 'syncExpressions must be a list'],
    [{ authModeStrategy: 'other' }, "authModeStrategy must be 'default', 'multiAuth' or a function."],
    [{ user: 5 }, 'user must be a text that is not empty.'],
    [{ authProviders: { cognito: 'x' } }, 'There is no auth provider "cognito".'],
    [{ authProviders: { oidc: 'x' } }, 'authProviders.oidc must be a function.'],
    [{ defaultAuthMode: 'x' }, "defaultAuthMode must be 'none', 'apiKey', "],
    [{ storageAdapter: {} }, 'storageAdapter is no setting'],
    [{ constructor: 5 }, 'There is no setting "constructor".'],
    [{ DataStore: { endpiont: 'x' } }, 'There is no setting "endpiont".'],
    [{ DataStore: 5 }, 'DataStore must be'],
  ]) {
    test(`configure(${JSON.stringify(settings)}) names what is wrong`, async () => {
      const error = await run(
        (given) => rejected(() => createDataStore({ database: 'settings' }).configure(given)),
        settings,
      );
      assert.ok(error.startsWith(`invalid_config: ${message}`), error);
    });
  }

  test('no settings at all, sync expressions of what is no model, producers that fail', async () => {
    const errors = await run(() =>
      Promise.all(
        [
          () => DataStore.configure(),
          () => DataStore.configure('x'),
          () => DataStore.configure({ syncExpressions: [syncExpression(class {}, () => Predicates.ALL)] }),
          () => DataStore.configure({ syncExpressions: [syncExpression(Post, 5)] }),
          () => DataStore.configure({ syncExpressions: [undefined] }),
        ].map(rejected),
      ),
    );
    for (const error of errors) assert.match(error, /^invalid_config: /);
  });

  test('a refused setting changes nothing; settings left out keep their values', async () => {
    assert.deepEqual(
      await run(async () => {
        const store = createDataStore({ database: 'kept' });
        await store.configure({ user: 'u', syncPageSize: 10 });
        const name = store.database;
        const error = await rejected(() => store.configure({ user: 'v', syncPageSize: -1 }));
        const same = store.database === name;
        await store.configure({ syncPageSize: 20 });
        return [error.split(':')[0], same, store.database === name, name !== 'kept', name.includes('u')];
      }),
      ['invalid_config', true, true, true, false],
    );
  });

  test("Amplify's shapes: nested under DataStore, its names and units", async () => {
    assert.deepEqual(
      await run(async () => {
        const store = createDataStore({ database: 'amplify' });
        await store.configure({
          DataStore: {
            syncPageSize: 10,
            maxRecordsToSync: 100,
            fullSyncInterval: 60,
            errorHandler() {},
            conflictHandler: () => DISCARD,
          },
        });
        await store.configure({
          syncPageSize: 20,
          DataStore: { syncPageSize: 30 },
          syncExpressions: [
            syncExpression(Post, (m) => m.rating.gt(1)),
            Promise.resolve(syncExpression(Blog, async () => (m) => m.name.eq('x'))),
            syncExpression(Tag, () => Predicates.ALL),
          ],
        });
        await store.start();
        await store.configure({ syncInterval: 3600 });
        await store.configure({ fullSyncInterval: 60 });
        return (await store.query(Post)).length;
      }),
      0,
    );
  });

  test('createDataStore without a name', async () => {
    for (const error of await run(() =>
      [undefined, {}, { database: '' }, { database: 5 }].map((options) => thrown(() => createDataStore(options))),
    )) {
      assert.match(error, /^invalid_config: createDataStore\(\) takes \{database: 'a name'\}/);
    }
  });
});

describe('stores', () => {
  const t = lifetime();
  let site;
  let context;
  before(async () => {
    site = await serveApi(t);
    context = await openProfile(t);
  });
  const open = () => openApi(t, site, { context });

  test('two side by side share classes and nothing else', async () => {
    const { run } = await open();
    assert.deepEqual(
      await run(async () => {
        const [one, two] = [
          createDataStore({ database: 'one' }),
          createDataStore({ database: 'two #\ud83e\udd5d/\\' }),
        ];
        const [seenOne, seenTwo] = [watch(one.observe(Post)), watch(two.observe(Post))];
        const blog = await one.save(new Blog({ name: 'b' }));
        const post = await one.save(new Post({ title: 'in one', blog }));
        await two.save(new Tag({ id: 'x' }));
        await until(() => seenOne.values.length);
        const orphan = await rejected(() => two.save(new Post({ title: 'x', blog })));
        const result = [
          (await two.query(Post)).length,
          (await one.query(Tag)).length,
          (await (await one.query(Post, post.id)).blog).name,
          seenTwo.values.length,
          orphan.split(':')[0],
          (await DataStore.query(Post)).length,
        ];
        await one.clear();
        return [...result, (await two.query(Tag)).length, (await one.query(Post)).length];
      }),
      [0, 0, 'b', 0, 'missing_parent', 0, 1, 0],
    );
  });

  test('two objects for one database share it', async () => {
    const { run } = await open();
    assert.deepEqual(
      await run(async () => {
        const [one, two] = [createDataStore({ database: 'shared' }), createDataStore({ database: 'shared' })];
        const seen = watch(two.observe(Post));
        await until(async () => (await two.query(Post)).length === 0);
        const { id } = await one.save(new Post({ title: 'a' }));
        await until(() => seen.values.length);
        return [(await two.query(Post, id)).title, seen.values.length];
      }),
      ['a', 1],
    );
  });

  test("users: another one's records are not there, and come back with the user", async () => {
    const { run } = await open();
    assert.deepEqual(
      await run(async () => {
        const store = createDataStore({ database: 'users' });
        await store.configure({ user: 'ann' });
        await store.save(new Post({ title: "ann's" }));
        const seen = watch(store.observe(Post));
        await until(async () => (await store.query(Post)).length === 1);
        await store.configure({ user: 'bob' });
        const bob = (await store.query(Post)).length;
        await store.configure({ user: 'ann' });
        return [bob, (await store.query(Post)).map((one) => one.title), seen.completed];
      }),
      [0, ["ann's"], 1],
    );
  });

  test('clear() before anything, twice at once, and in two tabs; unsent changes are parked and restored', async () => {
    const [{ run }, other] = [await open(), await open()];
    assert.deepEqual(
      await run(async () => {
        const store = createDataStore({ database: 'fresh' });
        await store.clear();
        await store.save(new Post({ title: 'a' }));
        hub.length = 0;
        await store.clear();
        const parked = await until(() => hub.find((one) => one.event === 'unsent_parked'));
        const empty = (await store.query(Post)).length;
        await store.outbox.restore();
        return [empty, (await store.query(Post)).map((one) => one.title), Object.keys(parked.data).length > 0];
      }),
      [0, ['a'], true],
    );
    await other.run(() => DataStore.save(new Post({ title: 'shared' })));
    await run(() => DataStore.start());
    await Promise.all([
      run(() => DataStore.clear({ discardUnsent: true })),
      other.run(() => DataStore.clear({ discardUnsent: true })),
    ]);
    assert.deepEqual(
      await Promise.all([
        run(async () => (await DataStore.query(Post)).length),
        other.run(async () => (await DataStore.query(Post)).length),
      ]),
      [0, 0],
    );
  });

  test('every rejection is a DeltabaseError with a code and a sentence', async () => {
    const { run } = await open();
    for (const [isError, isOurs, code, sentence] of await run(async () => {
      const calls = [
        () => DataStore.save({}),
        () => DataStore.delete(),
        () => DataStore.query('x'),
        () => DataStore.configure({ x: 1 }),
        () => DataStore.outbox.retry('x'),
        () => DataStore.outbox.discard('x', null),
        () => DataStore.outbox.discard('x', { dependants: 'both' }),
        () => DataStore.outbox.edit('x', {}),
        () => DataStore.outbox.edit('x', { title: 5n }),
        () => DataStore.save(new Post({ title: 'a' }), (m) => m.title.eq(5n)),
        async () => new Post({ title: 1 }),
      ];
      return Promise.all(
        calls.map((call) =>
          call().then(
            () => [String(call)],
            (e) => [e instanceof Error, e instanceof DeltabaseError, e.code, e.message],
          ),
        ),
      );
    })) {
      assert.deepEqual([isError, isOurs], [true, true]);
      assert.match(code, /^[a-z_]+$/);
      assert.ok(sentence.length > 10, sentence);
    }
  });

  test('the gate opens and closes', async () => {
    const { run } = await open();
    assert.deepEqual(
      await run(async () => {
        const store = createDataStore({ database: 'gate' });
        const before = store.offline;
        await store.goOffline();
        const closed = store.offline;
        await store.save(new Post({ title: 'a' }));
        await store.goOnline();
        return [before, closed, store.offline];
      }),
      [false, true, false],
    );
  });
});
