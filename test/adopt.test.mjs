// A page whose data the published aws-amplify wrote is taken over: by the package as it is for 6.x, by the recorded
// contents of its database for 5.x.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { openApp } from './harness/app.mjs';
import { endWorkers, openKillableProfile, openProfile } from './harness/chromium.mjs';
import { root, temporaryFolder } from './harness/folder.mjs';
import { ask } from './harness/graphql.mjs';
import { contentsOf, recreate } from './harness/indexeddb.mjs';
import { apiKey, codegen, projectFolder, startServer } from './harness/server.mjs';
import { serveStatic } from './harness/static.mjs';
import { until } from './harness/until.mjs';

// This process reads the server's rows. It does not know the certificate that --tls has made.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

const suite = {
  cleans: [],
  after(clean) {
    this.cleans.push(clean);
  },
};
after(async () => {
  for (const clean of suite.cleans.reverse()) await clean();
});

let server;
let site;
let context;
/** What aws-amplify 6 has written, with unsent changes. */
let contents;

const name = 'amplify-datastore';

before(async () => {
  const folder = projectFolder(suite, {
    schema: 'adopt.graphql',
    config: { conflictResolution: { project: 'AUTOMERGE' } },
  });
  server = await startServer(suite, { folder, args: ['--tls'] });
  const models = codegen(folder);
  const out = join(temporaryFolder(suite, 'amplify'), 'page');
  mkdirSync(out);
  await build({
    entryPoints: [join(root, 'test/amplify/left.js')],
    outfile: join(out, 'left.js'),
    bundle: true,
    format: 'esm',
    minify: true,
    alias: { 'models/schema.js': join(models, 'schema.js') },
    logLevel: 'error',
  });
  site = await serveStatic(suite, { mounts: { '/amplify/': out, '/models/': models } });
  context = await openProfile(suite, { args: ['--ignore-certificate-errors'] });
  contents = await amplifyLeaves();
});

/** A page with aws-amplify, started. */
async function openLeft(settings) {
  const page = await context.newPage();
  await page.goto(`${site.url}/left.html`);
  await page.waitForFunction(() => window.left);
  await page.evaluate((given) => window.left.begin(given), settings);
  return page;
}

const heard = (page, event) => page.evaluate((one) => window.left.events.filter((e) => e === one).length, event);

/** Syncs records with aws-amplify, changes them offline, and closes the page: what is left, as {store: [[key, value]]}. */
async function amplifyLeaves() {
  const page = await openLeft({ endpoint: server.endpoint, apiKey });
  await until('aws-amplify is ready', () => heard(page, 'ready'));
  await page.evaluate(async () => {
    const { DataStore, models } = window.left;
    const blog = await DataStore.save(new models.Blog({ name: 'old' }));
    await DataStore.save(
      new models.Post({ title: 'one', rating: 1, tags: ['a'], data: JSON.stringify({ x: 1 }), blog }),
    );
    await DataStore.save(new models.Post({ title: 'two', tags: ['a'] }));
    await DataStore.save(new models.Post({ title: 'three', rating: 3 }));
    await DataStore.save(new models.Seat({ hall: 'A-1', number: 1, name: 'x' }));
  });
  await until('aws-amplify has sent all', async () => (await heard(page, 'outboxMutationProcessed')) === 5);
  await context.setOffline(true);
  await until('aws-amplify is offline', async () => (await heard(page, 'networkStatus')) > 1);
  await page.evaluate(async () => {
    const { DataStore, models } = window.left;
    const posts = await DataStore.query(models.Post);
    const titled = (title) => posts.find((post) => post.title === title);
    const change = (model, source, changes, condition) =>
      DataStore.save(
        model.copyOf(source, (draft) => Object.assign(draft, changes) && undefined),
        condition,
      );
    await change(models.Post, titled('one'), { rating: 10, tags: ['a', 'b'], data: JSON.stringify({ x: 2 }) });
    const blog = await DataStore.save(new models.Blog({ name: 'new' }));
    await DataStore.save(new models.Post({ title: 'four', blog, data: JSON.stringify([1]) }));
    await change(models.Post, titled('two'), { title: 'two!' }, (post) => post.title.eq('two'));
    await DataStore.delete(titled('three'));
    await change(models.Seat, await DataStore.query(models.Seat, { hall: 'A-1', number: 1 }), { name: 'y' });
    await DataStore.save(new models.Seat({ hall: 'B', number: 2 }));
  });
  const left = await contentsOf(page, name);
  await page.close();
  await context.setOffline(false);
  return left;
}

/** What the outbox has to show after the takeover, from top to bottom. */
const unsent = [
  ['update', 'Post', { rating: 10, tags: ['a', 'b'], data: '{"x":2}' }],
  ['create', 'Blog', { name: 'new' }],
  ['create', 'Post', { title: 'four', data: '[1]' }],
  ['update', 'Post', { title: 'two!' }],
  ['delete', 'Post', {}],
  ['update', 'Seat', { name: 'y' }],
  ['create', 'Seat', { hall: 'B', number: 2 }],
];

/** The outbox without what differs from run to run. */
const queued = async (app) =>
  (await app.outbox()).map(({ operation, model, fields: { id: _id, blogPostsId: _blog, hall, number, ...fields } }) => [
    operation,
    model,
    operation === 'create' && model === 'Seat' ? { hall, number, ...fields } : fields,
  ]);

const shown = async (app, model, field) => (await app.call('all', model)).map((row) => row[field]).sort();

async function assertTakenOver(app) {
  assert.deepEqual(await queued(app), unsent);
  assert.deepEqual(await shown(app, 'Post', 'title'), ['four', 'one', 'two!']);
  assert.deepEqual(await shown(app, 'Blog', 'name'), ['new', 'old']);
  assert.deepEqual(await shown(app, 'Seat', 'name'), [null, 'y'].sort());
  const one = (await app.call('all', 'Post')).find(({ title }) => title === 'one');
  assert.deepEqual([one.rating, one.tags, one.data, one._version], [10, ['a', 'b'], { x: 2 }, 1]);
}

const open = (settings, options) => openApp(context, site).then((app) => app.begin(settings, options));

test('each step: the page and its engine end there, and the next start goes on', async () => {
  const app = await openApp(context, site);
  await app.loaded();
  const begin = async (n, then, page = app) => {
    const given = { user: `step ${n} ${then}`, adopt: { database: `left ${n} ${then}`, then } };
    await page.call('begin', given);
  };
  let first = 1;
  for (const then of ['keep', 'delete']) {
    let ended = false;
    for (let n = first; !ended; n++) {
      await recreate(app.page, `left ${n} ${then}`, contents);
      const dying = await openApp(context, site);
      await dying.loaded();
      // The n-th call of the takeover leaves, and nothing after it.
      await dying.page.evaluate((last) => {
        const { postMessage } = MessagePort.prototype;
        let calls = 0;
        MessagePort.prototype.postMessage = function (...sent) {
          calls += JSON.stringify(sent[0]).split('"operation":"adopt"').length - 1;
          if (calls <= last) postMessage.apply(this, sent);
          if (calls >= last) window.left = true;
        };
      }, n);
      const started = begin(n, then, dying).then(
        () => true,
        () => false,
      );
      if (then === 'keep') first = n; // the steps before deleting are the same
      ended = await Promise.race([
        started,
        dying.page
          .waitForFunction(() => window.left)
          .then(
            () => false,
            () => false,
          ),
      ]);
      await dying.page.close();
      await endWorkers(context).catch(() => {}); // they may have ended with the page
      await app.reload();
      await begin(n, then);
      await assertTakenOver(app);
      const old = await contentsOf(app.page, `left ${n} ${then}`);
      if (then === 'keep') {
        assert.deepEqual({ ...old, datastore_Setting: [] }, { ...contents, datastore_Setting: [] }, `step ${n}`);
      } else {
        await until(
          `the old database is deleted, step ${n}`,
          async () => !(await contentsOf(app.page, `left ${n} ${then}`)),
        );
      }
    }
  }
  await app.page.close();
});

test('the browser is killed in the middle, and the next one goes on', async (t) => {
  const folder = temporaryFolder(t, 'killed');
  const given = { adopt: true };
  const first = await openKillableProfile(t, folder);
  const dying = await openApp(first.context, site);
  await dying.loaded();
  await recreate(dying.page, name, contents);
  await dying.page.evaluate(() => {
    const { postMessage } = MessagePort.prototype;
    MessagePort.prototype.postMessage = function (...sent) {
      postMessage.apply(this, sent);
      if (JSON.stringify(sent[0]).includes('"operation":"adopt"') && JSON.stringify(sent[0]).includes('user_Post'))
        window.left = true;
    };
  });
  dying.call('begin', given).catch(() => {});
  await dying.page.waitForFunction(() => window.left);
  await first.kill();
  const second = await openKillableProfile(t, folder);
  const app = await openApp(second.context, site);
  await app.call('begin', given);
  await assertTakenOver(app);
  await second.kill();
});

test('aws-amplify 6: all of it arrives at the server, once and in order, and the old database stays', async () => {
  const from = server.log.length;
  const app = await open({ endpoint: server.endpoint, apiKey, adopt: true });
  await app.drained();
  const sent = server.log.slice(from).filter((one) => one.msg === 'mutation');
  assert.deepEqual(
    sent.map((one) => [one.operation, one.model, one.outcome]),
    // The parent goes first, and its child waits for it.
    [...unsent.filter(([, , fields]) => fields.title !== 'four'), unsent[2]].map(([operation, model]) => [
      operation,
      model,
      'applied',
    ]),
  );
  const { listPosts, listBlogs, listSeats } = await ask(
    server,
    `{ listPosts { items { title rating tags data blogPostsId _version _deleted } }
       listBlogs { items { id name _version } }
       listSeats { items { hall number name _version } } }`,
  );
  const by = (field) => (a, b) => (a[field] < b[field] ? -1 : 1);
  const [fresh, old] = listBlogs.items.sort(by('name'));
  assert.deepEqual([fresh.name, fresh._version, old.name, old._version], ['new', 1, 'old', 1]);
  assert.deepEqual(
    listPosts.items
      .sort(by('title'))
      .map(({ title, _version, _deleted, ...row }) => [title, _version, _deleted ?? null, row]),
    [
      ['four', 1, null, { rating: null, tags: null, data: '[1]', blogPostsId: fresh.id }],
      ['one', 2, null, { rating: 10, tags: ['a', 'b'], data: '{"x":2}', blogPostsId: old.id }],
      ['three', 2, true, { rating: 3, tags: null, data: null, blogPostsId: null }],
      ['two!', 2, null, { rating: null, tags: ['a'], data: null, blogPostsId: null }],
    ],
  );
  assert.deepEqual(
    listSeats.items.sort(by('hall')).map(({ hall, name: of, _version }) => [hall, of, _version]),
    [
      ['A-1', 'y', 2],
      ['B', null, 1],
    ],
  );
  assert.deepEqual((await app.heard()).errors, []);
  await app.reload();
  await app.call('begin', { endpoint: server.endpoint, apiKey, adopt: true });
  assert.deepEqual(await app.outbox(), []);
  const kept = await contentsOf(app.page, name);
  assert.deepEqual({ ...kept, datastore_Setting: [] }, { ...contents, datastore_Setting: [] });
  await app.page.close();
});

test('aws-amplify 5: what 5.3.29 has written is taken over', async () => {
  // The recorded contents of its database, written by the steps of amplifyLeaves() with this schema.
  const recorded = JSON.parse(readFileSync(join(root, 'test/fixtures/adopt-amplify5.json'), 'utf8'));
  const app = await openApp(context, site);
  await app.loaded();
  await recreate(app.page, 'left by 5', recorded);
  await app.call('begin', { user: 'five', adopt: { database: 'left by 5' } });
  await assertTakenOver(app);
  await app.page.close();
});

test('another user does not get it, and aws-amplify still reads what was kept', async () => {
  const other = await open({ user: 'other', adopt: true });
  assert.deepEqual([await other.call('count', 'Post'), await other.outbox()], [0, []]);
  await other.page.close();
  const left = await openLeft({});
  const titles = await left.evaluate(async () =>
    (await window.left.DataStore.query(window.left.models.Post)).map(({ title }) => title).sort(),
  );
  assert.deepEqual(titles, ['four', 'one', 'two!']);
  await left.close();
});

test('clear() before any start takes over first, so that nothing of it comes back', async () => {
  const app = await openApp(context, site);
  await app.loaded();
  await recreate(app.page, 'left cleared', contents);
  await app.call('begin', { user: 'cleared', adopt: { database: 'left cleared' } }, { start: false });
  await app.page.evaluate(() => window.app.store.clear());
  assert.equal(await app.call('count', 'Post'), 0);
  assert.deepEqual(
    (await app.outbox()).map(({ state }) => state),
    unsent.map(() => 'parked'),
  );
  await app.page.close();
});

test('what can not be read makes start() fail with adopt_failed, until the app goes on without it', async () => {
  const app = await openApp(context, site);
  await app.loaded();
  await recreate(app.page, 'left damaged', contents);
  await app.page.evaluate(() => {
    IDBObjectStore.prototype.getAll = () => {
      throw new DOMException('The object store was not found.', 'NotFoundError');
    };
  });
  const { error } = await app.attempt('begin', { user: 'damaged', adopt: { database: 'left damaged' } });
  assert.equal(error.code, 'adopt_failed');
  await app.call('begin', { adopt: false });
  await app.page.close();
});
