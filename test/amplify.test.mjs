// The published DataStore of aws-amplify, unmodified, against this server over TLS: it dials wss
// even on the own machine. Where it shows defects of its own, the test says so.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { openProfile } from './harness/chromium.mjs';
import { root, temporaryFolder } from './harness/folder.mjs';
import { ask } from './harness/graphql.mjs';
import { openIssuer } from './harness/issuer.mjs';
import { apiKey, codegen, projectFolder, startServer } from './harness/server.mjs';
import { serveStatic } from './harness/static.mjs';
import { until, untilEqual } from './harness/until.mjs';

// This process is the other device. It does not know the certificate that --tls has made.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

const strategies = {
  project: 'AUTOMERGE',
  models: { Guarded: 'OPTIMISTIC_CONCURRENCY', Decided: { strategy: 'LAMBDA', function: 'decide.js' } },
};
const decide =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the function's own
  "exports.handler = async ({ newItem, existingItem }) => ({ action: 'RESOLVE', item: { ...existingItem, title: `${existingItem.title} + ${newItem.title}` } });\n";

const suite = {
  cleans: [],
  after(clean) {
    this.cleans.push(clean);
  },
};
after(async () => {
  for (const clean of suite.cleans.reverse()) await clean();
});

/** A server with TLS, and a site with Amplify's DataStore for its models. */
async function makeAmplifyWorld({ schema, config, files = {} }) {
  const folder = projectFolder(suite, { schema, config });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const server = await startServer(suite, { folder, args: ['--tls'] });
  const site = await serveStatic(suite, { mounts: { '/amplify/': await bundle(codegen(folder)) } });
  return { server, site };
}

/** Bundles the page's script with the models of the project; returns the folder. */
async function bundle(models) {
  const out = join(temporaryFolder(suite, 'amplify'), 'page');
  mkdirSync(out);
  await build({
    entryPoints: [join(root, 'test/amplify/amplify.js')],
    outfile: join(out, 'amplify.js'),
    bundle: true,
    format: 'esm',
    minify: true,
    alias: { 'models/schema.js': join(models, 'schema.js') },
    logLevel: 'error',
  });
  return out;
}

const fields = 'id title body _version _deleted';

let world;
before(async () => {
  world = await makeAmplifyWorld({
    schema: 'amplify.graphql',
    config: { conflictResolution: strategies },
    files: { 'decide.js': decide },
  });
});

async function mutate(operation, model, input) {
  const field = `${operation}${model}`;
  const type = `${operation[0].toUpperCase()}${operation.slice(1)}${model}Input!`;
  return (await ask(world.server, `mutation ($input: ${type}) { ${field}(input: $input) { ${fields} } }`, { input }))[
    field
  ];
}

const stored = async (model, id) =>
  (await ask(world.server, `query ($id: ID!) { row: get${model}(id: $id) { ${fields} } }`, { id })).row;

/** A page with Amplify's DataStore, started and synced. */
async function open(t, settings = {}, { server, site } = world) {
  const context = await openProfile(t, { args: ['--ignore-certificate-errors'] });
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${site.url}/amplify.html`);
  await page.waitForFunction(() => window.amplify).catch(() => assert.fail(complaints.join('; ')));
  const call = (name, ...given) => page.evaluate(([called, all]) => window.amplify[called](...all), [name, given]);
  const heard = () => page.evaluate(() => window.amplify.heard);
  const troubles = async () => (await heard()).errors;
  const app = { context, page, call, heard, troubles };
  app.event = (event, matching = {}) =>
    until(`Amplify says ${event}`, async () => {
      const { hub } = await heard();
      return hub.findLast(
        (one) => one.event === event && Object.entries(matching).every(([name, value]) => one[name] === value),
      );
    }).catch(async (error) => {
      const { hub, errors } = await heard();
      throw new Error(
        `${error.message}; heard ${hub.map((one) => one.event).join(', ')}; errors ${JSON.stringify(errors)}; ${complaints.join('; ')}`,
      );
    });
  await call('begin', { endpoint: server.endpoint, apiKey, ...settings });
  await app.event('ready');
  return app;
}

/** The page edits a record (or does what is given) while it is offline and the server's record changes; then it is online again. */
async function conflict(t, model, settings, edit = ['update', { title: 'mine' }]) {
  const { id } = await mutate('create', model, { title: 'original', body: 'plain' });
  const app = await open(t, settings);
  await until('the record is synced', () => app.call('get', model, id));
  await app.context.setOffline(true);
  await app.event('networkStatus');
  const [call, ...given] = edit;
  await app.call(call, model, id, ...given);
  await mutate('update', model, { id, title: 'theirs', _version: 1 });
  await app.context.setOffline(false);
  return { ...app, id };
}

const agree = (app, model, id, expected) =>
  untilEqual('the page and the server show the same', async () => {
    const [here, there] = [await app.call('get', model, id), await stored(model, id)];
    return [here?.title, here?._version, there.title, there._version];
  }, [expected.title, expected.version, expected.title, expected.version]);

describe(`aws-amplify ${createRequire(import.meta.url)('aws-amplify/package.json').version}`, () => {
  test('syncs 5,000 records in pages of 1,000', async (t) => {
    for (let from = 0; from < 5000; from += 100) {
      const rows = Array.from(
        { length: 100 },
        (_, n) => `m${n}: createMerged(input: { id: "bulk-${from + n}", title: "record ${from + n}" }) { id }`,
      );
      await ask(world.server, `mutation { ${rows.join('\n')} }`);
    }
    const before = world.server.log.length;
    const app = await open(t);
    assert.equal(await app.call('count', 'Merged'), 5000);
    const pages = world.server.log
      .slice(before)
      .filter((one) => one.msg === 'sync' && one.model === 'Merged')
      .map((one) => one.items);
    assert.deepEqual(pages, [1000, 1000, 1000, 1000, 1000]);
    assert.deepEqual(await app.troubles(), []);
  });

  test('creates, updates and deletes both ways', async (t) => {
    const app = await open(t);
    await app.call('observe', 'Guarded');
    const { id } = await app.call('create', 'Guarded', { title: 'from the page', body: 'b' });
    await untilEqual('the server has it', async () => (await stored('Guarded', id))?.title, 'from the page');
    await until('the page knows its version', async () => (await app.call('get', 'Guarded', id))._version === 1);
    await app.call('update', 'Guarded', id, { title: 'changed by the page' });
    await agree(app, 'Guarded', id, { title: 'changed by the page', version: 2 });
    await mutate('update', 'Guarded', { id, title: 'changed by the server', _version: 2 });
    await agree(app, 'Guarded', id, { title: 'changed by the server', version: 3 });
    await app.call('remove', 'Guarded', id);
    await untilEqual('the server has a tombstone', async () => {
      const row = await stored('Guarded', id);
      return [row._deleted, row._version];
    }, [true, 4]);
    const other = await mutate('create', 'Guarded', { title: 'from the server' });
    await until('a subscription brings it', () => app.call('get', 'Guarded', other.id));
    await mutate('delete', 'Guarded', { id: other.id, _version: 1 });
    await until('a subscription takes it away', async () => (await app.call('get', 'Guarded', other.id)) === null);
    const { observed } = await app.heard();
    assert.ok(observed.some(({ opType, element }) => opType === 'INSERT' && element.title === 'from the server'));
    assert.deepEqual(await app.troubles(), []);
  });

  test('a write that is answered with 503 is sent again as long as it takes, and is there once', async (t) => {
    const app = await open(t);
    const { log, folder } = world.server;
    const [before, file] = [log.length, join(folder, 'data.db')];
    const refused = () => log.slice(before).filter((one) => one.msg === 'request' && one.status === 503);
    renameSync(file, `${file}.away`);
    const { id } = await app.call('create', 'Guarded', { title: 'late', body: 'b' });
    // Amplify's HTTP layer gives up after three, and its DataStore drops what it takes for a definite answer.
    await until('the server says 503 for the seventh time', async () => refused().length > 6);
    assert.equal((await app.call('get', 'Guarded', id)).title, 'late');
    renameSync(`${file}.away`, file);
    await untilEqual('the server has it', async () => {
      const row = await stored('Guarded', id);
      return [row?.title, row?._version];
    }, ['late', 1]);
    await until('the page knows its version', async () => (await app.call('get', 'Guarded', id))._version === 1);
    const outcomes = log.slice(before).filter((one) => one.msg === 'mutation' && one.id === id);
    assert.deepEqual(
      outcomes.map((one) => one.outcome),
      ['applied'],
    );
    assert.deepEqual(await app.troubles(), []);
  });

  test("AUTOMERGE: the server's title stays, nobody is asked", async (t) => {
    const app = await conflict(t, 'Merged');
    await agree(app, 'Merged', app.id, { title: 'theirs', version: 3 });
    assert.deepEqual((await app.heard()).conflicts, []);
  });

  for (const [handler, title, version] of [
    ['discard', 'theirs', 2],
    ['mine', 'mine', 3],
  ]) {
    test(`OPTIMISTIC_CONCURRENCY with a handler that answers ${handler}: ${title}`, async (t) => {
      const app = await conflict(t, 'Guarded', { handler });
      await agree(app, 'Guarded', app.id, { title, version });
      const { conflicts } = await app.heard();
      assert.equal(conflicts.length, 1);
      assert.deepEqual(
        [conflicts[0].operation, conflicts[0].local.title, conflicts[0].remote.title, conflicts[0].remote._version],
        ['UPDATE', 'mine', 'theirs', 2],
      );
    });
  }

  // The same outcomes as those of our page in conflict.test.mjs.
  for (const [handler, stays] of [
    ['localOnRemote', false],
    ['remote', false],
    ['discard', true],
  ]) {
    test(`a delete in conflict with a handler that answers ${handler}: the record ${stays ? 'stays' : 'is deleted'}`, async (t) => {
      const app = await conflict(t, 'Guarded', { handler }, ['remove']);
      await until('the conflict was solved', async () => {
        const { conflicts, hub } = await app.heard();
        return conflicts.length > 0 && hub.findLast(({ event }) => event === 'outboxStatus')?.isEmpty;
      });
      await untilEqual('the server has it so', async () => {
        const row = await stored('Guarded', app.id);
        return [row.title, row._version, row._deleted ?? false];
      }, ['theirs', stays ? 2 : 3, !stays]);
      await untilEqual(
        'the page shows the same',
        async () => (await app.call('get', 'Guarded', app.id))?.title ?? null,
        stays ? 'theirs' : null,
      );
      const { conflicts } = await app.heard();
      assert.deepEqual(
        conflicts.map(({ operation, remote }) => [operation, remote.title]),
        [['DELETE', 'theirs']],
      );
    });
  }

  test('a delete in conflict with a handler that answers local: the published client names its old version again and again', async (t) => {
    const app = await conflict(t, 'Guarded', { handler: 'local' }, ['remove']);
    await until('it was asked twice', async () => (await app.heard()).conflicts.length > 1);
    const { conflicts } = await app.heard();
    assert.ok(conflicts.every(({ operation }) => operation === 'DELETE'));
    const row = await stored('Guarded', app.id);
    assert.deepEqual([row.title, row._version], ['theirs', 2], 'it is no update');
  });

  test('LAMBDA: the function decides on the server', async (t) => {
    const app = await conflict(t, 'Decided');
    await agree(app, 'Decided', app.id, { title: 'theirs + mine', version: 3 });
    assert.deepEqual((await app.heard()).conflicts, []);
  });

  test("an owner sees and hears of one's own records only", async (t) => {
    const issuer = await openIssuer(suite);
    const owned = await makeAmplifyWorld({
      schema: 'amplify-owner.graphql',
      config: {
        auth: { userPools: { issuer: issuer.url, keys: `${issuer.url}/keys`, algorithms: ['ES256'] } },
      },
    });
    const byAnother = (sub, input) =>
      ask(
        owned.server,
        'mutation ($input: CreateMineInput!) { createMine(input: $input) { id } }',
        { input },
        { headers: { authorization: issuer.token(sub) } },
      );
    await byAnother('ann', { id: 'ann-1', title: "ann's" });
    await byAnother('bob', { id: 'bob-1', title: "bob's" });
    const app = await open(t, { token: issuer.token('ann') }, owned);
    assert.deepEqual([await app.call('count', 'Mine'), (await app.call('get', 'Mine', 'ann-1'))?.title], [1, "ann's"]);
    await byAnother('bob', { id: 'bob-2', title: "bob's" });
    await byAnother('ann', { id: 'ann-2', title: 'by another device' });
    await until('a subscription brings it', () => app.call('get', 'Mine', 'ann-2'));
    assert.equal(await app.call('get', 'Mine', 'bob-2'), null);
    const { id } = await app.call('create', 'Mine', { title: 'from the page' });
    await until('the page knows its version', async () => (await app.call('get', 'Mine', id))._version === 1);
    assert.deepEqual(await app.troubles(), []);
  });
});
