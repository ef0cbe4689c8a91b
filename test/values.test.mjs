// Values at every station: random values of every scalar are constructed, saved, read from the disk,
// sent, stored by the server, received by a second device, queried there by predicates, and sent on by it.
// TEST_SEED=... repeats a run.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openApi, schema, serveApi } from './harness/api.mjs';
import { openProfile } from './harness/chromium.mjs';
import { ask } from './harness/graphql.mjs';
import { apiKey, startServer } from './harness/server.mjs';
import { until } from './harness/until.mjs';
import { inOneText, one, random, shown, value } from './harness/values.mjs';

const records = 60;
const stored =
  'id text optional whole ratio flag json day time at stamp mail url phone ip status statuses place { city zip extra } places { city zip extra } words needed mails jsons';

describe(`values at every station, TEST_SEED=${random.seed}`, () => {
  test('random values of every scalar arrive as they are', async (t) => {
    const server = await startServer(t, { schema });
    const site = await serveApi(t, server.folder);
    const settings = { endpoint: server.endpoint, apiKey };
    const open = async () => {
      const context = await openProfile(t);
      const app = await openApi(t, site, { context });
      await app.run(async (config) => {
        await DataStore.configure(config);
        await DataStore.start();
      }, settings);
      return app;
    };
    const [here, there] = [await open(), await open()];
    const drained = (app) =>
      until('the outbox is empty', () => app.run(async () => (await DataStore.outbox.list()).length === 0));
    const given = Object.fromEntries(Array.from({ length: records }, (_, i) => [i, value()]));
    const equal = (station, got, wanted) => {
      for (const [name, expected] of Object.entries(wanted)) {
        assert.deepEqual(
          got[name],
          expected,
          `${station}: ${name} of ${JSON.stringify(wanted)}, TEST_SEED=${random.seed}`,
        );
      }
    };

    // Construct and save. What crosses from the page is what JSON makes of it, on both sides of a comparison.
    const ids = {};
    for (const [name, init] of Object.entries(given)) {
      const [made, saved] = await here.run(
        async (fields) => {
          const made = new Value(fields);
          return [made, await DataStore.save(made)].map((each) => ({ ...each }));
        },
        one(init, inOneText(init)),
      );
      equal('constructed', made, shown(init));
      equal('saved', saved, shown(init));
      ids[name] = saved.id;
    }
    await drained(here);

    const all = (app) =>
      app.run(async () => Object.fromEntries((await DataStore.query(Value)).map((each) => [each.id, { ...each }])));
    const atServer = async (name) =>
      (await ask(server, `query ($id: ID!) { getValue(id: $id) { ${stored} } }`, { id: ids[name] })).getValue;
    await here.page.reload(); // the engine of this device ends, and another reads the disk
    await here.page.waitForFunction(() => window.apiLoaded);
    await here.run((config) => DataStore.configure(config), settings);
    const disk = await all(here);
    for (const name of Object.keys(given)) {
      equal('disk', disk[ids[name]], shown(given[name]));
      equal('server', await atServer(name), given[name]);
    }

    const arrived = await until('the second device has them', async () => {
      const found = await all(there);
      return Object.keys(found).length === records && found;
    });
    for (const name of Object.keys(given)) equal('second device', arrived[ids[name]], shown(given[name]));

    // Queries: each value finds its record, and nothing else is said of it.
    const wrong = await there.run(
      async ([values, keys]) => {
        const scalars = [
          'text',
          'optional',
          'whole',
          'ratio',
          'flag',
          'json',
          'day',
          'time',
          'at',
          'stamp',
          'mail',
          'url',
          'phone',
          'ip',
          'status',
        ];
        const wrong = [];
        for (const [name, init] of Object.entries(values)) {
          for (const field of scalars) {
            const found = async (condition) =>
              (await DataStore.query(Value, (v) => v.and((v) => [v.id.eq(keys[name]), condition(v[field])]))).length;
            const counts = [
              await found((f) => f.eq(init[field])),
              await found((f) => f.ne(init[field])),
              await found((f) => f.in([init[field], 'no such value'])),
              await found((f) => f.notIn([init[field]])),
            ];
            if (typeof init[field] === 'number') {
              counts.push(
                await found((f) => f.between(init[field], Infinity)),
                await found((f) => f.lt(init[field])),
                await found((f) => f.le(init[field])),
                await found((f) => f.gt(Infinity)),
              );
            }
            if (counts.join() !== (counts.length > 4 ? '1,0,1,0,1,0,1,0' : '1,0,1,0'))
              wrong.push([field, init[field], counts]);
          }
        }
        return wrong;
      },
      [given, ids],
    );
    assert.deepEqual(wrong, [], `TEST_SEED=${random.seed}`);

    // The second device changes one field, in some records inside of an embedded type; the rest stays.
    await there.run(async () => {
      for (const value of await DataStore.query(Value)) {
        await DataStore.save(
          Value.copyOf(value, (draft) => {
            draft.whole = 7;
            if (draft.place) draft.place.zip = 8;
            if (draft.places) draft.places.unshift({ city: 'new' });
          }),
        );
      }
    });
    await drained(there);
    for (const name of Object.keys(given)) {
      const { place, places } = given[name];
      equal('sent on', await atServer(name), {
        ...given[name],
        whole: 7,
        place: place && { ...place, zip: 8 },
        places: places && [{ city: 'new', zip: null, extra: null }, ...places],
      });
    }
  });

  test('what the server would refuse is refused at once; held under loose checks, a correction goes by itself', async (t) => {
    const server = await startServer(t, { schema });
    const { run } = await openApi(t, await serveApi(t, server.folder));
    await run(
      async (config) => {
        window.failed = [];
        await DataStore.configure({ ...config, errorHandler: (error) => failed.push(error.code) });
        await DataStore.start();
      },
      { endpoint: server.endpoint, apiKey },
    );
    const refusals = await run(async () => {
      const bad = {
        at: '2026-01-31T12:30',
        day: '2026-02-30',
        phone: '12345',
        status: 'OTHER',
        whole: Date.now(),
        optional: 'half \ud83d',
        place: { city: 'a', zap: 1 },
        mails: ['a@b', 'x'],
        places: [{ zip: 1 }],
        words: ['\ude00'],
        ratio: Infinity,
        flag: NaN,
        json: { a: NaN },
        stamp: 2 ** 63,
      };
      const all = Object.entries(bad).map(([name, value]) =>
        thrown(() => new Value({ text: 'a', needed: [], [name]: value })),
      );
      for (const whole of [2 ** 31, 1.5])
        all.push(
          thrown(() =>
            Value.copyOf(new Value({ text: 'a' }), (draft) => {
              draft.whole = whole;
            }),
          ),
        );
      return [
        ...all,
        await rejected(DataStore.save(new Value({ text: 'a' }))),
        await rejected(DataStore.save(new Value({ needed: [] }))),
      ];
    });
    for (const refusal of refusals) assert.match(refusal, /^invalid_value: (Field|All elements in the) /);
    assert.deepEqual(await run(() => DataStore.outbox.list()), []);

    const [state, id] = await run(async () => {
      await DataStore.configure({ validate: 'loose' });
      const { id } = await DataStore.save(new Value({ text: 'a', needed: [], phone: '12345' }));
      const state = await until(async () => (await DataStore.outbox.list())[0]?.state === 'held' && 'held');
      await DataStore.save(
        Value.copyOf(await DataStore.query(Value, id), (draft) => {
          draft.phone = '555 123 4567';
        }),
      );
      await until(async () => (await DataStore.outbox.list()).length === 0);
      return [state, id];
    });
    assert.equal(state, 'held');
    assert.equal(
      (await ask(server, 'query ($id: ID!) { getValue(id: $id) { phone } }', { id })).getValue.phone,
      '555 123 4567',
    );
    assert.deepEqual(await run(() => failed), ['rejected']);
  });

  test('operands that JSON lacks delete, find and save nothing by mistake; conditions of any size work here', async (t) => {
    const { run } = await openApi(t, await serveApi(t));
    const seen = await run(async () => {
      for (const rating of [-5, 0, 7, null]) await DataStore.save(new Post({ title: `${rating}`, rating }));
      const titles = async (condition) =>
        (await DataStore.query(Post, condition, { sort: (s) => s.title('ASCENDING') }))
          .map((post) => post.title)
          .join();
      const post = await DataStore.query(Post, (p) => p.rating.eq(7)).then(([one]) => one);
      const refused = [
        await rejected(DataStore.delete(Post, (p) => p.rating.eq(Number('twelve')))),
        await rejected(DataStore.delete(Post, (p) => p.rating.eq(() => 1))),
        await rejected(DataStore.delete(Post, (p) => p.title.ne(Symbol('x')))),
        await rejected(DataStore.delete(Post, { id: NaN })),
        await rejected(
          DataStore.save(
            Post.copyOf(post, (draft) => {
              draft.rating = 8;
            }),
            (p) => p.rating.eq(NaN),
          ),
        ),
        thrown(() => DataStore.observe(Post, (p) => p.rating.gt(NaN))),
        thrown(() => DataStore.observeQuery(Post, (p) => p.rating.gt(5n))),
      ];
      const many = Array.from({ length: 1_000 }, (_, i) => i);
      return [
        refused,
        await titles((p) => p.rating.lt(Infinity)),
        await titles((p) => p.rating.between(0, Infinity)),
        await titles((p) => p.rating.gt(-Infinity)),
        await titles((p) => p.rating.eq(-0)),
        await titles((p) => p.rating.ne(Infinity)),
        await titles((p) => p.not((p) => p.rating.lt(Infinity))),
        await titles((p) => p.or((p) => many.map((n) => p.rating.eq(n)))),
        await titles((p) => p.and((p) => many.map((n) => p.rating.ne(n)))),
        await titles((p) => p.rating.in(many)),
        (await DataStore.query(Post)).length,
      ];
    });
    for (const refusal of seen[0]) assert.match(refusal, /^invalid_value: /);
    // null counts as 0, as in JavaScript.
    assert.deepEqual(seen.slice(1), [
      '-5,0,7,null',
      '0,7,null',
      '-5,0,7,null',
      '0',
      '-5,0,7,null',
      '',
      '0,7',
      '-5,null',
      '0,7',
      4,
    ]);
  });
});
