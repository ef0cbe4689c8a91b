// Databases that earlier releases left in the browser. fixtures/db-v*.json hold the texts of their object
// stores as they were; they are never written again, and every later version must open them.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openApp } from './harness/app.mjs';
import { openProfile } from './harness/chromium.mjs';
import { root } from './harness/folder.mjs';
import { codegen, projectFolder } from './harness/server.mjs';
import { serveStatic } from './harness/static.mjs';

const fixtures = join(root, 'test/fixtures');
const releases = readdirSync(fixtures).filter((name) => /^db-v\d+\.json$/.test(name));

/** Puts a database of an earlier release into the browser. */
const seed = (app, areas) =>
  app.page.evaluate(
    (areas) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open('deltabase', 1);
        request.onupgradeneeded = () => {
          for (const area of Object.keys(areas)) request.result.createObjectStore(area);
        };
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const db = request.result;
          const tx = db.transaction(Object.keys(areas), 'readwrite');
          for (const [area, texts] of Object.entries(areas)) {
            for (const [key, text] of Object.entries(texts))
              tx.objectStore(area).put(text, area === 'log' ? Number(key) : key);
          }
          tx.oncomplete = () => resolve(db.close());
          tx.onerror = () => reject(tx.error);
        };
      }),
    areas,
  );

describe('databases of earlier releases', () => {
  for (const name of releases) {
    test(name, async (t) => {
      const site = await serveStatic(t, {
        mounts: { '/models/': codegen(projectFolder(t, { schema: 'stories.graphql' })) },
      });
      const app = await openApp(await openProfile(t), site, { path: '/blank.html' });
      await seed(app, JSON.parse(readFileSync(join(fixtures, name))));
      await app.page.goto(`${site.url}/index.html`);
      await app.begin({ handler: 'promise' }); // it never answers
      const posts = await app.call('all', 'Post');
      assert.deepEqual(posts.map((row) => [row.id, row.title]).sort(), [
        ['a1', 'acknowledged'],
        ['f0001', 'if'],
        ['f0002', 'film 2'],
        ['f0003', 'film 3'],
        ['f0004', 'film 4'],
        ['n1', 'new'],
        ['p1', 'one'],
        ['p2', 'held'],
        ['p3', 'conflicted'],
        ['p4', 'sent'],
      ]);
      assert.deepEqual(posts.find((row) => row.id === 'a1').tags, ['x', 'y']);
      assert.deepEqual(posts.find((row) => row.id === 'p4').rating, 44);
      assert.deepEqual(
        (await app.outbox()).map((one) => [one.id, one.operation, one.recordId, one.state]),
        [
          ['h1', 'update', 'p2', 'held'],
          ['c1', 'update', 'p3', 'conflicted'],
          ['s1', 'update', 'p4', 'sent'],
          ['u1', 'update', 'p4', 'pending'],
          ['u2', 'create', 'n1', 'pending'],
          ['u4', 'delete', 'f0000', 'pending'],
          ['u5', 'update', 'f0001', 'pending'],
          ['k0', 'create', 'k0', 'parked'],
        ],
      );
      await app.call('update', 'Post', 'p1', { title: 'saved by this version' });
      assert.deepEqual(
        (await app.heard()).conflicts.map((one) => [one.model, one.remote.title, one.local.title]),
        [['Post', 'theirs', 'conflicted']],
      );
      await app.reload();
      await app.begin({});
      assert.equal(await app.title('p1', 'Post'), 'saved by this version');
      assert.deepEqual((await app.heard()).errors, []);
    });
  }
  assert.ok(releases.length > 0);
});
