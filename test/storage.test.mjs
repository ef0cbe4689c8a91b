// Storage that fails under a real page: what the app is told, and that nothing acknowledged is lost.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openApp, told } from './harness/app.mjs';
import { openKillableProfile, openProfile } from './harness/chromium.mjs';
import { root, temporaryFolder } from './harness/folder.mjs';
import { everyRow, get, mutate } from './harness/graphql.mjs';
import { countOf, deleteDatabases, openStubborn, texts } from './harness/indexeddb.mjs';
import { cutLog, isNew } from './harness/leveldb.mjs';
import { until, untilEqual } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

const script = readFileSync(join(root, 'test/pages/storage-faults.js'));

/** A world whose worker has such storage. */
const faultyWorld = (t, faults = {}) =>
  makeWorld(t, {
    site: {
      replace: {
        '/dist/engine.js': (bytes) =>
          Buffer.concat([Buffer.from(`const storageFaults = ${JSON.stringify(faults)};`), script, bytes]),
      },
    },
  });

const noise = (bytes) =>
  randomBytes(Math.ceil(bytes * 0.75))
    .toString('base64')
    .slice(0, bytes);

async function blankPage(context, site) {
  const page = await context.newPage();
  await page.goto(`${site.url}/blank.html`);
  return page;
}

const titles = async (app) => (await app.call('all', 'Note')).map((row) => row.title).sort();

describe('a log that a kill has cut', () => {
  /** A world whose visit(look) opens the browser on one profile, and kills it after the look. */
  async function cutWorld(t) {
    const { server, network, site, settings } = await makeWorld(t);
    await mutate(server, 'create', 'Note', { title: 'remote' });
    const folder = temporaryFolder(t, 'profile');
    const visit = async (look) => {
      const browser = await openKillableProfile(t, folder);
      const app = await openApp(browser.context, site);
      await app.begin(settings);
      await look(app);
      await browser.kill();
    };
    await visit((app) => app.ready());
    return { network, folder, visit };
  }

  test('is left behind before the first save is acknowledged', async (t) => {
    const { network, folder, visit } = await cutWorld(t);
    network.goOffline();
    for (const [visits, title] of ['first', 'second'].entries()) {
      cutLog(folder);
      await visit(async (app) => {
        await app.call('save', 'Note', { title });
        assert.equal((await app.outbox()).length, visits + 1);
      });
    }
    cutLog(folder);
    await visit(async (app) => {
      assert.deepEqual((await titles(app)).toSorted(), ['first', 'remote', 'second']);
      assert.equal((await app.outbox()).length, 2);
    });
    network.goOnline();
    await visit(async (app) => {
      await app.ready();
      await until('what was saved is sent', async () => (await app.outbox()).length === 0);
      assert.ok(!isNew(folder), 'Chromium has removed its database');
    });
  });

  test('and written on is told when the browser has removed it, and everything is fetched again', async (t) => {
    const { network, folder, visit } = await cutWorld(t);
    cutLog(folder);
    network.goOffline();
    await visit(async (app) => assert.deepEqual(await titles(app), ['remote'])); // the opening is written
    network.goOnline();
    await visit(async (app) => {
      const { message } = await told(app, 'storage_rebuilt');
      assert.match(message, /could not read its own storage .* Unsent changes in it are lost/);
      assert.ok(isNew(folder), 'Chromium kept the database');
      await app.ready();
      assert.deepEqual(await titles(app), ['remote']);
    });
  });
});

describe('a full disk', () => {
  test('pulls stop, saves go on in the reserve, then are refused; with room everything goes on', async (t) => {
    const { server, network, site, open } = await makeWorld(t);
    const context = await openProfile(t);
    const blank = await blankPage(context, site);
    const devtools = await context.newCDPSession(blank);
    const quota = (room) => devtools.send('Storage.overrideQuotaForOrigin', { origin: site.url, ...room });
    await quota({ quotaSize: 4_000_000 });
    const app = await open(context);
    await app.ready();
    await until('the reserve is written', () => countOf(blank, 'reserve'));

    const remote = [];
    for (let n = 0; n < 14; n++)
      remote.push((await mutate(server, 'create', 'Note', { title: `remote ${n}`, body: noise(300_000) })).id);
    await told(app, 'quota');
    assert.equal((await app.hub('storageStatus')).data.full, true);
    assert.ok((await app.call('count', 'Note')) < remote.length, 'not everything found room');

    network.goOffline();
    await app.disconnected();
    const saved = [];
    let refused;
    while (!refused) {
      const { value, error } = await app.attempt('save', 'Note', { title: 'saved', body: noise(40_000) });
      if (value) saved.push(value.id);
      refused = error;
      assert.ok(saved.length < 100, 'there is no end of the reserve');
    }
    assert.equal(refused.code, 'quota');
    assert.ok(saved.length >= 10, `the reserve took ${saved.length} saves`);
    assert.equal((await app.outbox()).length, saved.length);
    assert.equal((await app.call('get', 'Note', saved.at(-1))).title, 'saved');

    await quota({});
    network.goOnline();
    await app.drained();
    const rows = await everyRow(server, 'Note');
    assert.deepEqual(rows.map((row) => row.id).sort(), [...remote, ...saved].sort());
    await until('what found no room is here', async () => (await app.call('count', 'Note')) === rows.length);
    const note = await app.call('save', 'Note', { title: 'afterwards' });
    await until('saves arrive again', () => get(server, 'Note', note.id));
  });
});

describe('transactions that fail', () => {
  test('one that is aborted at its commit goes again on a new connection; a second failure is told', async (t) => {
    const { network, open } = await faultyWorld(t);
    const app = await open();
    await app.ready();
    network.goOffline();
    await app.disconnected();
    const breakNext = (reason, times) =>
      app.page.evaluate(
        ([reason, times]) =>
          new Promise((armed) => {
            const channel = new BroadcastChannel('storage-faults');
            channel.onmessage = () => {
              channel.close();
              armed();
            };
            channel.postMessage({ reason, times });
          }),
        [reason, times],
      );
    const kept = [];
    for (const reason of ['', 'AbortError', 'UnknownError', 'InvalidStateError']) {
      await breakNext(reason, 1);
      kept.push((await app.call('save', 'Note', { title: `after ${reason}` })).title);
    }
    for (const [reason, times, code] of [
      ['', 2, 'storage_failed'],
      ['UnknownError', 2, 'storage_failed'],
      ['InvalidStateError', 2, 'closed'],
      ['QuotaExceededError', 1000, 'quota'],
    ]) {
      await breakNext(reason, times);
      assert.equal((await app.attempt('save', 'Note', { title: 'lost' })).error?.code, code, reason);
      await breakNext('', 0);
      kept.push((await app.call('save', 'Note', { title: `once more ${reason}` })).title);
    }
    assert.deepEqual(await titles(app), kept.sort());
    await app.reload();
    await app.begin({});
    assert.deepEqual(await titles(app), kept.sort());
  });
});

describe('a database that goes away', () => {
  for (const [how, remove] of [
    ['by deleteDatabase', (blank) => deleteDatabases(blank)],
    [
      'by clearing the site data',
      async (blank, context, site) => {
        const devtools = await context.newCDPSession(blank);
        await devtools.send('Storage.clearDataForOrigin', { origin: site.url, storageTypes: 'indexeddb' });
      },
    ],
  ]) {
    test(`${how}: told, and unsent changes are written anew at once`, async (t) => {
      const { server, network, site, settings, open } = await makeWorld(t);
      const remote = await mutate(server, 'create', 'Note', { title: 'remote' });
      const context = await openProfile(t);
      const app = await open(context);
      await until('the remote note is here', () => app.call('get', 'Note', remote.id));
      network.goOffline();
      await app.disconnected();
      const unsent = await app.call('save', 'Note', { title: 'unsent' });
      const blank = await blankPage(context, site);
      await remove(blank, context, site);
      await told(app, 'deleted');
      assert.deepEqual(await titles(app), ['remote', 'unsent']);
      await until('the unsent note is on the disk again', async () =>
        (await texts(blank, 'log')).some((text) => text.includes(unsent.id)),
      );
      await app.call('save', 'Note', { title: 'later' });

      await app.page.close();
      const again = await openApp(context, site);
      await again.begin(settings);
      assert.deepEqual(await titles(again), ['later', 'remote', 'unsent']);
      network.goOnline();
      await again.drained();
      assert.equal((await get(server, 'Note', unsent.id)).title, 'unsent');
      assert.deepEqual(
        (await again.heard()).errors.filter((error) => error.code === 'evicted'),
        [],
      );
    });
  }

  test('an upgrade elsewhere: the connection gives way, the tab gets version_skew', async (t) => {
    const { site, open } = await makeWorld(t);
    const context = await openProfile(t);
    const app = await open(context);
    await app.call('save', 'Note', { title: 'one' });
    const blank = await blankPage(context, site);
    await blank.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const request = indexedDB.open('deltabase', 2);
          request.onsuccess = () => resolve(request.result.close());
          request.onerror = () => reject(request.error);
        }),
    );
    await until('the tab is told', async () => (await app.attempt('all', 'Note')).error?.code === 'version_skew');
  });

  test('one that does not open is told as storage_blocked, and opens when it can', async (t) => {
    const { site, settings, open } = await makeWorld(t);
    const context = await openProfile(t);
    const first = await open(context);
    await first.ready();
    await first.page.close();
    const blank = await blankPage(context, site);
    await openStubborn(blank, 'deltabase');
    await blank.evaluate(() => {
      indexedDB.deleteDatabase('deltabase');
    });
    const app = await openApp(context, site);
    const begun = app.begin(settings);
    await told(app, 'storage_blocked');
    await blank.evaluate(() => window.stubborn.close());
    await begun;
    await app.ready();
  });
});

describe('storage that fails inside', () => {
  test('for a while: it is opened again', async (t) => {
    const { open } = await faultyWorld(t, { opening: 2 });
    const app = await open();
    await app.ready();
    await app.call('save', 'Note', { title: 'fine' });
    assert.deepEqual((await app.heard()).errors, []);
  });

  test('for good: it is deleted, told, and everything is fetched again', async (t) => {
    const { server, open } = await faultyWorld(t, { opening: 1_000 });
    const note = await mutate(server, 'create', 'Note', { title: 'remote' });
    const app = await open();
    assert.match((await told(app, 'storage_rebuilt')).message, /could be read/);
    await until('the note is here', () => app.call('get', 'Note', note.id));
  });

  test('an unreadable change: told, its text kept aside', async (t) => {
    const { site, network, open, settings } = await makeWorld(t);
    const context = await openProfile(t);
    const app = await open(context);
    await app.ready();
    network.goOffline();
    await app.disconnected();
    const note = await app.call('save', 'Note', { title: 'to be damaged' });
    await app.call('save', 'Note', { title: 'good' });
    await app.page.close();
    const blank = await blankPage(context, site);
    const damaged = await blank.evaluate(
      (id) =>
        new Promise((resolve, reject) => {
          const request = indexedDB.open('deltabase');
          request.onerror = () => reject(request.error);
          request.onsuccess = () => {
            const transaction = request.result.transaction('log', 'readwrite');
            let count = 0;
            transaction.objectStore('log').openCursor().onsuccess = ({ target: { result: cursor } }) => {
              if (!cursor) return;
              if (cursor.value.includes(id)) {
                cursor.update(cursor.value.replace('to be damaged', 'has been damaged'));
                count++;
              }
              cursor.continue();
            };
            transaction.oncomplete = () => {
              request.result.close();
              resolve(count);
            };
          };
        }),
      note.id,
    );
    assert.ok(damaged > 0);
    const again = await openApp(context, site);
    await again.begin(settings);
    assert.match((await told(again, 'corrupt_page')).message, /salvage\/log\//);
    assert.deepEqual(await titles(again), ['good']);
    assert.ok((await texts(blank, 'meta')).some((text) => text.includes('has been damaged')));
  });
});

describe('a browser that offers no storage', () => {
  for (const none of ['missing', 'SecurityError', 'InvalidStateError']) {
    test(`${none}: the store works in memory and says so`, async (t) => {
      const { server, site, settings } = await faultyWorld(t, { none });
      const app = await openApp(await openProfile(t), site);
      await app.call('begin', settings, { start: false });
      assert.deepEqual(await app.page.evaluate(() => window.app.store.start()), { ephemeral: true });
      assert.equal((await app.hub('storageStatus')).data.ephemeral, true);
      const note = await app.call('save', 'Note', { title: 'in memory' });
      await app.drained();
      assert.equal((await get(server, 'Note', note.id)).title, 'in memory');
      assert.deepEqual(await titles(app), ['in memory']);
    });
  }

  test('with storage start() says that it is not ephemeral', async (t) => {
    const { open } = await makeWorld(t);
    const app = await open();
    assert.deepEqual(await app.page.evaluate(() => window.app.store.start()), { ephemeral: false });
  });
});

describe('eviction', () => {
  test('persistence is asked for with the first write; what was evicted is told and fetched again', async (t) => {
    const { server, network, site, settings } = await makeWorld(t);
    const remote = await mutate(server, 'create', 'Note', { title: 'remote' });
    const context = await openProfile(t);
    await context.addInitScript(() => {
      window.asked = 0;
      navigator.storage.persist = async () => {
        window.asked++;
        return false;
      };
    });
    const app = await openApp(context, site);
    await app.begin(settings);
    await app.ready();
    assert.equal(await app.page.evaluate(() => window.asked), 0);
    network.goOffline();
    await app.disconnected();
    await app.call('save', 'Note', { title: 'unsent' });
    await app.call('save', 'Note', { title: 'unsent, too' });
    assert.equal(await app.page.evaluate(() => window.asked), 1);
    await until('the page remembers that something is unsent', () =>
      app.page.evaluate(() => localStorage.getItem('deltabase:deltabase')?.endsWith('+')),
    );
    await app.page.close();

    const blank = await blankPage(context, site);
    await deleteDatabases(blank);
    network.goOnline();
    const again = await openApp(context, site);
    await again.begin(settings);
    assert.match((await told(again, 'evicted')).message, /lost/);
    await until('all rows are fetched again', () => again.call('get', 'Note', remote.id));
    await again.ready();
    await again.page.close();

    // The other half: IndexedDB is there, the marker is not.
    await blank.evaluate(() => localStorage.clear());
    const third = await openApp(context, site);
    await third.begin(settings);
    assert.doesNotMatch((await told(third, 'evicted')).message, /lost/);
    assert.equal((await third.hub('modelSynced')).data.isFullSync, true);
    await third.ready();
    await third.reload();
    await third.begin(settings);
    await third.ready();
    await untilEqual('nothing is told when both know the marker', async () => (await third.heard()).errors, []);
  });
});
