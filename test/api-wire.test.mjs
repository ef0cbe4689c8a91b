// The page's API against the real server: what Hub tells in which order, and what is sent.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { lifetime, openApi, schema, serveApi } from './harness/api.mjs';
import { openProfile } from './harness/chromium.mjs';
import { ask } from './harness/graphql.mjs';
import { isSync, openProxy } from './harness/proxy.mjs';
import { apiKey, startServer } from './harness/server.mjs';
import { until, untilEqual } from './harness/until.mjs';

const modelNames = 'Author Blog Book Comment Country Cover Diary Hall Order Post Seat Show Tag Value Writing'.split(
  ' ',
);

const order = (hub) => hub.map((one) => one.event);

describe('with a server', () => {
  const t = lifetime();
  let server;
  let network;
  let site;
  let context;
  before(async () => {
    server = await startServer(t, { schema, config: { conflictResolution: { project: 'OPTIMISTIC_CONCURRENCY' } } });
    network = await openProxy(t, server.url);
    site = await serveApi(t, server.folder);
    context = await openProfile(t);
  });
  after(() => network?.goOnline());

  let databases = 0;

  /** A page with a database of its own, configured; started unless told otherwise. */
  async function open({ started = true, settings = {} } = {}) {
    network.goOnline();
    network.delay(0);
    const app = await openApi(t, site, { context });
    await app.run(
      ([database, config]) => {
        window.store = createDataStore({ database });
        window.errors = [];
        window.errorHandler = (error) => errors.push(error);
        return store.configure({ ...config, errorHandler: (error) => window.errorHandler(error) });
      },
      [`wire ${++databases}`, { endpoint: network.endpoint, apiKey, ...settings }],
    );
    app.hub = () => app.run(() => plain(hub));
    app.heard = (event) =>
      until(`the page hears ${event}`, async () => (await app.hub()).find((one) => one.event === event));
    app.drained = () =>
      until('the outbox is empty', () => app.run(async () => (await store.outbox.list()).length === 0));
    if (started) {
      await app.run(() => store.start());
      await app.heard('ready');
      await app.run(() => void (hub.length = 0));
      network.forget();
    }
    return app;
  }

  const close = (app) => app.page.close();

  test('an online start: the order of events; subscriptions are acknowledged before the first sync', async () => {
    network.forget();
    const app = await open({ started: false });
    await app.run(() => store.start());
    await app.heard('ready');
    const events = order(await app.hub()).filter((event) => event !== 'outboxStatus');
    assert.deepEqual(events, [
      'networkStatus',
      'storageSubscribed',
      'subscriptionsEstablished',
      'syncQueriesStarted',
      ...modelNames.map(() => 'modelSynced'),
      'syncQueriesReady',
      'ready',
    ]);
    const hub = await app.hub();
    const [network1, outbox] = [
      hub.find((one) => one.event === 'networkStatus'),
      hub.find((one) => one.event === 'outboxStatus'),
    ];
    assert.deepEqual([network1.data, outbox.data], [{ active: true }, { isEmpty: true }]);
    assert.deepEqual([...hub.find((one) => one.event === 'syncQueriesStarted').data.models].sort(), modelNames);
    assert.deepEqual(
      await app.run(() => {
        const { data } = hub.find((one) => one.event === 'modelSynced' && one.data.model === Post);
        return [data.isFullSync, data.isDeltaSync, data.counts];
      }),
      [true, false, { new: 0, updated: 0, deleted: 0 }],
    );
    const starts = network.messages.filter((one) => one.toServer && one.json?.type === 'start');
    const acks = network.messages.filter((one) => one.json?.type === 'start_ack');
    assert.deepEqual([starts.length, acks.length], [1, 1]);
    assert.deepEqual(starts[0].json.payload.extensions.deltabase.models.map((one) => one.model).sort(), modelNames);
    await close(app);
  });

  test('no sync is sent before every subscription was acknowledged', async () => {
    const app = await open({ started: false });
    network.forget();
    const syncAt = [];
    const push = network.requests.push;
    network.requests.push = function (entry) {
      if (isSync(entry)) syncAt.push(network.messages.filter((one) => one.json?.type === 'start_ack').length);
      return push.call(this, entry);
    };
    await app.run(() => store.start());
    await app.heard('ready');
    network.requests.push = push;
    assert.equal(Math.min(...syncAt), 1);
    await close(app);
  });

  test('a start without a network, and the network later: no second ready', async () => {
    const app = await open({ started: false });
    await app.run(async () => {
      await store.goOffline();
      await store.start();
    });
    await app.heard('ready');
    assert.deepEqual(
      (await app.hub()).map((one) =>
        [one.event, one.data?.active ?? one.data?.isEmpty]
          .filter((word) => word !== undefined && word !== null)
          .join(' '),
      ),
      ['networkStatus false', 'storageSubscribed', 'outboxStatus true', 'ready'],
    );
    await app.run(() => {
      hub.length = 0;
      return store.goOnline();
    });
    await app.heard('syncQueriesReady');
    const events = order(await app.hub());
    assert.deepEqual(
      events.filter((event) => !/^(outbox|modelSynced)/.test(event)),
      ['networkStatus', 'subscriptionsEstablished', 'syncQueriesStarted', 'syncQueriesReady'],
    );
    await close(app);
  });

  test('create, update, delete: events and inputs', async () => {
    const app = await open();
    const id = await app.run(async () => {
      const { id } = await store.save(new Post({ title: 'a', rating: null }));
      return id;
    });
    await app.drained();
    await app.heard('outboxMutationProcessed');
    await untilEqual('the events of a save', async () => order(await app.hub()), [
      'outboxMutationEnqueued',
      'outboxStatus',
      'outboxMutationProcessed',
      'outboxStatus',
    ]);
    const hub = await app.hub();
    assert.deepEqual(
      [hub[1].data.isEmpty, hub[3].data.isEmpty, hub[2].data.element._version, hub[2].data.element.title],
      [false, true, 1, 'a'],
    );
    assert.ok(
      await app.run(
        () =>
          hub[2].data.model === Post && hub[2].data.element instanceof Post && hub[2].data.element._lastChangedAt > 0,
      ),
    );
    await app.run(
      async (key) => store.save(Post.copyOf(await store.query(Post, key), (draft) => void (draft.rating = 2))),
      id,
    );
    await app.drained();
    await app.run(async (key) => store.delete(await store.query(Post, key)), id);
    await app.drained();
    assert.deepEqual(
      network.mutations().map(({ field, input }) => [field, input]),
      [
        ['createPost', { id, title: 'a', rating: null }],
        ['updatePost', { id, rating: 2, _version: 1 }],
        ['deletePost', { id, _version: 2 }],
      ],
    );
    await close(app);
  });

  test('conditions, relations, JSON, owners, and the fields of one sort key', async () => {
    const app = await open();
    const ids = await app.run(async () => {
      const blog = await store.save(new Blog({ name: 'b' }));
      const post = await store.save(new Post({ title: 'p', blog }));
      const value = await store.save(
        new Value({ text: 't', json: { a: 1 }, needed: ['x'], place: { city: 'Rome', extra: { b: 1 } } }),
      );
      const diary = await store.save(new Diary({ text: 'd', owner: null }));
      const order = await store.save(new Order({ customer: 'c', state: 's', day: '2026-01-01', total: 1 }));
      return { blog: blog.id, post: post.id, value: value.id, diary: diary.id, order: order.id };
    });
    await app.drained();
    const created = Object.fromEntries(network.mutations().map(({ field, input }) => [field, input]));
    assert.deepEqual(created.createPost, { id: ids.post, title: 'p', blogPostsId: ids.blog });
    assert.deepEqual(created.createDiary, { id: ids.diary, text: 'd' });
    assert.deepEqual(created.createValue, {
      id: ids.value,
      text: 't',
      json: '{"a":1}',
      needed: ['x'],
      place: { city: 'Rome', extra: '{"b":1}' },
    });
    network.forget();
    await app.run(async (given) => {
      const order = await store.query(Order, given.order);
      await store.save(Order.copyOf(order, (draft) => void (draft.state = 'done')));
      const post = await store.query(Post, given.post);
      await store.save(
        Post.copyOf(post, (draft) => void (draft.blog = null)),
        (m) => m.and((m) => [m.id.eq(given.post), m.title.eq('p')]),
      );
    }, ids);
    await app.drained();
    const sent = Object.fromEntries(network.mutations().map(({ field, input }) => [field, input]));
    assert.deepEqual(sent.updateOrder, { id: ids.order, state: 'done', day: '2026-01-01', _version: 1 });
    assert.deepEqual(sent.updatePost, { id: ids.post, blogPostsId: null, _version: 1 });
    const conditioned = network.requests.find((one) => one.text.includes('updatePost'));
    const conditions = Object.entries(conditioned.json.variables)
      .filter(([name]) => /cond/i.test(name))
      .map(([, value]) => JSON.stringify(value));
    assert.ok(
      conditions.some((text) => text.includes('"title":{"eq":"p"}')),
      JSON.stringify(conditioned.json.variables),
    );
    assert.ok(
      conditions.every((text) => !text.includes('"id"')),
      'the key is not part of the condition',
    );
    assert.equal(
      (await ask(server, 'query ($id: ID!) { getPost(id: $id) { blogPostsId } }', { id: ids.post })).getPost
        .blogPostsId,
      null,
    );
    await close(app);
  });

  test('the network refuses: create with updates is one create; create with delete is nothing; A, B with a condition and C all arrive', async () => {
    const app = await open();
    const { id: known } = await app.run(async () =>
      plain(await store.save(new Value({ text: 'A0', optional: 'B0', whole: 0, needed: [] }))),
    );
    await app.drained();
    network.goOffline();
    await until(
      'the page knows',
      async () => (await app.hub()).findLast((one) => one.event === 'networkStatus')?.data.active === false,
    );
    network.forget();
    const id = await app.run(async (key) => {
      const first = await store.save(new Post({ title: 'a' }));
      const second = await store.save(Post.copyOf(first, (draft) => void (draft.title = 'b')));
      await store.save(Post.copyOf(second, (draft) => void (draft.rating = 3)));
      await store.delete(await store.save(new Post({ title: 'gone' })));
      const row = await store.query(Value, key);
      await store.save(Value.copyOf(row, (draft) => void (draft.text = 'A1')));
      await store.save(
        Value.copyOf(await store.query(Value, key), (draft) => void (draft.optional = 'B1')),
        (m) => m.whole.eq(0),
      );
      await store.save(Value.copyOf(await store.query(Value, key), (draft) => void (draft.ratio = 1.5)));
      return first.id;
    }, known);
    network.goOnline();
    await app.drained();
    const sent = network.mutations();
    assert.deepEqual(
      sent.filter((one) => /Post/.test(one.field)).map(({ field, input }) => [field, input]),
      [['createPost', { id, title: 'b', rating: 3 }]],
    );
    const { getValue } = await ask(server, 'query ($id: ID!) { getValue(id: $id) { text optional ratio whole } }', {
      id: known,
    });
    assert.deepEqual(getValue, { text: 'A1', optional: 'B1', ratio: 1.5, whole: 0 });
    await untilEqual(
      'the last status is empty',
      async () => (await app.hub()).findLast((one) => one.event === 'outboxStatus')?.data.isEmpty,
      true,
    );
    await close(app);
  });

  test('create and delete without a network, then a network: nothing is sent and the outbox is said to be empty', async () => {
    const app = await open();
    network.goOffline();
    await until(
      'the page knows',
      async () => (await app.hub()).findLast((one) => one.event === 'networkStatus')?.data.active === false,
    );
    await app.run(async () => store.delete(await store.save(new Post({ title: 'gone' }))));
    await untilEqual(
      'the outbox is said to be empty',
      async () => (await app.hub()).findLast((one) => one.event === 'outboxStatus')?.data.isEmpty,
      true,
    );
    network.forget();
    network.goOnline();
    await app.heard('syncQueriesReady');
    assert.deepEqual(network.mutations(), []);
    await close(app);
  });

  test('a create under way, two updates: one create, then one update of version 1', async () => {
    const app = await open();
    network.delay(300);
    const id = await app.run(async () => {
      const post = await store.save(new Post({ title: 'a' }));
      await until(async () => (await store.outbox.list())[0]?.state === 'sent');
      const second = await store.save(Post.copyOf(post, (draft) => void (draft.title = 'b')));
      await store.save(Post.copyOf(second, (draft) => void (draft.rating = 9)));
      return post.id;
    });
    network.delay(0);
    await app.drained();
    assert.deepEqual(
      network.mutations().map(({ field, input }) => [field, input]),
      [
        ['createPost', { id, title: 'a' }],
        ['updatePost', { id, title: 'b', rating: 9, _version: 1 }],
      ],
    );
    await close(app);
  });

  test('observeQuery: empty and not synced, then the rows, sorted and synced', async () => {
    for (const name of ['x', 'z', 'y'])
      await ask(server, 'mutation ($input: CreateCountryInput!) { createCountry(input: $input) { code } }', {
        input: { code: name, name },
      });
    const app = await open({ started: false });
    assert.deepEqual(
      await app.run(async () => {
        const seen = watch(store.observeQuery(Country, (m) => m.name.ge('x'), { sort: (s) => s.name('DESCENDING') }));
        await until(() => seen.values.at(-1)?.isSynced);
        const shown = ({ items, isSynced }) => [items.map((one) => one.name).join(''), isSynced];
        const result = [shown(seen.values[0]), shown(seen.values.at(-1))];
        const [first] = seen.values.at(-1).items;
        await store.save(Country.copyOf(first, (draft) => void (draft.name = 'a')));
        await until(() => seen.values.at(-1).items.length === 2);
        return [...result, shown(seen.values.at(-1))];
      }),
      [
        ['', false],
        ['zyx', true],
        ['yx', true],
      ],
    );
    await close(app);
  });

  test('an observer hears one own save at least once and never a stale one', async () => {
    const app = await open();
    await app.run(async () => {
      window.seen = watch(store.observe(Post));
      await store.save(new Post({ title: 'mine' }));
    });
    await app.drained();
    const changes = await app.run(() =>
      seen.values.map(({ opType, element }) => [opType, element.title, element._version ?? 0]),
    );
    assert.ok(changes.length >= 1 && changes.length <= 3, JSON.stringify(changes));
    assert.deepEqual(changes[0], ['INSERT', 'mine', 0]);
    await close(app);
  });

  test('a handler of conflicts: the last one configured counts; it is asked with everything', async () => {
    const app = await open();
    const result = await app.run(
      async ([endpoint, key]) => {
        await store.configure({
          conflictHandler: () => {
            throw new Error('the first handler');
          },
        });
        window.asked = [];
        await store.configure({
          conflictHandler: async (conflict) => {
            asked.push(conflict);
            return conflict.modelConstructor.copyOf(
              conflict.remoteModel,
              (draft) => void (draft.title = `${conflict.remoteModel.title}+${conflict.localModel.title}`),
            );
          },
        });
        const post = await store.save(new Post({ title: 'base', rating: 1 }));
        await until(async () => (await store.outbox.list()).length === 0);
        await store.goOffline();
        await store.save(Post.copyOf(await store.query(Post, post.id), (draft) => void (draft.title = 'local')));
        await fetch(endpoint, {
          method: 'POST',
          headers: { 'x-api-key': key },
          body: JSON.stringify({
            query: 'mutation ($input: UpdatePostInput!) { updatePost(input: $input) { id _version } }',
            variables: { input: { id: post.id, title: 'remote', rating: 7, _version: 1 } },
          }),
        });
        await store.goOnline();
        await until(async () => (await store.outbox.list()).length === 0);
        const [{ modelConstructor, localModel, remoteModel, baseModel, base, local, remote, ...rest }] = asked;
        const row = await store.query(Post, post.id);
        return [
          modelConstructor === Post,
          [localModel, remoteModel, baseModel].map((one) => one instanceof Post && one.title),
          local === localModel && remote === remoteModel && base === baseModel,
          rest.operation,
          rest.attempts,
          rest.attempt,
          rest.changed,
          typeof rest.mutationId,
          asked.length,
          row.title,
          row.rating,
          row._version,
        ];
      },
      [server.endpoint, apiKey],
    );
    assert.deepEqual(result, [
      true,
      ['local', 'remote', 'base'],
      true,
      'UPDATE',
      1,
      1,
      ['title'],
      'string',
      1,
      'remote+local',
      7,
      3,
    ]);
    await close(app);
  });

  test('an errorHandler that throws, or rejects, stops nothing; the error tells what happened', async () => {
    const app = await open();
    await app.run(() => {
      window.errorHandler = async (error) => {
        errors.push(error);
        throw new Error('a mistake in the errorHandler');
      };
      return store.configure({ apiKey: 'da2-wrong' });
    });
    await app.run(() => store.save(new Post({ title: 'refused' })));
    const error = await until('the errorHandler hears of it', () => app.run(() => plain(errors[0])));
    assert.equal(error.errorType, 'Unauthorized');
    assert.equal(typeof error.message, 'string');
    assert.ok(['mutate', 'sync', 'subscribe'].includes(error.process));
    assert.equal(
      await app.run(async () => (await store.query(Post, (m) => m.title.eq('refused'))).length),
      1,
      'the change stays in the view',
    );
    await app.run((key) => store.configure({ apiKey: key }), apiKey);
    await app.drained();
    await close(app);
  });
});
