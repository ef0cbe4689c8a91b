// The page's API against the engine, without a server: observe and observeQuery.
import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { lifetime, openApi, serveApi } from './harness/api.mjs';

describe('observers without a server', () => {
  const t = lifetime();
  let page;
  let run;
  before(async () => {
    page = await openApi(t, await serveApi(t));
    ({ run } = page);
  });
  beforeEach(() => run(() => DataStore.clear({ discardUnsent: true })));

  test('observe() by class, id, predicate, instance and of everything', async () => {
    assert.deepEqual(
      await run(async () => {
        const [a, b] = await savedAll(new Post({ title: 'a', rating: 1 }), new Post({ title: 'b', rating: 5 }));
        const seat = await DataStore.save(new Seat({ hall: 'h', place: '1' }));
        const watched = {
          all: watch(DataStore.observe()),
          model: watch(DataStore.observe(Post)),
          id: watch(DataStore.observe(Post, a.id)),
          predicate: watch(DataStore.observe(Post, (m) => m.rating.gt(3))),
          instance: watch(DataStore.observe(a)),
          seat: watch(DataStore.observe(seat)),
          everything: watch(DataStore.observe(Post, Predicates.ALL)),
        };
        await DataStore.save(
          Post.copyOf(a, (draft) => {
            draft.title = 'A';
          }),
        );
        await DataStore.save(
          Post.copyOf(b, (draft) => {
            draft.title = 'B';
          }),
        );
        await DataStore.save(new Seat({ hall: 'h', place: '2' }));
        await DataStore.save(
          Seat.copyOf(seat, (draft) => {
            draft.taken = true;
          }),
        );
        await DataStore.delete(b);
        await until(() => watched.all.values.length >= 5);
        const shown = (seen) =>
          seen.values
            .map(({ opType, element, model }) => `${opType} ${model.name} ${element.title ?? element.place}`)
            .join();
        const [first] = watched.model.values;
        return [
          Object.fromEntries(Object.entries(watched).map(([name, seen]) => [name, shown(seen)])),
          [
            Object.keys(first).sort().join(),
            first.model === Post,
            first.element instanceof Post,
            Object.isFrozen(first.element),
            first.condition,
          ],
        ];
      }),
      [
        {
          all: 'UPDATE Post A,UPDATE Post B,INSERT Seat 2,UPDATE Seat 1,DELETE Post B',
          model: 'UPDATE Post A,UPDATE Post B,DELETE Post B',
          id: 'UPDATE Post A',
          predicate: 'UPDATE Post B,DELETE Post B',
          instance: 'UPDATE Post A',
          seat: 'UPDATE Seat 1',
          everything: 'UPDATE Post A,UPDATE Post B,DELETE Post B',
        },
        ['condition,element,model,opType', true, true, true, null],
      ],
    );
  });

  test('wrong arguments throw at once', async () => {
    const errors = await run(() => [
      thrown(() => DataStore.observe(Post, { id: 'x' })),
      thrown(() => DataStore.observe(undefined, 'x')),
      thrown(() => DataStore.observe('Post')),
      thrown(() => DataStore.observe(Post, () => 5)),
      thrown(() => DataStore.observe(class {})),
      thrown(() => DataStore.observeQuery(Place)),
      thrown(() => DataStore.observeQuery(Post, (m) => m.nothing.eq(1))),
    ]);
    assert.match(
      errors[0],
      /^bad_request: Object literal syntax cannot be used with observe\. Use a predicate instead: https:/,
    );
    assert.equal(errors[1], 'bad_request: Cannot provide criteria without a modelConstructor');
    assert.equal(errors[2], 'bad_request: The model is not an instance of a PersistentModelConstructor');
    assert.match(errors[3], /^bad_request: Invalid predicate\. Terminate/);
    assert.equal(errors[4], 'bad_request: The model is not an instance of a PersistentModelConstructor');
    assert.equal(errors[5], 'bad_request: Constructor is not for a valid model');
    assert.equal(errors[6], 'bad_request: Invalid field for model. field: nothing, model: Post');
  });

  test('subscribing right before a save hears it; unsubscribing ends it; each subscription is its own', async () => {
    assert.deepEqual(
      await run(async () => {
        const stream = DataStore.observe(Post);
        const [one, two] = [watch(stream), watch(stream)];
        await DataStore.save(new Post({ title: 'a' }));
        await until(() => one.values.length && two.values.length);
        one.unsubscribe();
        one.unsubscribe();
        await DataStore.save(new Post({ title: 'b' }));
        await until(() => two.values.length === 2);
        const none = watch(DataStore.observe(Post));
        none.unsubscribe();
        const three = watch(stream);
        await DataStore.save(new Post({ title: 'c' }));
        await until(() => three.values.length);
        two.unsubscribe();
        three.unsubscribe();
        return [one, two, three, none].map((seen) => [
          seen.values.map(({ element }) => element.title).join(''),
          seen.errors,
          seen.completed,
        ]);
      }),
      [
        ['a', [], 0],
        ['abc', [], 0],
        ['c', [], 0],
        ['', [], 0],
      ],
    );
  });

  test('the form with three functions; an observer without functions', async () => {
    assert.deepEqual(
      await run(async () => {
        const seen = [];
        const subscription = DataStore.observe(Post).subscribe(
          (change) => seen.push(change.opType),
          () => seen.push('error'),
          () => seen.push('complete'),
        );
        const empty = DataStore.observe(Post).subscribe({});
        await DataStore.save(new Post({ title: 'a' }));
        await until(() => seen.length);
        const open = subscription.closed;
        subscription.unsubscribe();
        empty.unsubscribe();
        return [seen, open, subscription.closed];
      }),
      [['INSERT'], false, true],
    );
  });

  test("an observer's error is the page's: others go on, so does the observer", async () => {
    page.complaints.length = 0;
    assert.deepEqual(
      await run(async () => {
        let calls = 0;
        const bad = DataStore.observe(Post).subscribe(() => {
          calls++;
          throw new Error('a mistake in an observer');
        });
        const unlisten = Hub.listen('datastore', () => {
          throw new Error('a mistake in a listener');
        });
        const good = watch(DataStore.observe(Post));
        await DataStore.save(new Post({ title: 'a' }));
        await DataStore.save(new Post({ title: 'b' }));
        await until(() => good.values.length === 2);
        bad.unsubscribe();
        good.unsubscribe();
        unlisten();
        return calls;
      }),
      2,
    );
    assert.ok(
      page.complaints.some((text) => text.includes('a mistake in an observer')),
      'the console tells of it',
    );
    page.complaints.length = 0;
  });

  test('observeQuery: a first result, then one for each change, sorted, without what left', async () => {
    assert.deepEqual(
      await run(async () => {
        const seen = watch(DataStore.observeQuery(Post, (m) => m.rating.gt(0), { sort: (s) => s.title('DESCENDING') }));
        await until(() => seen.values.length === 1);
        const [a] = await savedAll(
          new Post({ title: 'a', rating: 1 }),
          new Post({ title: 'c', rating: 1 }),
          new Post({ title: 'b', rating: 1 }),
          new Post({ title: 'x', rating: 0 }),
        );
        await DataStore.save(
          Post.copyOf(a, (draft) => {
            draft.title = 'd';
          }),
        );
        await DataStore.save(
          Post.copyOf(await DataStore.query(Post, a.id), (draft) => {
            draft.rating = 0;
          }),
        );
        await DataStore.delete(Post, (m) => m.title.eq('b'));
        const text = ({ items }) => items.map((one) => one.title).join('');
        await until(() => text(seen.values.at(-1)) === 'c');
        const [first] = seen.values;
        seen.unsubscribe();
        return [
          text(first),
          first.isSynced,
          new Set(seen.values.map(text)).has('dcb'),
          seen.values.every((one) => one.isSynced === false),
          seen.values.at(-1).items[0] instanceof Post,
        ];
      }),
      ['', false, true, true, true],
    );
  });

  test('observeQuery without a sort keeps the order of saving; unchanged rows stay the same objects', async () => {
    assert.deepEqual(
      await run(async () => {
        await savedAll(new Post({ title: 'b' }), new Post({ title: 'a' }));
        const seen = watch(DataStore.observeQuery(Post));
        await until(() => seen.values.length);
        await DataStore.save(new Post({ title: 'c' }));
        await until(() => seen.values.at(-1).items.length === 3);
        const [before, after] = [seen.values[0].items, seen.values.at(-1).items];
        const early = watch(DataStore.observeQuery(Seat));
        await DataStore.save(new Seat({ hall: '#', place: '\\' }));
        await until(() => early.values.at(-1)?.items[0]?.place === '\\');
        seen.unsubscribe();
        early.unsubscribe();
        return [before.map((one) => one.title), after.map((one) => one.title), before[0] === after[0], before.length];
      }),
      [['b', 'a'], ['b', 'a', 'c'], true, 2],
    );
  });

  test('observeQuery takes what query() takes: an id, key fields, a page', async () => {
    assert.deepEqual(
      await run(async () => {
        const posts = await savedAll(...'bdac'.split('').map((title) => new Post({ title })));
        const seats = await savedAll(new Seat({ hall: 'h', place: '1' }), new Seat({ hall: 'h', place: '2' }));
        const sort = (s) => s.title('ASCENDING');
        const forms = {
          id: [Post, posts[0].id],
          key: [Post, { id: posts[1].id }],
          composite: [Seat, { hall: 'h', place: '2' }],
          nobody: [Post, 'nobody'],
          empty: [Post, ''],
          first: [Post, null, { sort, limit: 2 }],
          second: [Post, Predicates.ALL, { sort, limit: 2, page: 1 }],
          some: [Post, (m) => m.title.gt('a'), { limit: 2 }],
          beyond: [Post, undefined, { limit: 3, page: 7 }],
          unlimited: [Post, undefined, { limit: 0, page: 1 }],
        };
        const seen = Object.fromEntries(
          Object.entries(forms).map(([name, args]) => [name, watch(DataStore.observeQuery(...args))]),
        );
        const shown = (items) => items.map((one) => one.title ?? `${one.place}${one.taken ? '+' : ''}`).join('');
        const agree = async () => {
          for (const [name, args] of Object.entries(forms)) {
            const wanted = shown([(await DataStore.query(...args)) ?? []].flat());
            await until(() => seen[name].values.length > 0 && shown(seen[name].values.at(-1).items) === wanted);
          }
          return Object.values(seen)
            .map((one) => shown(one.values.at(-1).items))
            .join(' ');
        };
        const results = [await agree()];
        await DataStore.save(
          Post.copyOf(posts[0], (draft) => {
            draft.title = 'e';
          }),
        );
        await DataStore.save(
          Seat.copyOf(seats[1], (draft) => {
            draft.taken = true;
          }),
        );
        results.push(await agree());
        await DataStore.delete(posts[2]);
        await DataStore.delete(Seat, { hall: 'h', place: '2' });
        results.push(await agree());
        const told = seen.id.values.length;
        for (const one of Object.values(seen)) one.unsubscribe();
        return [
          results,
          told,
          ['x', 1.5, -1].map((limit) => thrown(() => DataStore.observeQuery(Post, null, { limit }))),
        ];
      }),
      [
        ['b d 2   ab cd bd  bdac', 'e d 2+   ac de ed  edac', 'e d    cd e ed  edc'],
        2,
        [
          'bad_request: Limit should be a number',
          'bad_request: Limit should be a number',
          "bad_request: Limit can't be negative",
        ],
      ],
    );
  });

  test('stop() and start(): observers go on', async () => {
    assert.deepEqual(
      await run(async () => {
        const [changes, live] = [watch(DataStore.observe(Post)), watch(DataStore.observeQuery(Post))];
        await DataStore.save(new Post({ title: 'a' }));
        await until(() => changes.values.length === 1 && live.values.at(-1)?.items.length === 1);
        await DataStore.stop();
        await DataStore.stop();
        await DataStore.start();
        await DataStore.save(new Post({ title: 'b' }));
        await until(() => changes.completed || (changes.values.length === 2 && live.values.at(-1).items.length === 2));
        const result = [
          changes.values.map(({ element }) => element.title),
          changes.completed,
          changes.errors,
          live.completed,
        ];
        changes.unsubscribe();
        live.unsubscribe();
        return result;
      }),
      [['a', 'b'], 0, [], 0],
    );
  });

  test('clear(): a live query is empty afterwards, and goes on', async () => {
    assert.deepEqual(
      await run(async () => {
        await savedAll(new Post({ title: 'a' }), new Post({ title: 'b' }));
        const [changes, live] = [watch(DataStore.observe(Post)), watch(DataStore.observeQuery(Post))];
        await until(() => live.values.at(-1)?.items.length === 2);
        await DataStore.clear();
        const cleared = [
          (await DataStore.query(Post)).length,
          (await DataStore.outbox.list()).filter((one) => one.state !== 'parked').length,
        ];
        await DataStore.save(new Post({ title: 'c' }));
        await until(
          () =>
            live.completed ||
            live.values
              .at(-1)
              .items.map((one) => one.title)
              .join('') === 'c',
        );
        await until(() => changes.completed || changes.values.some(({ element }) => element.title === 'c'));
        const result = [cleared, live.completed, live.errors, changes.completed, changes.errors];
        changes.unsubscribe();
        live.unsubscribe();
        return result;
      }),
      [[0, 0], 0, [], 0, []],
    );
  });

  test('calls and observers that come while stop() or clear() is under way wait for it', async () => {
    assert.deepEqual(
      await run(async () => {
        await DataStore.start();
        const results = [];
        for (const operation of ['stop', 'clear']) {
          const closing = DataStore[operation]();
          await Promise.resolve();
          const observed = watch(DataStore.observe(Post));
          const live = watch(DataStore.observeQuery(Post));
          const [before, saved] = await Promise.all([
            DataStore.query(Post),
            DataStore.save(new Post({ title: operation })),
            DataStore.start(),
            closing,
          ]);
          await until(
            () => observed.values.length === 1 && live.values.at(-1)?.items.some((one) => one.id === saved.id),
          );
          results.push([before.length, (await DataStore.query(Post)).length, observed.errors, live.errors]);
          observed.unsubscribe();
          live.unsubscribe();
        }
        return results;
      }),
      [
        [0, 1, [], []],
        [0, 1, [], []],
      ],
    );
  });
});
