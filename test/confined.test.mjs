// Where a page may not have a worker: a sandboxed frame, Trusted Types, a Content-Security-Policy, Node.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { lifetime, openApi, serveApi } from './harness/api.mjs';
import { openProfile } from './harness/chromium.mjs';
import { root } from './harness/folder.mjs';
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
