// The engine's own life: it dies and comes back, another build or schema takes it over, there is
// no SharedWorker, the user changes. Everything here is local: no server.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openApp } from './harness/app.mjs';
import { endWorkers, openProfile } from './harness/chromium.mjs';
import { root, temporaryFolder } from './harness/folder.mjs';
import { codegen, projectFolder } from './harness/server.mjs';
import { serveStatic } from './harness/static.mjs';
import { until, untilEqual } from './harness/until.mjs';

let browser;
before(async () => {
  browser = await openProfile();
});
after(() => browser.close());

/** A site, and tabs of it in one profile. */
async function localSite(t, { profile = browser, ...options } = {}) {
  const folder = projectFolder(t);
  const site = await serveStatic(t, { ...options, mounts: { '/models/': codegen(folder), ...options.mounts } });
  const open = async (settings = {}, prepare) => {
    const app = await openApp(profile, site, { path: '/blank.html' });
    await prepare?.(app.page);
    await app.page.goto(`${site.url}/index.html`);
    await app.begin(settings);
    return app;
  };
  return { site, open };
}

const save = (app, title) => app.call('save', 'Note', { title });
const titles = async (app) => (await app.call('all', 'Note')).map((row) => row.title).sort();

describe('an engine that dies', () => {
  test('saves under way are answered or repeated once, observers go on', async (t) => {
    const profile = await openProfile(t);
    const { open } = await localSite(t, { profile });
    const [a, b] = [await open(), await open()];
    await b.call('observeQuery', 'Note');
    await b.call('observe', 'Note');
    await save(a, 'before');
    const saving = a.page.evaluate(async () => {
      const { store, models } = window.app;
      const saves = Array.from({ length: 200 }, (_, n) => store.save(new models.Note({ title: `note ${n}` })));
      window.app.begun = true;
      return (await Promise.all(saves)).map((row) => row.id);
    });
    await until('the saves are under way', () => a.page.evaluate(() => window.app.begun));
    assert.equal(await endWorkers(profile), 1);
    const ids = await saving;
    assert.equal(new Set(ids).size, 200);
    assert.equal((await titles(a)).length, 201);
    await until('the live query shows them', async () => (await b.heard()).snapshots.at(-1).count === 201);
    await save(b, 'after');
    await until('and what comes later', async () => (await b.heard()).snapshots.at(-1).count === 202);
    const inserted = (await b.heard()).changes
      .filter((change) => change.opType === 'INSERT')
      .map((change) => change.element.id);
    assert.equal(inserted.length, 202, 'every save was heard');
    assert.equal(new Set(inserted).size, 202, 'and none twice');
  });

  test('one that cannot be loaded is told as engine_died', async (t) => {
    const { site } = await localSite(t);
    site.replace['/dist/engine.js'] = () => {
      throw new Error('not there');
    };
    const app = await openApp(browser, site);
    const { error } = await app.attempt('begin', {});
    assert.equal(error.code, 'engine_died');
    assert.match(error.message, /failed to load/);
  });
});

/** A copy of the package that says it was built from other sources. */
function otherBuild(t) {
  const folder = temporaryFolder(t, 'build');
  cpSync(join(root, 'dist'), folder, { recursive: true });
  const page = readFileSync(join(folder, 'index.js'), 'utf8');
  const worker = readFileSync(join(folder, 'engine.js'), 'utf8');
  const hash = page.match(/"([0-9a-f]{16})"/)[1];
  const other = [...hash].reverse().join('');
  for (const [name, text] of [
    ['index.js', page],
    ['engine.js', worker],
  ]) {
    writeFileSync(join(folder, name), text.replaceAll(hash, other));
  }
  return folder;
}

describe('another build', () => {
  test('at another address takes the database over; the old tab gets version_skew', async (t) => {
    const { site, open } = await localSite(t);
    const old = await open();
    await save(old, 'of the old build');
    site.mounts['/next/'] = otherBuild(t);
    site.replace['/app.js'] = (bytes) => Buffer.from(bytes.toString().replace('/dist/', '/next/'));
    const fresh = await open();
    assert.deepEqual(await titles(fresh), ['of the old build']);
    await save(fresh, 'of the new build');
    const { error } = await old.attempt('save', 'Note', { title: 'too late' });
    assert.equal(error.code, 'version_skew');
    assert.match(error.message, /[Rr]eload/);
    await until('the old page reloads into the new build', async () => {
      await old.reload();
      await old.begin({});
      return (await titles(old)).length === 2;
    });
  });

  test('at the same address replaces the worker that still runs the old code', async (t) => {
    const { site, open } = await localSite(t);
    const old = await open();
    await save(old, 'of the old build');
    site.mounts['/dist/'] = otherBuild(t);
    const fresh = await open();
    assert.deepEqual(await titles(fresh), ['of the old build']);
    assert.equal((await old.attempt('all', 'Note')).error.code, 'version_skew');
  });

  test('a page from an old cache does not disturb the engine of the new build', async (t) => {
    const { site, open } = await localSite(t);
    const fresh = await open();
    await save(fresh, 'of the new build');
    const stale = readFileSync(join(otherBuild(t), 'index.js'));
    site.replace['/dist/index.js'] = () => stale;
    const app = await openApp(browser, site);
    const { error } = await app.attempt('begin', {});
    assert.equal(error.code, 'version_skew');
    assert.deepEqual(await titles(fresh), ['of the new build']);
  });
});

describe('another schema', () => {
  test('the newer tab goes on, the older one gets version_skew, unknown fields are kept', async (t) => {
    const { site, open } = await localSite(t);
    const old = await open();
    await save(old, 'kept');
    site.replace['/models/schema.js'] = (bytes) => Buffer.from(bytes.toString().replaceAll('"body"', '"text"'));
    const fresh = await open();
    assert.deepEqual(await titles(fresh), ['kept']);
    assert.equal((await old.attempt('all', 'Note')).error.code, 'version_skew');
    await save(fresh, 'more');
    assert.deepEqual(await titles(fresh), ['kept', 'more']);
  });
});

describe('without SharedWorker', () => {
  const withoutSharedWorker = (page) =>
    page.addInitScript(() => {
      delete globalThis.SharedWorker;
    });

  test('one tab works, a second gets second_tab until the first is closed', async (t) => {
    const { site, open } = await localSite(t);
    const first = await open({}, withoutSharedWorker);
    await save(first, 'one');
    const second = await openApp(browser, site, { path: '/blank.html' });
    await withoutSharedWorker(second.page);
    await second.page.goto(`${site.url}/index.html`);
    const { error } = await second.attempt('begin', {});
    assert.equal(error.code, 'second_tab');
    assert.match(error.message, /already open in another tab/);
    assert.deepEqual(await titles(first), ['one']);
    await first.page.close();
    const third = await open({}, withoutSharedWorker);
    assert.deepEqual(await titles(third), ['one']);
  });
});

describe('without Web Locks', () => {
  test('an insecure page works, with ids from getRandomValues', async (t) => {
    const { open } = await localSite(t);
    const app = await open({}, (page) =>
      page.addInitScript(() => {
        Object.defineProperty(navigator, 'locks', { value: undefined });
        crypto.randomUUID = undefined;
      }),
    );
    const { id } = await save(app, 'one');
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(await titles(app), ['one']);
  });
});

describe('users', () => {
  test('each has a database; observers of the one before complete', async (t) => {
    const { open } = await localSite(t);
    const app = await open({ user: 'ann' });
    await save(app, "ann's");
    await app.page.evaluate(() => {
      const { store, models } = window.app;
      store.observe(models.Note).subscribe({
        next: () => {},
        complete: () => {
          window.app.completed = true;
        },
      });
    });
    await app.begin({ user: 'bob' });
    assert.equal(await app.page.evaluate(() => window.app.completed), true);
    assert.deepEqual(await titles(app), []);
    await save(app, "bob's");
    await app.begin({ user: 'ann' });
    assert.deepEqual(await titles(app), ["ann's"]);
  });
});

describe('many observers', () => {
  test('what ends one does not end the others', async (t) => {
    const { open } = await localSite(t);
    const app = await open();
    const heard = await app.page.evaluate(async () => {
      const { store, models } = window.app;
      const heard = [];
      window.onerror = () => true;
      store.observe(models.Note).subscribe(() => {
        throw new Error("the app's own mistake");
      });
      const second = store
        .observe(models.Note, (m) => m.title.eq('b'))
        .subscribe(({ element }) => heard.push(element.title));
      store.observe(models.Note).subscribe(({ element }) => heard.push(`all ${element.title}`));
      await store.save(new models.Note({ title: 'a' }));
      await store.save(new models.Note({ title: 'b' }));
      const hears = async (count) => {
        while (heard.length < count) await new Promise((resolve) => setTimeout(resolve));
      };
      await hears(3);
      second.unsubscribe();
      await store.save(new models.Note({ title: 'b' }));
      await hears(4);
      return heard;
    });
    assert.deepEqual(heard, ['all a', 'b', 'all b', 'all b']);
    await untilEqual('everything was saved', () => titles(app), ['a', 'b', 'b']);
  });
});
