// Fields and models called like members of JavaScript objects, operators, promises and words of GraphQL.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { lifetime, openApi, serveApi } from './harness/api.mjs';
import { openProfile } from './harness/chromium.mjs';
import { apiKey, projectFolder, startServer } from './harness/server.mjs';
import { until } from './harness/until.mjs';

const fields =
  `toString toLocaleString valueOf hasOwnProperty isPrototypeOf propertyIsEnumerable then catch finally toJSON length name
  copyOf fromJSON key value type types id_ ID Id _id ids eq ne gt ge lt le between contains notContains beginsWith in notIn size all ALL And OR
  map filter forEach reduce push pop slice splice sort find keys values entries concat join includes indexOf at flat iterator next done return throw
  await async arguments callee caller apply call bind get set has add delete clear class new this super function var let const default export import
  null true false undefined NaN Infinity query mutation subscription fragment on input items limit nextToken startedAt condition
  model field fields record data error errors element opType isSynced promise subscribe unsubscribe Symbol symbol self window global
  version versions deleted owner groups createdAt_ typename rowid rowId oid select where from order index table primary`.split(
    /\s+/,
  );
const models =
  `Array Map Set Symbol Date Function Number Error Proxy Reflect JSON Math Record Name Length Then Key Value Type Constructor Prototype
  ToString And Or Not Class Default Window Self Hub Store`.split(/\s+/);
const sdl = `type Odd @model { id: ID!\n${fields.map((name) => `${name}: String`).join('\n')} }
  type Owner @model { toString: ID! @primaryKey\nvalueOf: [Child] @hasMany }
  type Child @model { id: ID!\nthen: Owner @belongsTo\nhasOwnProperty: Inner\ntoJSON: [String] }
  type Inner { toString: String\nconstructor_: Int\nvalueOf: AWSJSON }
  ${models.map((name) => `type ${name} @model { id: ID!\n${name[0].toLowerCase()}${name.slice(1)}_: String\nvalueOf: Int }`).join('\n')}`;

describe('odd names', () => {
  const t = lifetime();
  let server;
  let one;
  let two;
  before(async () => {
    const folder = projectFolder(t, { schema: 'api.graphql' });
    writeFileSync(join(folder, 'schema.graphql'), sdl);
    server = await startServer(t, { folder });
    const site = await serveApi(t, folder);
    [one, two] = await Promise.all([1, 2].map(async () => openApi(t, site, { context: await openProfile(t) })));
    for (const { run } of [one, two]) {
      await run(
        ([settings, names]) => {
          window.names = names;
          return DataStore.configure(settings)
            .then(() => DataStore.start())
            .then(() => {});
        },
        [{ endpoint: `${server.url}/graphql`, apiKey }, fields],
      );
      await until('it is ready', () => run(() => hub.some((event) => event.event === 'ready')));
    }
  });

  test('there are more than eighty', () => assert.ok(new Set(fields).size === fields.length && fields.length > 120));

  test('fields: constructed, saved, found, sorted, changed, observed, and the same on a second device', async () => {
    const wrong = await one.run(async () => {
      const { Odd } = models;
      const empty = await DataStore.save(new Odd({}));
      const row = await DataStore.save(new Odd(Object.fromEntries(names.map((name) => [name, `b ${name}`]))));
      const wrong = [];
      const check = (what, name, fine) => {
        if (!fine) wrong.push(`${what} ${name}`);
      };
      const live = watch(DataStore.observeQuery(Odd, row.id));
      const changes = watch(DataStore.observe(Odd, row.id));
      await until(() => live.values.length);
      const all = await DataStore.query(Odd);
      for (const name of names) {
        check('construct', name, row[name] === `b ${name}` && empty[name] === null);
        check(
          'query',
          name,
          all.find((each) => each.id === row.id)[name] === `b ${name}` &&
            all.find((each) => each.id === empty.id)[name] === null,
        );
        const found = await DataStore.query(Odd, (m) =>
          m.and((m) => [
            m[name].eq(`b ${name}`),
            m.or((m) => [m[name].beginsWith('b'), m.not((m) => m[name].ne(null))]),
          ]),
        );
        check('predicate', name, found.length === 1 && found[0].id === row.id);
        const sorted = await DataStore.query(Odd, null, { sort: (s) => s[name]('DESCENDING').id('ASCENDING') });
        check('sort', name, sorted.length === 2 && sorted[0].id === row.id);
        const copy = Odd.copyOf(row, (draft) => {
          draft[name] = 'z';
        });
        check(
          'copyOf',
          name,
          copy[name] === 'z' &&
            row[name] === `b ${name}` &&
            names.every((other) => other === name || copy[other] === row[other]),
        );
        check('awaited', name, (await Promise.resolve(row)) === row && JSON.parse(JSON.stringify(copy))[name] === 'z');
      }
      let now = row;
      for (const [n, name] of names.entries()) {
        // those with a condition are sent one by one
        now = await DataStore.save(
          Odd.copyOf(now, (draft) => {
            draft[name] = `c ${name}`;
          }),
          n % 10 === 0 ? (m) => m[name].eq(`b ${name}`) : undefined,
        );
      }
      const last = () => live.values.at(-1).items[0];
      await until(() => names.every((name) => last()[name] === `c ${name}`) && changes.values.length >= names.length);
      const erased = await DataStore.save(
        Odd.copyOf(empty, (draft) => {
          draft.toString = 'x';
          draft.valueOf = null;
        }),
      );
      check('one', 'toString', erased.toString === 'x' && erased.valueOf === null);
      await until(async () => (await DataStore.outbox.count()).total === 0, 30_000);
      return wrong;
    });
    assert.deepEqual(wrong, []);
    await until('the second device has them', () =>
      two.run(async () => {
        const found = await DataStore.query(models.Odd, (m) => m.toString.beginsWith('c'));
        return found.length === 1 && names.every((name) => found[0][name] === `c ${name}`);
      }),
    );
    await until('and the other one', () =>
      two.run(async () => {
        const [found] = await DataStore.query(models.Odd, (m) => m.toString.eq('x'));
        return found && names.every((name) => name === 'toString' || found[name] === null);
      }),
    );
  });

  test('relations, keys and embedded types', async () => {
    await one.run(async () => {
      const { Child, Owner } = models;
      const owner = await DataStore.save(new Owner({ toString: 'key' }));
      await DataStore.save(
        new Child({
          then: owner,
          hasOwnProperty: { toString: 'inside', constructor_: 1, valueOf: { toString: 1 } },
          toJSON: ['a', 'b'],
        }),
      );
      await DataStore.save(new Child({}));
    });
    await until('the second device follows them', () =>
      two.run(async () => {
        const { Child, Owner } = models;
        const owner = await DataStore.query(Owner, { toString: 'key' });
        const children = owner ? await owner.valueOf.toArray() : [];
        if (children.length !== 1 || (await DataStore.query(Child)).length !== 2) return false;
        const [child] = children;
        const bare = (await DataStore.query(Child)).find((each) => each.id !== child.id);
        return (
          (await child.then).toString === 'key' &&
          child.hasOwnProperty.toString === 'inside' &&
          child.hasOwnProperty.valueOf.toString === 1 &&
          child.toJSON.join() === 'a,b' &&
          bare.hasOwnProperty === null &&
          bare.toJSON === null &&
          (await bare.then) === undefined
        );
      }),
    );
    assert.match(
      await one.run(() => rejected(() => DataStore.query(models.Owner, {}))),
      /^bad_request: The key field toString of Owner is missing/,
    );
  });

  test('models', async () => {
    await one.run(async (given) => {
      for (const name of given) {
        const saved = await DataStore.save(new models[name]({ valueOf: 7 }));
        if (models[name].name !== name || !(saved instanceof models[name])) throw new Error(name);
        await DataStore.save(
          models[name].copyOf(saved, (draft) => {
            draft.valueOf = 8;
          }),
        );
      }
    }, models);
    await until('the second device has one of each', () =>
      two.run(async (given) => {
        for (const name of given) {
          const [row, more] = await DataStore.query(models[name], (m) => m.valueOf.eq(8), {
            sort: (s) => s.valueOf('ASCENDING'),
          });
          if (!row || more || row.constructor !== models[name]) return false;
        }
        return true;
      }, models),
    );
  });
});
