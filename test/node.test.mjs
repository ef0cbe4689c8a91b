// The packed package in Node, without a browser: the store of deltabase/node syncs with a real server, by import and by
// require, and a process ends by itself when its store is stopped.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { root, temporaryFolder } from './harness/folder.mjs';
import { ask } from './harness/graphql.mjs';
import { apiKey, codegen, startServer } from './harness/server.mjs';

/** Longer than any run on a slow machine: a process that does not end by itself is killed, and fails. */
const patienceMs = 120_000;

let packed;
before(() => {
  packed = temporaryFolder(null, 'packed');
  const pack = ['pack', '--ignore-scripts', '--json', '--loglevel=error', '--pack-destination', packed];
  const [{ filename }] = JSON.parse(execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }));
  execFileSync('tar', ['-xzf', join(packed, filename), '-C', packed]);
});

/** A project with the package, the models of a server, and files. */
function project(t, server, files) {
  const folder = temporaryFolder(t, 'node');
  mkdirSync(join(folder, 'node_modules'));
  cpSync(join(packed, 'package'), join(folder, 'node_modules/deltabase'), { recursive: true });
  cpSync(join(root, 'node_modules/ws'), join(folder, 'node_modules/ws'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name":"user","private":true,"type":"module"}');
  cpSync(codegen(server.folder), join(folder, 'models'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Runs node in a folder to its end; {status, out}: status is null where it had to be killed. */
const { NODE_TEST_CONTEXT: _, ...env } = process.env;
const run = (folder, args) =>
  new Promise((resolve) =>
    execFile(process.execPath, args, { cwd: folder, timeout: patienceMs, env }, (error, out, err) =>
      resolve({ status: error ? error.code : 0, out: `${out}${err}` }),
    ),
  );

const settings = (server) => `{ endpoint: ${JSON.stringify(server.endpoint)}, apiKey: ${JSON.stringify(apiKey)} }`;

/** Node 20 has no WebSocket: there an app brings one. */
const socket = "import { WebSocket } from 'ws'; globalThis.WebSocket ??= WebSocket;";

/** Resolves when the outbox is empty. */
const sent = `
  const sent = () => new Promise((resolve) => {
    const end = Hub.listen('datastore', ({ payload }) => {
      if (payload.event === 'outboxStatus' && payload.data.isEmpty) { end(); resolve(); }
    });
  });`;

test('the codemod runs from the package alone', async (t) => {
  const server = await startServer(t);
  const before = `import { DataStore } from '@aws-amplify/datastore';
import { Note } from './models/index.js';
export const good = () => DataStore.query(Note, (c) => c.rating('gt', 3).title('ne', null));
`;
  const folder = project(t, server, { 'app.js': before });
  const codemod = (...args) => run(folder, ['node_modules/deltabase/npm/deltabase.mjs', 'codemod', ...args]);
  const dry = await codemod();
  assert.equal(dry.status, 0, dry.out);
  assert.match(dry.out, /^\+import \{ DataStore \} from 'deltabase';$/m);
  assert.equal(readFileSync(join(folder, 'app.js'), 'utf8'), before);
  assert.equal((await codemod('--write', 'app.js')).out, '1 file read, 1 file changed.\n');
  writeFileSync(
    join(folder, 'run.js'),
    `import { DataStore } from 'deltabase/node';
     import { good } from './app.js';
     import { Note } from './models/index.js';
     for (const rating of [3, 4]) await DataStore.save(new Note({ title: 'a', rating }));
     console.log((await good()).map((note) => note.rating).join());
     await DataStore.stop();`,
  );
  assert.deepEqual(await run(folder, ['run.js']), { status: 0, out: '4\n' });
  assert.equal((await codemod('--wirte')).status, 2);
});

describe('deltabase/node', () => {
  test('a script saves, syncs and ends after stop()', async (t) => {
    const server = await startServer(t);
    const folder = project(t, server, {
      'app.mjs': `${socket}
        import { DataStore, Hub } from 'deltabase/node';
        import { DataStore as same } from 'deltabase';
        import { Note } from './models/index.js'; // it imports deltabase
        if (same !== DataStore) throw new Error('two stores');
        ${sent}
        await DataStore.configure(${settings(server)});
        const heard = new Promise((resolve) => DataStore.observe(Note).subscribe(({ element }) => element.title === 'theirs' && resolve()));
        await DataStore.start();
        const done = sent();
        const note = await DataStore.save(new Note({ title: 'from node' }));
        await DataStore.save(Note.copyOf(note, (draft) => { draft.rating = 5; }));
        await done;
        await fetch(${JSON.stringify(server.endpoint)}, { method: 'POST', headers: { 'x-api-key': ${JSON.stringify(apiKey)}, 'content-type': 'application/json' },
          body: JSON.stringify({ query: 'mutation { createNote(input: {title: "theirs"}) { id title body rating done tags _version _deleted _lastChangedAt } }' }) });
        await heard;
        console.log((await DataStore.query(Note)).length, (await DataStore.query(Note, note.id)).rating);
        await DataStore.stop();
        console.log('stopped');`,
    });
    assert.deepEqual(await run(folder, ['app.mjs']), { status: 0, out: '2 5\nstopped\n' });
    const { listNotes } = await ask(server, '{ listNotes { items { title rating } } }');
    assert.deepEqual(listNotes.items.map((one) => [one.title, one.rating]).sort(), [
      ['from node', 5],
      ['theirs', null],
    ]);
  });

  test('require() gives the same, and an app under node --test needs no server', async (t) => {
    const server = await startServer(t);
    const folder = project(t, server, {
      'app.cjs': `
        const { DataStore, initSchema } = require('deltabase/node');
        const assert = require('node:assert/strict');
        const { test, after } = require('node:test');
        const schema = import('./models/schema.js');
        test('saves', async () => {
          const { Note } = initSchema((await schema).schema);
          await DataStore.configure({ endpoint: 'http://127.0.0.1:9/graphql', apiKey: 'x' });
          const order = [];
          const heard = new Promise((resolve) => DataStore.observe(Note).subscribe(() => resolve(order.push('heard'))));
          await DataStore.query(Note);
          const note = await DataStore.save(new Note({ title: 'offline' }));
          order.push('saved');
          await heard;
          assert.deepEqual(order, ['saved', 'heard']);
          assert.equal((await DataStore.query(Note, (n) => n.title.eq('offline')))[0].id, note.id);
          assert.equal((await DataStore.outbox.list()).length, 1);
          assert.equal(require('deltabase').DataStore, DataStore);
        });
        after(() => DataStore.stop());`,
    });
    const { status, out } = await run(folder, ['--test', 'app.cjs']);
    assert.equal(status, 0, out);
    assert.match(out, /pass 1/);
  });

  test('importing deltabase alone does nothing, and says where the store runs', async (t) => {
    const server = await startServer(t);
    const folder = project(t, server, {
      'app.mjs': `import { DataStore } from 'deltabase';
        import { Note } from './models/index.js';
        await DataStore.query(Note).catch((error) => console.log(error.code, error.message));`,
    });
    const { status, out } = await run(folder, ['app.mjs']);
    assert.equal(status, 0, out);
    assert.match(out, /^no_worker .* on a server, render without it; in a test, import deltabase\/node\.\n$/);
  });
});
