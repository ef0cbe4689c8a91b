// What observers and the handlers of an app hear. wire is the page, the proxy and the server of the suite.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../harness/graphql.mjs';
import { apiKey } from '../harness/server.mjs';
import { until } from '../harness/until.mjs';
import { close } from './page.mjs';

export function hears(wire) {
  test('observeQuery: empty and not synced, then the rows, sorted and synced', async () => {
    for (const name of ['x', 'z', 'y'])
      await ask(wire.server, 'mutation ($input: CreateCountryInput!) { createCountry(input: $input) { code } }', {
        input: { code: name, name },
      });
    const app = await wire.open({ started: false });
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
    const app = await wire.open();
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

  test('sync() brings what changed; pause() stops every tab, and resume() sends', async () => {
    const app = await wire.open();
    const result = await app.run(
      async ([endpoint, key, through]) => {
        const other = createDataStore({ database: store.database });
        await other.configure({ endpoint: through, apiKey: key });
        await other.start();
        await store.sync(Post);
        await fetch(endpoint, {
          method: 'POST',
          headers: { 'x-api-key': key },
          body: JSON.stringify({ query: 'mutation { createTag(input: { id: "synced", label: "theirs" }) { id } }' }),
        });
        await store.sync([Tag]);
        const here = (await store.query(Tag, 'synced'))?.label;
        await other.pause();
        await until(() => store.paused);
        const states = [store.paused, other.paused, store.offline];
        await store.save(new Tag({ id: 'paused', label: 'mine' }));
        const refused = await rejected(() => store.sync());
        const wrong = await rejected(() => store.sync([5]));
        const waiting = (await store.outbox.count()).total;
        await store.resume();
        await store.sync();
        await until(async () => (await store.outbox.list()).length === 0);
        const said = hub.filter(({ event }) => event === 'syncPaused').map(({ data }) => data.paused);
        await other.stop();
        return [here, states, refused, wrong, waiting, other.paused, said.slice(0, 1), said.slice(-1)];
      },
      [wire.server.endpoint, apiKey, wire.network.endpoint],
    );
    assert.deepEqual(result, [
      'theirs',
      [true, true, true],
      'paused: Syncing is paused. Call resume() first.',
      'bad_request: sync() takes a model, a list of models, or nothing for all of them.',
      1,
      false,
      [true],
      [false],
    ]);
    await close(app);
  });

  test('upsert() changes a record that only the server has, and creates one that it has not', async () => {
    const app = await wire.open();
    const result = await app.run(
      async ([endpoint, key]) => {
        const ask = async (query) =>
          (await (await fetch(endpoint, { method: 'POST', headers: { 'x-api-key': key }, body: query })).json()).data;
        await store.pause();
        await ask(JSON.stringify({ query: 'mutation { createTag(input: { id: "up", label: "theirs" }) { id } }' }));
        const saved = await store.upsert(new Tag({ id: 'up', label: 'mine' }));
        await store.upsert(new Tag({ id: 'up new', label: 'a' }));
        await store.upsert(new Tag({ id: 'up new', label: 'b' }));
        await store.resume();
        await until(async () => (await store.outbox.list()).length === 0);
        const there = await ask(
          JSON.stringify({
            query: '{ up: getTag(id: "up") { label _version } fresh: getTag(id: "up new") { label _version } }',
          }),
        );
        return [saved.label, (await store.query(Tag, 'up')).label, there, errors.length];
      },
      [wire.server.endpoint, apiKey],
    );
    assert.deepEqual(result, [
      'mine',
      'mine',
      { up: { label: 'mine', _version: 2 }, fresh: { label: 'b', _version: 1 } },
      0,
    ]);
    await close(app);
  });

  test('a handler of conflicts: the last one configured counts; it is asked with everything', async () => {
    const app = await wire.open();
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
      [wire.server.endpoint, apiKey],
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
    const app = await wire.open();
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
}
