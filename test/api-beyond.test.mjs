// What the page's API has beyond Amplify's, without a server.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { lifetime, openApi, serveApi } from './harness/api.mjs';

describe('counts and groups', () => {
  const t = lifetime();
  let run;
  before(async () => {
    ({ run } = await openApi(t, await serveApi(t)));
    await run(async () => {
      const order = (state, day, total) => new Order({ customer: 'c', state, day, total });
      await savedAll(
        order('open', '2026-01-02', 3),
        order('paid', '2026-01-01', 4.5),
        order('open', '2026-01-03', null),
        order('open', '2026-01-01', 1),
      );
      const blog = await DataStore.save(new Blog({ name: 'x' }));
      await savedAll(new Post({ title: 'in', rating: 2, blog }), new Post({ title: 'out', rating: 7 }));
    });
  });

  test('count, sum, min, max and avg, of all and of what matches', async () => {
    assert.deepEqual(
      await run(() =>
        Promise.all([
          DataStore.count(Order),
          DataStore.count(Order, (o) => o.state.eq('open')),
          DataStore.count(Order, Predicates.ALL),
          DataStore.count(Post, (p) => p.blog.name.eq('x')),
          DataStore.count(Blog, (b) => b.name.eq('nobody')),
          DataStore.sum(Order, 'total'),
          DataStore.sum(Order, 'total', (o) => o.state.eq('none')),
          DataStore.min(Order, 'day'),
          DataStore.max(Order, 'total', (o) => o.state.eq('open')),
          DataStore.max(Tag, 'label'),
          DataStore.avg(Order, 'total', (o) => o.state.eq('open')),
          DataStore.avg(Tag, 'label').catch((e) => e.code),
        ]),
      ),
      [4, 3, 4, 1, 0, 8.5, 0, '2026-01-01', 3, null, 2, 'bad_request'],
    );
  });

  test('groupBy', async () => {
    const nothing = { sum: {}, min: {}, max: {}, avg: {} };
    assert.deepEqual(
      await run(() =>
        Promise.all([
          DataStore.groupBy(Order, 'state', { sum: 'total', max: ['day', 'total'] }),
          DataStore.groupBy(Order, ['state', 'day'], { where: (o) => o.total.gt(2) }),
          DataStore.groupBy(Post, 'postId').catch((e) => e.message),
          DataStore.groupBy(Post).catch((e) => e.message),
          DataStore.groupBy(Value, 'words').catch((e) => e.message),
          DataStore.groupBy(Order, 'state', { where: 'open' }).catch((e) => e.message),
        ]),
      ),
      [
        [
          { ...nothing, by: { state: 'open' }, count: 3, sum: { total: 4 }, max: { day: '2026-01-03', total: 3 } },
          { ...nothing, by: { state: 'paid' }, count: 1, sum: { total: 4.5 }, max: { day: '2026-01-01', total: 4.5 } },
        ],
        [
          { ...nothing, by: { state: 'open', day: '2026-01-02' }, count: 1 },
          { ...nothing, by: { state: 'paid', day: '2026-01-01' }, count: 1 },
        ],
        'Invalid field for model. field: postId, model: Post',
        "Name a field, for example sum(Order, 'total').",
        'by[0]: "words" is not a field of Value that holds one number, text, enum or Boolean.',
        'Records are chosen by a predicate, for example `p => p.rating.gt(3)`. Count one record with query().',
      ],
    );
  });

  test('for await: a loop gets each change, and the newest result; leaving it unsubscribes', async () => {
    assert.deepEqual(
      await run(async () => {
        const changes = DataStore.observe(Tag)[Symbol.asyncIterator]();
        const first = changes.next();
        const results = DataStore.observeQuery(Tag)[Symbol.asyncIterator]();
        await until(async () => (await results.next()).value.items.length === 0);
        await savedAll(...['a', 'b', 'c'].map((label) => new Tag({ id: label, label })));
        const heard = [(await first).value.element.label];
        for (let n = 0; n < 2; n++) heard.push((await changes.next()).value.element.label);
        const shown = await until(async () => (await results.next()).value.items.length === 3);
        const left = [await changes.return(), await changes.next(), await results.return()].map(({ done }) => done);
        const labels = [];
        for await (const { items } of DataStore.observeQuery(Tag, Predicates.ALL, { limit: 2 })) {
          labels.push(...items.map((item) => item.label));
          break;
        }
        return [heard, shown, left, labels];
      }),
      [['a', 'b', 'c'], true, [true, true, true], ['a', 'b']],
    );
  });
});

describe('select', () => {
  const t = lifetime();
  let run;
  before(async () => {
    ({ run } = await openApi(t, await serveApi(t)));
  });

  test('observeQuery with select shows these fields, and is silent about others', async () => {
    assert.deepEqual(
      await run(async () => {
        const order = new Order({ customer: 'c', state: 'open', day: '2026-01-02', total: 3 });
        await DataStore.save(order);
        const seen = watch(DataStore.observeQuery(Order, Predicates.ALL, { select: ['state', 'total'] }));
        await until(() => seen.values.length === 1);
        const edit = async (change) => DataStore.save(Order.copyOf(await DataStore.query(Order, order.id), change));
        await edit((draft) => void (draft.day = '2026-01-03'));
        await edit((draft) => void (draft.total = 4));
        await until(() => seen.values.length === 2);
        await DataStore.save(new Order({ customer: 'd', state: 'paid', day: '2026-01-03' }));
        await until(() => seen.values.length === 3);
        const [first, , third] = seen.values;
        return [
          seen.values.map(({ items }) => plain(items)),
          Object.isFrozen(first.items[0]),
          third.items[0] === seen.values[1].items[0],
          await rejected(async () => DataStore.observeQuery(Order, null, { select: ['nothing'] })),
          await rejected(async () => DataStore.observeQuery(Order, null, { select: [] })),
        ];
      }),
      [
        [
          [{ state: 'open', total: 3 }],
          [{ state: 'open', total: 4 }],
          [
            { state: 'open', total: 4 },
            { state: 'paid', total: null },
          ],
        ],
        true,
        true,
        'bad_request: Invalid field for model. field: nothing, model: Order',
        'bad_request: select takes a list of at least one field.',
      ],
    );
  });
});

describe('writes', () => {
  const t = lifetime();
  let run;
  before(async () => {
    ({ run } = await openApi(t, await serveApi(t)));
  });

  test('saveAll keeps all or none, each seeing those before it', async () => {
    assert.deepEqual(
      await run(async () => {
        const blog = new Blog({ name: 'x' });
        const changes = watch(DataStore.observe());
        await DataStore.count(Blog); // the observer is there
        const saved = await DataStore.saveAll([blog, new Post({ title: 'a', blog }), new Post({ title: 'b', blog })]);
        const lost = await rejected(() =>
          DataStore.saveAll([new Blog({ name: 'y' }), new Post({ title: 'c', blog: new Blog({ name: 'unsaved' }) })]),
        );
        const none = await DataStore.saveAll([]);
        await until(() => changes.values.length >= 3);
        const detail = await DataStore.saveAll([blog, 'no model']).catch((e) => [e.code, e.detail]);
        const missing = await DataStore.saveAll([new Blog({ name: 'z' }), new Post({ rating: 1 })]).catch((e) => [
          e.code,
          e.detail,
        ]);
        return [
          saved.map((one) => [one.constructor.name, one.name ?? one.title, Object.isFrozen(one)].join()),
          changes.values.map(({ element }) => element.name ?? element.title),
          lost.split(':')[0],
          none,
          detail,
          missing,
          (await DataStore.query(Blog)).length,
          await rejected(() => DataStore.saveAll(blog)),
        ];
      }),
      [
        ['Blog,x,true', 'Post,a,true', 'Post,b,true'],
        ['x', 'a', 'b'],
        'missing_parent',
        [],
        ['invalid_value', { index: 1 }],
        ['invalid_value', { index: 1 }],
        1,
        'bad_request: saveAll() takes a list of models.',
      ],
    );
  });

  test('deleteAll takes models, or a class and what matches', async () => {
    assert.deepEqual(
      await run(async () => {
        const tag = (label) => new Tag({ id: label, label });
        const tags = await DataStore.saveAll(['a', 'b', 'c', 'd', 'e'].map(tag));
        const labels = (list) => list.map((one) => one.label).join('');
        const deleted = [
          labels(await DataStore.deleteAll([tags[0], tag('absent')])),
          labels(await DataStore.deleteAll(Tag, (t) => t.label.gt('d'))),
          await rejected(() => DataStore.deleteAll([tags[1], 5])),
          labels(await DataStore.query(Tag)),
          labels(await DataStore.deleteAll(Tag)),
          await rejected(() => DataStore.deleteAll(Tag, undefined)),
        ];
        return [deleted, await DataStore.count(Tag)];
      }),
      [
        [
          'aabsent',
          'e',
          'invalid_value: Object is not an instance of a valid model',
          'bcd',
          'bcd',
          'bad_request: The predicate is missing. To delete all records of a model, call deleteAll(Model) without one.',
        ],
        0,
      ],
    );
  });
});
