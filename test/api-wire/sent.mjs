// What saves and deletes send, and what Hub tells of them. wire is the page, the proxy and the server of the suite.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../harness/graphql.mjs';
import { until, untilEqual } from '../harness/until.mjs';
import { close, order } from './page.mjs';

export function sends(wire) {
  test('create, update, delete: events and inputs', async () => {
    const app = await wire.open();
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
      wire.network.mutations().map(({ field, input }) => [field, input]),
      [
        ['createPost', { id, title: 'a', rating: null }],
        ['updatePost', { id, rating: 2, _version: 1 }],
        ['deletePost', { id, _version: 2 }],
      ],
    );
    await close(app);
  });

  test('conditions, relations, JSON, owners, and the fields of one sort key', async () => {
    const app = await wire.open();
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
    const created = Object.fromEntries(wire.network.mutations().map(({ field, input }) => [field, input]));
    assert.deepEqual(created.createPost, { id: ids.post, title: 'p', blogPostsId: ids.blog });
    assert.deepEqual(created.createDiary, { id: ids.diary, text: 'd' });
    assert.deepEqual(created.createValue, {
      id: ids.value,
      text: 't',
      json: '{"a":1}',
      needed: ['x'],
      place: { city: 'Rome', extra: '{"b":1}' },
    });
    wire.network.forget();
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
    const sent = Object.fromEntries(wire.network.mutations().map(({ field, input }) => [field, input]));
    assert.deepEqual(sent.updateOrder, { id: ids.order, state: 'done', day: '2026-01-01', _version: 1 });
    assert.deepEqual(sent.updatePost, { id: ids.post, blogPostsId: null, _version: 1 });
    const conditioned = wire.network.requests.find((one) => one.text.includes('updatePost'));
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
      (await ask(wire.server, 'query ($id: ID!) { getPost(id: $id) { blogPostsId } }', { id: ids.post })).getPost
        .blogPostsId,
      null,
    );
    await close(app);
  });

  test('the network refuses: create with updates is one create; create with delete is nothing; A, B with a condition and C all arrive', async () => {
    const app = await wire.open();
    const { id: known } = await app.run(async () =>
      plain(await store.save(new Value({ text: 'A0', optional: 'B0', whole: 0, needed: [] }))),
    );
    await app.drained();
    wire.network.goOffline();
    await until(
      'the page knows',
      async () => (await app.hub()).findLast((one) => one.event === 'networkStatus')?.data.active === false,
    );
    wire.network.forget();
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
    wire.network.goOnline();
    await app.drained();
    const sent = wire.network.mutations();
    assert.deepEqual(
      sent.filter((one) => /Post/.test(one.field)).map(({ field, input }) => [field, input]),
      [['createPost', { id, title: 'b', rating: 3 }]],
    );
    const { getValue } = await ask(
      wire.server,
      'query ($id: ID!) { getValue(id: $id) { text optional ratio whole } }',
      {
        id: known,
      },
    );
    assert.deepEqual(getValue, { text: 'A1', optional: 'B1', ratio: 1.5, whole: 0 });
    await untilEqual(
      'the last status is empty',
      async () => (await app.hub()).findLast((one) => one.event === 'outboxStatus')?.data.isEmpty,
      true,
    );
    await close(app);
  });

  test('create and delete without a network, then a network: nothing is sent and the outbox is said to be empty', async () => {
    const app = await wire.open();
    wire.network.goOffline();
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
    wire.network.forget();
    wire.network.goOnline();
    await app.heard('syncQueriesReady');
    assert.deepEqual(wire.network.mutations(), []);
    await close(app);
  });

  test('a create under way, two updates: one create, then one update of version 1', async () => {
    const app = await wire.open();
    wire.network.delay(300);
    const id = await app.run(async () => {
      const post = await store.save(new Post({ title: 'a' }));
      await until(async () => (await store.outbox.list())[0]?.state === 'sent');
      const second = await store.save(Post.copyOf(post, (draft) => void (draft.title = 'b')));
      await store.save(Post.copyOf(second, (draft) => void (draft.rating = 9)));
      return post.id;
    });
    wire.network.delay(0);
    await app.drained();
    assert.deepEqual(
      wire.network.mutations().map(({ field, input }) => [field, input]),
      [
        ['createPost', { id, title: 'a' }],
        ['updatePost', { id, title: 'b', rating: 9, _version: 1 }],
      ],
    );
    await close(app);
  });
}
