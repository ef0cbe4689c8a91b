// delete(): its ways, its conditions, its cascades and its messages.
// run() runs a function in the page of the suite.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

export const deletes = (run) =>
  describe('delete', () => {
    test('by instance, id, key, predicate and all: what each gives', async () => {
      assert.deepEqual(
        await run(async () => {
          const [a, b, c] = await savedAll(...['a', 'b', 'c', 'd', 'e', 'f'].map((title) => new Post({ title })));
          const seat = await DataStore.save(new Seat({ hall: 'h', place: '1' }));
          const titles = (list) => list.map((one) => one.title ?? one.place);
          const absent = new Post({ title: 'never saved' });
          return [
            (await DataStore.delete(a)) === a,
            titles(await DataStore.delete(Post, b.id)),
            titles(await DataStore.delete(Post, b.id)),
            await DataStore.delete(Post, 'nowhere'),
            titles(await DataStore.delete(Post, { id: c.id })),
            titles(await DataStore.delete(Seat, { hall: 'h', place: '1' })),
            await DataStore.delete(Seat, { hall: 'h', place: '2' }),
            titles(await DataStore.delete(Post, (m) => m.title.eq('d'))),
            titles(await DataStore.delete(Post, Predicates.ALL)).sort(),
            await DataStore.delete(Post, Predicates.ALL),
            await DataStore.query(Post),
            (await DataStore.delete(absent)) === absent,
            seat.place,
          ];
        }),
        [true, ['b'], [], [], ['c'], ['1'], [], ['d'], ['e', 'f'], [], [], true, '1'],
      );
    });

    test('the messages', async () => {
      const errors = await run(async () => {
        const post = await DataStore.save(new Post({ title: 'a' }));
        return Promise.all(
          [
            () => DataStore.delete(),
            () => DataStore.delete(Post),
            () => DataStore.delete(post, 'x'),
            () => DataStore.delete({ id: post.id }),
            () => DataStore.delete(Seat, 'x'),
            () => DataStore.delete(Post, 5),
            () => DataStore.delete(Post, () => 5),
            () => DataStore.delete(class {}, 'x'),
            () => DataStore.delete(post, (m) => m.comments.content.eq('x')),
          ].map(rejected),
        );
      });
      assert.deepEqual(errors.slice(0, 4), [
        'bad_request: Model or Model Constructor required',
        'bad_request: Id to delete or criteria required. Do you want to delete all? Pass Predicates.ALL',
        'bad_request: Invalid criteria',
        'invalid_value: Object is not an instance of a valid model',
      ]);
      assert.match(
        errors[4],
        /^bad_request: Models with composite primary keys cannot be deleted by a single key value, unless using a predicate\. Use object literal syntax for composite keys instead: https:/,
      );
      assert.deepEqual(errors.slice(5), [
        'bad_request: Criteria required. Do you want to delete all? Pass Predicates.ALL',
        "bad_request: Invalid predicate. Terminate your predicate with a valid condition (e.g., `p => p.field.eq('value')`) or pass `Predicates.ALL`.",
        'invalid_value: Object is not an instance of a valid model',
        'bad_request: Predication on releated models is not supported in this context. The server evaluates it as well, and its filters know one model: compare fields of Post itself instead of comments, for example the foreign key.',
      ]);
    });

    test('a failing condition keeps the row', async () => {
      assert.deepEqual(
        await run(async () => {
          const post = await DataStore.save(new Post({ title: 'a' }));
          const error = await rejected(() => DataStore.delete(post, (m) => m.title.eq('b')));
          const kept = (await DataStore.query(Post)).length;
          await DataStore.delete(post, (m) => m.title.eq('a'));
          return [error, kept, (await DataStore.query(Post)).length];
        }),
        ['condition_failed: Conditional update failed', 1, 0],
      );
    });

    test('takes children along, children first', async () => {
      assert.deepEqual(
        await run(async () => {
          const cover = await DataStore.save(new Cover({ image: 'i' }));
          const blog = await DataStore.save(new Blog({ name: 'b' }));
          const [other] = await savedAll(new Blog({ name: 'other' }));
          const [post] = await savedAll(
            new Post({ title: 'p', blog, cover }),
            new Post({ title: 'stays', blog: other }),
          );
          await savedAll(new Comment({ content: 'c1', post }), new Comment({ content: 'c2', post }));
          const seen = watch(DataStore.observe());
          const deleted = await DataStore.delete(blog);
          await until(() => seen.values.length >= 5);
          seen.unsubscribe();
          const order = seen.values.map(({ opType, model }) => `${opType} ${model.name}`);
          return [
            deleted === blog,
            order.sort().join(),
            seen.values.map((one) => one.model.name).at(-1),
            order.length,
            seen.values.findIndex((one) => one.model === Comment) < seen.values.findIndex((one) => one.model === Post),
            (await DataStore.query(Comment)).length,
            (await DataStore.query(Post)).map((one) => one.title),
            (await DataStore.query(Blog)).length,
          ];
        }),
        [true, 'DELETE Blog,DELETE Comment,DELETE Comment,DELETE Cover,DELETE Post', 'Blog', 5, true, 0, ['stays'], 1],
      );
    });
  });
