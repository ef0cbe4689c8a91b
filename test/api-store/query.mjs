// query(): by key, sorted and paged, and its messages.
// run() runs a function in the page of the suite.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

export const queries = (run) =>
  describe('query', () => {
    test('by id and key; what is not there; the messages', async () => {
      assert.deepEqual(
        await run(async () => {
          await savedAll(new Country({ code: 'it', name: 'Italia' }), new Seat({ hall: 'h', place: '1' }));
          return [
            (await DataStore.query(Country, 'it')).name,
            (await DataStore.query(Country, { code: 'it' })).name,
            (await DataStore.query(Country, 'xx')) ?? 'undefined',
            (await DataStore.query(Seat, { hall: 'h', place: '1' })).place,
            (await rejected(() => DataStore.query(Seat, 'h'))).split(':')[1],
            await rejected(() => DataStore.query('Post')),
            await rejected(() => DataStore.query()),
            await rejected(() => DataStore.query(Place)),
            (await DataStore.query(Country, '')) ?? 'undefined',
            (await DataStore.query(Country, null)).length,
            (await DataStore.query(Country, Predicates.ALL)).length,
            (await DataStore.query(Country, (m) => m)).length,
            await rejected(() => DataStore.query(Country, () => {})),
            await rejected(() => DataStore.query(Country, (m) => m.nothing.eq(1))),
            await rejected(() => DataStore.query(Seat, { hall: 'h' })),
          ];
        }),
        [
          'Italia',
          'Italia',
          'undefined',
          '1',
          ' Models with composite primary keys cannot be queried by a single key value. Use object literal syntax for composite keys instead',
          'bad_request: Constructor is not for a valid model',
          'bad_request: Constructor is not for a valid model',
          'bad_request: Constructor is not for a valid model',
          'undefined',
          1,
          1,
          1,
          "bad_request: Invalid predicate. Terminate your predicate with a valid condition (e.g., `p => p.field.eq('value')`) or pass `Predicates.ALL`.",
          'bad_request: Invalid field for model. field: nothing, model: Country',
          'bad_request: The key field place of Seat is missing or empty.',
        ],
      );
    });

    test('paging and sorting; without a sort, in the order of saving', async () => {
      assert.deepEqual(
        await run(async () => {
          const rows = [
            ['c', 2],
            ['a', 1],
            ['b', 2],
            ['e', null],
            ['d', 1],
          ];
          for (const [title, rating] of rows) await DataStore.save(new Post({ title, rating }));
          await DataStore.save(Post.copyOf((await DataStore.query(Post))[0], (draft) => void (draft.title = 'C')));
          const titles = async (...args) => (await DataStore.query(Post, ...args)).map((one) => one.title).join('');
          const two = (s) => s.rating(SortDirection.DESCENDING).title('ASCENDING');
          return [
            await titles(),
            await titles(Predicates.ALL, { sort: two }),
            await titles(null, { sort: two, page: 1, limit: 2 }),
            await titles(null, { sort: two, page: 2, limit: 2 }),
            await titles(null, { sort: two, page: 3, limit: 2 }),
            await titles(null, { limit: 0 }),
            await titles(null, { page: 0, limit: 1 }),
            await titles((m) => m.title.eq('a'), { page: 1, limit: 1 }),
            await titles((m) => m.rating.ge(1), { limit: 2 }),
          ];
        }),
        ['Cabed', 'Cbade', 'ad', 'e', '', 'Cabed', 'C', '', 'Ca'],
      );
    });

    test('paging and sorting: the messages', async () => {
      assert.deepEqual(
        await run(() =>
          Promise.all(
            [
              { page: 1 },
              { page: 'a', limit: 1 },
              { page: -1, limit: 1 },
              { limit: 'a' },
              { limit: -1 },
              { sort: (s) => s.nothing('ASCENDING') },
              { sort: (s) => s.title('UP') },
            ].map((options) => rejected(() => DataStore.query(Post, null, options))),
          ),
        ),
        [
          'Limit is required when requesting a page',
          'Page should be a number',
          "Page can't be negative",
          'Limit should be a number',
          "Limit can't be negative",
          'Invalid field for model. field: nothing, model: Post',
          'The sort direction of title must be ASCENDING or DESCENDING, not UP.',
        ].map((message) => `bad_request: ${message}`),
      );
    });
  });
