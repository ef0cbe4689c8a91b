// What is wrong gets a clear typed error, and everything else keeps working.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openApp } from './harness/app.mjs';
import { openProfile } from './harness/chromium.mjs';
import { everyRow, get, mutate, post } from './harness/graphql.mjs';
import { damagePages, pagesIn } from './harness/indexeddb.mjs';
import { projectFolder, run } from './harness/server.mjs';
import { until } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

let browser;
before(async () => {
  browser = await openProfile();
});
after(() => browser.close());

/** So many that the log is folded into pages. */
const notesToFold = 150;

async function stillWorks(app, server) {
  const note = await app.call('save', 'Note', { title: 'still works' });
  assert.equal(await app.title(note.id), 'still works');
  if (server) await until('the save reaches the server', () => get(server, 'Note', note.id));
}

const errorWith = (app, code) =>
  until(`the errorHandler hears ${code}`, async () => {
    const { errors } = await app.heard();
    return errors.find((error) => error.code === code);
  });

describe('bad values and settings in the page', () => {
  test('invalid model values are refused by name', async (t) => {
    const { server, open } = await makeWorld(t);
    const app = await open(browser);
    for (const [fields, named] of [
      [{ title: undefined }, 'title'],
      [{ title: 7 }, 'title'],
      [{ title: null }, 'title'],
      [{ title: 'x', rating: 'five' }, 'rating'],
      [{ title: 'x', tags: 'no list' }, 'tags'],
      [{ title: 'x', tags: [1] }, 'tags'],
      [{ title: 'x', done: 'yes' }, 'done'],
    ]) {
      const { error } = await app.attempt('save', 'Note', fields);
      assert.equal(error?.code, 'invalid_value', JSON.stringify(fields));
      assert.match(error.message, new RegExp(`\\b${named}\\b`), JSON.stringify(fields));
    }
    assert.equal(await app.call('count', 'Note'), 0);
    await stillWorks(app, server);
  });

  test('a setting with an unknown key is refused by its name', async (t) => {
    const { server, site, settings } = await makeWorld(t);
    const app = await openApp(browser, site);
    const { error } = await app.attempt('begin', { ...settings, syncPagesize: 10 });
    assert.equal(error.code, 'invalid_config');
    assert.match(error.message, /syncPagesize/);
    await app.begin(settings);
    await stillWorks(app, server);
  });

  test('an unreachable endpoint: saves are kept and arrive when it is there', async (t) => {
    const { server, network, open } = await makeWorld(t);
    network.goOffline();
    const app = await open(browser);
    const note = await app.call('save', 'Note', { title: 'kept' });
    await errorWith(app, 'network');
    assert.equal((await app.outbox()).length, 1);
    network.goOnline();
    await app.drained();
    assert.equal((await get(server, 'Note', note.id)).title, 'kept');
  });

  test('a wrong API key: told, kept, and sent once the key is right', async (t) => {
    const { server, settings, open } = await makeWorld(t);
    const app = await open(browser, { apiKey: 'wrong' });
    const note = await app.call('save', 'Note', { title: 'locked out' });
    const error = await errorWith(app, 'unauthorized');
    assert.match(error.message, /key|authoriz/i);
    assert.equal(await app.title(note.id), 'locked out');
    await app.reload();
    await app.begin(settings);
    await app.drained();
    assert.equal((await get(server, 'Note', note.id)).title, 'locked out');
  });

  test('a corrupt page in IndexedDB: told, the rest is there, and the lost rows are fetched again', async (t) => {
    const { server, site, settings, open } = await makeWorld(t);
    for (let n = 0; n < 5; n++) await mutate(server, 'create', 'Task', { title: `task ${n}` });
    const app = await open(browser);
    await app.ready();
    await app.call('saveMany', 'Note', notesToFold);
    await app.drained();
    const blank = await browser.newPage();
    await blank.goto(`${site.url}/blank.html`);
    await until('the log is folded into pages', async () =>
      (await pagesIn(blank)).some((page) => page.includes('Note 1"')),
    );
    await app.page.close();
    await damagePages(blank, 'Note 1"');

    const again = await openApp(browser, site);
    await again.begin(settings);
    await errorWith(again, 'corrupt_page');
    assert.equal(await again.call('count', 'Task'), 5, 'the other model is untouched');
    await until('the lost rows are fetched again', async () => (await again.call('count', 'Note')) === notesToFold);
    await stillWorks(again, server);
  });
});

describe('bad input at the server', () => {
  test('an SDL with errors: file, line, what is wrong and what to write instead', (t) => {
    const folder = projectFolder(t);
    writeFileSync(join(folder, 'schema.graphql'), 'type Note @model {\n  id: ID!\n  title: Strin!\n}\n');
    const { status, stderr } = run(['dev', '--config', join(folder, 'deltabase.json'), '--port', '0']);
    assert.notEqual(status, 0);
    assert.match(stderr, /schema\.graphql:3/);
    assert.match(stderr, /Strin\b/);
  });

  test('a deltabase.json with an unknown key is refused by its name', (t) => {
    const folder = projectFolder(t, { config: { conflictResolutoin: 'AUTOMERGE' } });
    const { status, stderr } = run(['dev', '--config', join(folder, 'deltabase.json'), '--port', '0']);
    assert.notEqual(status, 0);
    assert.match(stderr, /conflictResolutoin/);
  });

  test('requests that are no GraphQL get a typed error', async (t) => {
    const { server } = await makeWorld(t);
    const wrong = await post(server, 'mutation { createNote(input: {titel: "x"}) { id } }');
    assert.ok(
      wrong.errors.some((error) => error.message.includes('titel')),
      JSON.stringify(wrong.errors),
    );
    const locked = await post(server, '{ listNotes { items { id } } }', {}, { apiKey: 'wrong' });
    assert.equal(locked.status, 401);
    assert.match(locked.errors[0].errorType, /Unauthorized/);
    assert.ok(await mutate(server, 'create', 'Note', { title: 'fine' }));
  });

  test('a full disk: the change is kept in the page and arrives when there is room', async (t) => {
    const world = await makeWorld(t, { config: { sqlite: { maxPageCount: 60 } } });
    const { server } = world;
    const app = await world.open(browser);
    await app.ready();
    const body = 'x'.repeat(20_000);
    const saved = [];
    for (let n = 0; n < 20; n++) saved.push((await app.call('save', 'Note', { title: `note ${n}`, body })).id);
    await errorWith(app, 'server_error');
    const kept = (await app.outbox()).length;
    assert.ok(kept > 0, 'what found no room is still queued');
    assert.equal(await app.call('count', 'Note'), 20);
    assert.ok(await everyRow(server, 'Note'), 'the server still answers reads');

    await server.kill();
    server.configure({ sqlite: undefined });
    await server.start();
    await app.drained();
    const rows = await everyRow(server, 'Note');
    assert.deepEqual(rows.map((row) => row.id).sort(), saved.sort());
  });
});
