// Where a page may not have a worker: a sandboxed frame, Trusted Types, a Content-Security-Policy, Node.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { lifetime, openApi, serveApi } from './harness/api.mjs';
import { endWorkers, openProfile } from './harness/chromium.mjs';
import { root, temporaryFolder } from './harness/folder.mjs';
import { serveStatic } from './harness/static.mjs';
import { until } from './harness/until.mjs';

const shell = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/api.js"></script>';
const schema = {
  models: { Note: { name: 'Note', syncable: true, fields: { id: { name: 'id', type: 'ID', isRequired: true } } } },
  version: '1',
  codegenVersion: '3.2.0',
};

describe('pages that confine themselves', () => {
  const t = lifetime();
  let site;
  let context;
  before(async () => {
    site = await serveApi(t);
    context = await openProfile(t);
  });

  /** What start(), query() and an observer of a page with this policy end with. */
  async function under(policy, path = '/api.html') {
    site.headers[path] = { 'content-security-policy': policy };
    const app = await openApi(t, site, { context });
    const told = await app.run(async () => {
      const seen = watch(DataStore.observeQuery(Tag));
      const tried = [
        await rejected(() => DataStore.start()),
        await rejected(async () => (await DataStore.save(new Tag({ id: 'a' }))).id),
      ];
      return [...tried, seen.errors.length, seen.errors[0] ?? ''];
    });
    await app.page.close();
    delete site.headers[path];
    return told;
  }

  const noWorker = (told) => {
    for (const text of [told[0], told[1], told[3]])
      assert.match(text, /^(no_worker: This page can't run|engine_died: The engine script failed to load).*worker-src/);
    assert.equal(told[2], 1);
  };
  const works = (told) => assert.deepEqual(told, ['no error but {"ephemeral":false}', 'no error but "a"', 0, '']);
  const trusted = "require-trusted-types-for 'script'; trusted-types";

  test('a strict policy without worker-src is enough', async () =>
    works(await under("default-src 'none'; script-src 'self'")));
  test('the documented policy, on the page and on the worker', async () => {
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
    site.headers['/dist/engine.js'] = { 'content-security-policy': policy };
    works(await under(policy));
    delete site.headers['/dist/engine.js'];
  });
  test("worker-src 'none' is told", async () => noWorker(await under("script-src 'self'; worker-src 'none'")));
  test('Trusted Types with the policy deltabase', async () => works(await under(`${trusted} deltabase`)));
  test('Trusted Types that forbid it are told, with what to allow', async () => {
    const told = await under(`${trusted} 'none'`);
    noWorker(told);
    assert.match(told[0], /trusted-types deltabase/);
  });
  test('an engine that may not compile WebAssembly is told', async () => {
    const told = await under("script-src 'self'", '/dist/engine.js');
    assert.match(told[0], /^engine_died: .*wasm-unsafe-eval/);
  });

  test('a sandboxed frame', async () => {
    for (const path of ['/api.js', '/dist/index.js', '/models/schema.js', '/dist/engine.js', '/dist/deltabase.wasm'])
      site.headers[path] = { 'access-control-allow-origin': '*' };
    site.replace['/sandbox.html'] = () => shell;
    const page = await context.newPage();
    await page.goto(`${site.url}/blank.html`);
    await page.evaluate(
      (srcdoc) => {
        const frame = document.createElement('iframe');
        frame.sandbox = 'allow-scripts';
        frame.srcdoc = srcdoc;
        document.body.append(frame);
      },
      shell.replace('/api.js', `${site.url}/api.js`).replace('<script', `<base href="${site.url}/"><script`),
    );
    const frame = await until('the frame is there', () => page.frames()[1]);
    await frame.waitForFunction(() => window.apiLoaded);
    assert.match(await frame.evaluate(() => rejected(() => DataStore.start())), /^no_worker: .*allow-same-origin/);
    assert.match(await frame.evaluate(() => rejected(() => DataStore.query(Tag))), /^no_worker: /);
    await page.close();
  });

  test('Node: the package can be imported, and a call says why it does nothing', async () => {
    const program = `
      import { DataStore, initSchema } from ${JSON.stringify(`file://${join(root, 'dist/index.js')}`)};
      const { Note } = initSchema(${JSON.stringify(schema)});
      const end = (promise) => promise.then(() => 'done', (error) => error.name + ' ' + error.code);
      const observed = new Promise((resolve) => DataStore.observe(Note).subscribe({ error: (error) => resolve(error.code) }));
      const calls = [DataStore.start(), DataStore.save(new Note({})), DataStore.query(Note), DataStore.clear(), DataStore.goOffline(), DataStore.stop(), DataStore.configure({ user: 'a' })];
      console.log(JSON.stringify([await Promise.all(calls.map(end)), await observed, Note.name]));`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    const refused = 'DeltabaseError no_worker';
    assert.deepEqual(JSON.parse(stdout), [
      [refused, refused, refused, refused, refused, 'done', 'done'],
      'no_worker',
      'Note',
    ]);
    assert.equal(stderr, '');
  });
});

describe('a package of another origin than the page', () => {
  const t = lifetime();
  const shared = { '/dist/index.js': {}, '/dist/engine.js': {}, '/dist/deltabase.wasm': {} };
  let site;
  let cdn;
  let context;
  before(async () => {
    cdn = await serveStatic(t, { headers: shared });
    for (const path of Object.keys(shared)) cdn.headers[path] = { 'access-control-allow-origin': '*' };
    site = await serveApi(t);
    site.mounts['/own/'] = temporaryFolder(t, 'own');
    site.replace['/api.js'] = (bytes) => String(bytes).replace('/dist/index.js', `${cdn.url}/dist/index.js`);
    writeFileSync(join(site.mounts['/own/'], 'engine.js'), `import '${cdn.url}/dist/engine.js';\n`);
    context = await openProfile(t);
  });

  const open = () => openApi(t, site, { context });
  const saved = (app, id) => app.run((id) => rejected(async () => (await DataStore.save(new Tag({ id }))).id), id);
  const list = (app) => app.run(async () => (await DataStore.query(Tag)).map((tag) => tag.id).sort());
  /** What start() ends with while the other origin serves a file differently. */
  const startsWith = async (path, change) => {
    const before = cdn.headers[path];
    change(path);
    const app = await open();
    const told = await app.run(() => rejected(() => DataStore.start()));
    await app.page.close();
    cdn.headers[path] = before;
    delete cdn.replace[path];
    return told;
  };

  test('works in one tab, and a second one is told of workerUrl', async () => {
    const first = await open();
    assert.equal(await saved(first, 'a'), 'no error but "a"');
    const second = await open();
    assert.match(await saved(second, 'b'), /^second_tab: .*configure\(\{ workerUrl \}\)/);
    assert.deepEqual(await list(first), ['a']);
    await first.page.close();
    assert.equal(
      await until('the lock is free', async () => {
        const told = await saved(second, 'b');
        return !told.startsWith('second_tab') && told;
      }),
      'no error but "b"',
    );
    assert.deepEqual(await list(second), ['a', 'b']);
    await second.page.close();
  });

  test('has one engine for all tabs by a workerUrl of the page', async () => {
    const tabs = [await open(), await open()];
    for (const tab of tabs) await tab.run(() => DataStore.configure({ workerUrl: '/own/engine.js' }));
    const seen = tabs[1].run(
      () => new Promise((resolve) => DataStore.observe(Tag).subscribe(({ element }) => resolve(element.id))),
    );
    await tabs[1].run(() => DataStore.start());
    assert.equal(await saved(tabs[0], 'c'), 'no error but "c"');
    assert.equal(await seen, 'c');
    assert.equal(await endWorkers(context), 1);
    for (const tab of tabs) assert.ok((await list(tab)).includes('c'));
    for (const tab of tabs) await tab.page.close();
  });

  test('says what is missing: headers, the module, a workerUrl that is none', async () => {
    assert.match(
      await startsWith('/dist/engine.js', (path) => delete cdn.headers[path]),
      /^engine_died: .*Access-Control-Allow-Origin.*workerUrl/,
    );
    assert.match(
      await startsWith('/dist/deltabase.wasm', (path) => delete cdn.headers[path]),
      /^engine_died: .*deltabase\.wasm can't be fetched.*Access-Control-Allow-Origin/,
    );
    assert.match(
      await startsWith('/dist/deltabase.wasm', (path) => {
        cdn.replace[path] = () => Promise.reject(new Error('not there'));
      }),
      /^engine_died: .*Access-Control-Allow-Origin/,
    );
    const app = await open();
    const given = (url) =>
      app.run((workerUrl) => rejected(() => DataStore.configure({ workerUrl }).then(() => DataStore.start())), url);
    assert.match(
      await given(`${cdn.url}/dist/engine.js`),
      /^invalid_config: workerUrl must be a script of the page's own/,
    );
    assert.match(await given('/own/nothing.js'), /^engine_died: .*Is the workerUrl http.*nothing\.js a module/);
    assert.match(await given('/own/engine.js'), /^no error/);
    await app.page.close();
  });
});
