// save(): what it gives, refuses, tells and queues.
// run() runs a function in the page of the suite.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

const integrity =
  /^missing_parent: Data integrity error\. You tried to save a Post \(.*\) but the instance assigned to the "blog" property does not exist in the local database\. If you're trying to create the related "Blog", you must save it independently first\./;

export const saves = (run) =>
  describe('save', () => {
    test('starts by itself, and gives an equal, new, frozen instance', async () => {
      assert.deepEqual(
        await run(async () => {
          const post = new Post({ title: 'a' });
          const saved = await DataStore.save(post);
          const found = await DataStore.query(Post, post.id);
          return [
            saved !== post,
            found !== saved,
            JSON.stringify(saved) === JSON.stringify(found),
            Object.isFrozen(saved),
            saved instanceof Post,
            post.rating,
            saved.rating,
            found.rating,
            found.createdAt,
            found.title,
          ];
        }),
        [true, true, true, true, true, null, null, null, null, 'a'],
      );
    });

    test('every type comes back as it was given', async () => {
      const init = {
        text: 'quotes " \' ` \\ / \u0000 \u2028 \ud83e\udd5d \u00e9',
        optional: '',
        whole: -2147483648,
        ratio: 0.1,
        flag: false,
        json: { a: [1, null, 'x'] },
        day: '2026-01-31',
        time: '12:30',
        at: '2026-01-31T12:30:00.000Z',
        stamp: 1767225600,
        mail: 'a@b.example',
        url: 'https://a.example/',
        phone: '+49 30 123',
        ip: '10.0.0.1',
        status: 'LIVE',
        statuses: ['LIVE', null],
        place: { city: 'Rome', zip: 1, extra: { b: 2 } },
        places: [{ city: 'Oslo' }],
        words: ['\ud83e\udd5d'],
        needed: [null, ''],
        mails: [],
      };
      const [saved, jsons] = await run(async (given) => {
        const { id } = await DataStore.save(new Value(given));
        const row = await DataStore.query(Value, id);
        const jsons = [];
        for (const json of [[], [1, [null]], {}, { a: { b: null } }, { c: '"\\' }]) {
          const one = await DataStore.save(new Value({ text: 'a', needed: [], json: JSON.stringify(json) }));
          jsons.push([json, (await DataStore.query(Value, one.id)).json]);
        }
        return [plain(row), jsons];
      }, init);
      for (const [name, value] of Object.entries(init)) assert.deepEqual(saved[name], value, name);
      for (const [given, read] of jsons) assert.deepEqual(read, given);
    });

    test('ids of any text; a huge text', async () => {
      assert.deepEqual(
        await run(async () => {
          const ids = [
            '\ud83e\udd5d',
            'a#b',
            'a\\',
            '\\#',
            '"\'',
            ' ',
            '__proto__',
            'constructor',
            'a'.repeat(300),
            '\u00e9/?%',
            '0',
            'null',
          ];
          for (const id of ids) await DataStore.save(new Tag({ id, label: id }));
          const parts = [
            ['a#', 'b'],
            ['a', '#b'],
            ['a\\', '#b'],
            ['a\\#', 'b'],
            ['\ud83e\udd5d', '\u00e9'],
          ];
          for (const [hall, place] of parts) await DataStore.save(new Seat({ hall, place, taken: true }));
          const wrong = [];
          for (const id of ids) if ((await DataStore.query(Tag, id))?.label !== id) wrong.push(id);
          for (const [hall, place] of parts) {
            const seat = await DataStore.query(Seat, { hall, place });
            if (seat?.hall !== hall || seat.place !== place) wrong.push(hall + place);
          }
          const big = await DataStore.save(new Post({ title: '\ud83e\udd5d'.repeat(50_000) }));
          return [
            wrong,
            (await DataStore.query(Tag)).length,
            (await DataStore.query(Seat)).length,
            (await DataStore.query(Post, big.id)).title.length,
          ];
        }),
        [[], 12, 5, 100_000],
      );
    });

    test('the same key twice is one row: an insert, then an update', async () => {
      assert.deepEqual(
        await run(async () => {
          const seen = watch(DataStore.observe(Tag));
          await DataStore.save(new Tag({ id: 'x', label: '1' }));
          await DataStore.save(new Tag({ id: 'x', label: '2' }));
          await until(() => seen.values.length === 2);
          seen.unsubscribe();
          return [
            seen.values.map(({ opType, element }) => [opType, element.label]),
            (await DataStore.query(Tag)).length,
          ];
        }),
        [
          [
            ['INSERT', '1'],
            ['UPDATE', '2'],
          ],
          1,
        ],
      );
    });

    test('what is no instance of a model is refused', async () => {
      const errors = await run(() =>
        Promise.all(
          [
            { title: 'a' },
            null,
            undefined,
            'x',
            Post,
            new Place({ city: 'a' }),
            new (class Post {
              id = 'x';
            })(),
          ].map((one) => rejected(() => DataStore.save(one))),
        ),
      );
      for (const error of errors) assert.equal(error, 'invalid_value: Object is not an instance of a valid model');
    });

    test('a parent that is not there', async () => {
      const [error, wrong] = await run(async () => [
        await rejected(() => DataStore.save(new Post({ title: 'a', blog: new Blog({ name: 'b' }) }))),
        await DataStore.query(Post),
      ]);
      assert.match(error, integrity);
      assert.deepEqual(wrong, []);
    });

    test('a condition counts when there is a row, and only then', async () => {
      assert.deepEqual(
        await run(async () => {
          const post = await DataStore.save(new Post({ title: 'a', rating: 1 }), (m) => m.rating.gt(5));
          const copy = Post.copyOf(post, (draft) => void (draft.rating = 2));
          const refused = await rejected(() => DataStore.save(copy, (m) => m.rating.gt(5)));
          const kept = (await DataStore.query(Post, post.id)).rating;
          await DataStore.save(copy, (m) => m.and((m) => [m.rating.eq(1), m.title.beginsWith('a')]));
          return [
            post.title,
            refused,
            kept,
            (await DataStore.query(Post, post.id)).rating,
            await rejected(() => DataStore.save(copy, 'x')),
            await rejected(() => DataStore.save(copy, (m) => m.blog.name.eq('x'))),
          ];
        }),
        [
          'a',
          'condition_failed: Conditional update failed',
          1,
          2,
          "bad_request: Invalid predicate. Terminate your predicate with a valid condition (e.g., `p => p.field.eq('value')`) or pass `Predicates.ALL`.",
          'bad_request: Predication on releated models is not supported in this context. The server evaluates it as well, and its filters know one model: compare fields of Post itself instead of blog, for example the foreign key.',
        ],
      );
    });

    test('an unchanged copy tells nobody and queues nothing', async () => {
      assert.deepEqual(
        await run(async () => {
          const value = await DataStore.save(new Value({ text: 'a', json: { a: 1 }, needed: ['x'] }));
          const seen = watch(DataStore.observe(Value));
          await DataStore.save(Value.copyOf(value, () => {}));
          await DataStore.save(
            Value.copyOf(value, (draft) => {
              draft.json = { a: 1 };
              draft.needed = ['x'];
            }),
          );
          await DataStore.save(value);
          const before = (await DataStore.outbox.list()).length;
          await DataStore.save(new Value({ text: 'mark', needed: [] }));
          await until(() => seen.values.length > 0);
          seen.unsubscribe();
          return [seen.values.map(({ element }) => element.text), before];
        }),
        [['mark'], 1],
      );
    });

    test('a copy of a copy holds both changes; an old copy does not undo newer fields of others', async () => {
      assert.deepEqual(
        await run(async () => {
          const post = await DataStore.save(new Post({ title: 'a', rating: 1 }));
          const one = Post.copyOf(post, (draft) => void (draft.title = 'b'));
          await DataStore.save(Post.copyOf(one, (draft) => void (draft.rating = 2)));
          const both = await DataStore.query(Post, post.id);
          return [both.title, both.rating, post.title, one.rating];
        }),
        ['b', 2, 'a', 1],
      );
    });

    test('a copy of a record that is gone is saved whole', async () => {
      assert.deepEqual(
        await run(async () => {
          const post = await DataStore.save(new Post({ title: 'a', rating: 3 }));
          await DataStore.delete(Post, post.id);
          await DataStore.save(Post.copyOf(post, (draft) => void (draft.title = 'b')));
          const copied = await DataStore.query(Post, post.id);
          await DataStore.delete(Post, post.id);
          await DataStore.save(copied);
          const again = await DataStore.query(Post, post.id);
          return [
            [copied.title, copied.rating],
            [again.title, again.rating],
          ];
        }),
        [
          ['b', 3],
          ['b', 3],
        ],
      );
    });

    test('500 at once', async () => {
      assert.deepEqual(
        await run(async () => {
          const seen = watch(DataStore.observe(Post));
          const saved = await Promise.all(
            Array.from({ length: 500 }, (_, n) => DataStore.save(new Post({ title: `${n}`, rating: n }))),
          );
          await until(() => seen.values.length >= 500);
          const rows = await DataStore.query(Post);
          await DataStore.delete(Post, Predicates.ALL);
          seen.unsubscribe();
          return [
            new Set(saved.map((one) => one.id)).size,
            rows.every((row, n) => row.rating === n),
            rows.length,
            new Set(seen.values.map((one) => one.element.id)).size,
          ];
        }),
        [500, true, 500, 500],
      );
    });

    test('a save has resolved when its observers hear of it', async () => {
      assert.deepEqual(
        await run(async () => {
          const order = [];
          const heard = new Promise((resolve) => {
            const end = DataStore.observe(Post).subscribe(({ opType }) => {
              order.push(opType);
              if (opType === 'DELETE') resolve(end.unsubscribe());
            });
          });
          const live = DataStore.observeQuery(Post).subscribe(({ items }) => order.push(`${items.length} there`));
          await until(() => order.length === 1);
          const post = await DataStore.save(new Post({ title: 'a' }));
          await null; // and what an app does at once with what it saved
          order.push('saved');
          await until(() => order.length === 4);
          await DataStore.delete(post);
          order.push('deleted');
          await heard;
          live.unsubscribe();
          return order.filter((what) => !what.endsWith('there'));
        }),
        ['saved', 'INSERT', 'deleted', 'DELETE'],
      );
    });
  });
