// The demo page, driven as a person would: by its labels, buttons and switches.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openProfile } from './harness/chromium.mjs';
import { createPost, demoServer, openDemo } from './harness/demo.mjs';
import { root, temporaryFolder } from './harness/folder.mjs';
import { ask } from './harness/graphql.mjs';
import { run } from './harness/server.mjs';
import { serveStatic } from './harness/static.mjs';
import { until, untilEqual } from './harness/until.mjs';

let browser;
before(async () => {
  browser = await openProfile();
});
after(() => browser.close());

/** A page at a server with one post that both devices show; B is cut off and both have edited it. */
async function clashing(t, { mine = { title: 'from B' }, theirs = { title: 'from A', body: 'A wrote this' } } = {}) {
  const server = await demoServer(t);
  const demo = await openDemo(t, browser, `${server.url}/`);
  await demo.a.add('original');
  await demo.b.shows('original', 'Synced');
  await demo.b.cutOff();
  await demo.b.edit('original', mine);
  await demo.a.edit('original', theirs);
  await demo.a.shows(theirs.title ?? 'original', 'Synced');
  await demo.b.shows(mine.title ?? 'original', 'Waiting');
  return { server, demo };
}

describe('two devices', () => {
  test('created, edited and deleted posts arrive on the other side', async (t) => {
    const server = await demoServer(t);
    const { a, b, page } = await openDemo(t, browser, `${server.url}/`);
    await a.add('Hello <b>there</b>');
    await b.shows('Hello <b>there</b>', 'Synced');
    await b.edit('Hello <b>there</b>', { title: 'Good day', body: 'with a text', rating: '4 stars', tags: 'one, two' });
    await a.shows('Good day', 'Synced');
    await a.row('Good day').getByText('with a text').waitFor();
    await a.row('Good day').getByText('#one #two').waitFor();
    await a.row('Good day').getByRole('img', { name: '4 of 5 stars' }).waitFor();
    await a.remove('Good day');
    await b.empty();
    assert.equal(await page.locator('.post b').count(), 0);
  });

  test('a cut-off device works on, counts what waits and sends it later', async (t) => {
    const server = await demoServer(t);
    const { a, b } = await openDemo(t, browser, `${server.url}/`);
    await b.cutOff();
    await b.add('written alone');
    await b.add('and another');
    await b.shows('written alone', 'Waiting');
    await b.state('cut off, 2 changes waiting');
    await b.connect();
    await a.shows('written alone', 'Synced');
    await a.shows('and another', 'Synced');
    await b.state('connected, nothing waiting');
  });

  test('an open form keeps what was typed and brings the rest up to date', async (t) => {
    const server = await demoServer(t);
    const { a, b } = await openDemo(t, browser, `${server.url}/`);
    await a.add('shared');
    await b.shows('shared', 'Synced');
    const form = await b.openEditor('shared');
    await form.getByLabel('Text').fill('typed on B');
    await a.edit('shared', { title: 'renamed on A' });
    await until(
      'the untouched title follows',
      async () => (await form.getByLabel('Title').inputValue()) === 'renamed on A',
    );
    assert.equal(await form.getByLabel('Text').inputValue(), 'typed on B');
    await form.getByRole('button', { name: 'Save' }).click();
    await a.row('renamed on A').getByText('typed on B').waitFor();
  });
});

describe('the conflict dialog', () => {
  test('shows base, local and remote with the changed fields marked', async (t) => {
    const { demo } = await clashing(t);
    await demo.b.connect();
    const dialog = await demo.conflict();
    assert.match(await dialog.innerText(), /“from B” was changed in two places/);
    const rows = await dialog
      .getByRole('row')
      .filter({ has: demo.page.getByRole('cell') })
      .evaluateAll((all) =>
        all.map((row) => [...row.children].map((cell) => cell.innerText.replace(/\s+/g, ' ').replace('△ ', '').trim())),
      );
    assert.deepEqual(rows.slice(0, 3), [
      ['Title', 'original', 'from B changed on both', 'from A changed on both'],
      ['Text', 'empty', 'empty', 'A wrote this changed'],
      ['Status', 'same everywhere: empty'],
    ]);
  });

  test('Keep mine puts the changed fields over the server’s row', async (t) => {
    const { demo, server } = await clashing(t);
    await demo.b.connect();
    await demo.decide('Keep mine');
    await demo.bothShow('from B');
    await demo.agrees(server, { title: 'from B', body: 'A wrote this', _version: 3 });
  });

  test('Take theirs drops the change', async (t) => {
    const { demo, server } = await clashing(t);
    await demo.b.connect();
    await demo.decide('Take theirs');
    await demo.bothShow('from A');
    await demo.agrees(server, { title: 'from A', body: 'A wrote this', _version: 2 });
  });

  test('Merge by hand sends what was written', async (t) => {
    const { demo, server } = await clashing(t);
    await demo.b.connect();
    const dialog = await demo.conflict();
    await dialog.getByRole('button', { name: /^Merge by hand/ }).click();
    assert.equal(await dialog.getByLabel('Title', { exact: true }).inputValue(), 'from B');
    assert.equal(await dialog.getByLabel('Text', { exact: true }).inputValue(), 'A wrote this');
    await dialog.getByLabel('Title', { exact: true }).fill('from both');
    await dialog.getByLabel('Rating', { exact: true }).selectOption('5 stars');
    await dialog.getByRole('button', { name: 'Save this merge' }).click();
    await demo.bothShow('from both');
    await demo.agrees(server, { title: 'from both', body: 'A wrote this', rating: 5, _version: 3 });
  });

  test('Esc decides later: nothing is lost, a reload asks again', async (t) => {
    const { demo, server } = await clashing(t);
    await demo.b.connect();
    await demo.conflict();
    await demo.page.keyboard.press('Escape');
    await demo.noDialog();
    await demo.b.shows('from B', 'Needs your decision');
    await demo.page.reload();
    await demo.conflict();
    await demo.page.keyboard.press('Escape');
    await demo.b
      .row('from B')
      .getByRole('button', { name: /^Decide/ })
      .click();
    await demo.decide('Keep mine');
    await demo.agrees(server, { title: 'from B', _version: 3 });
  });

  test('a post that was deleted meanwhile can be kept as a new one', async (t) => {
    const server = await demoServer(t);
    const demo = await openDemo(t, browser, `${server.url}/`);
    await demo.a.add('original');
    await demo.b.shows('original', 'Synced');
    await demo.b.cutOff();
    await demo.b.edit('original', { title: 'still wanted' });
    await demo.a.remove('original');
    await demo.a.empty();
    await demo.b.connect();
    await demo.decide('Keep mine as a new post');
    await demo.bothShow('still wanted');
  });

  test('a deletion that met a change is asked about', async (t) => {
    const server = await demoServer(t);
    const demo = await openDemo(t, browser, `${server.url}/`);
    await demo.a.add('original');
    await demo.b.shows('original', 'Synced');
    await demo.b.cutOff();
    await demo.b.remove('original');
    await demo.a.edit('original', { title: 'changed' });
    await demo.a.shows('changed', 'Synced');
    await demo.b.connect();
    await demo.decide('Take theirs');
    await demo.bothShow('changed');
  });

  test('keeps the focus inside and does not decide by a stray key', async (t) => {
    const { demo } = await clashing(t);
    await demo.b.connect();
    const dialog = await demo.conflict();
    await demo.page.keyboard.press('Enter');
    await demo.page.keyboard.press('Space');
    assert.ok(await dialog.isVisible());
    for (let step = 0; step < 12; step++) {
      await demo.page.keyboard.press('Tab');
      assert.ok(
        await demo.page.evaluate(
          () =>
            document.activeElement === document.body ||
            document.querySelector('#conflict').contains(document.activeElement),
        ),
      );
    }
  });
});

describe('the shell', () => {
  test('opens again with the server stopped, and sends what was written meanwhile', async (t) => {
    const server = await demoServer(t);
    const context = await openProfile(t);
    const demo = await openDemo(t, context, `${server.url}/`);
    await demo.a.add('before');
    await demo.a.shows('before', 'Synced');
    await demo.shellKept();
    await server.kill();
    await demo.page.reload();
    await demo.a.shows('before', 'Synced');
    await demo.a.add('while it was gone');
    await demo.a.shows('while it was gone', 'Waiting');
    await demo.a.problem(/does not answer/);
    await server.start();
    await demo.b.shows('while it was gone', 'Synced');
  });

  test('a new build arrives whole at a reload and the old one goes', async (t) => {
    const server = await demoServer(t);
    const files = { '/': join(root, 'web/dist') };
    const site = await serveStatic(t, { mounts: files });
    const context = await openProfile(t);
    const demo = await openDemo(t, context, `${site.url}/?endpoint=${server.endpoint}`);
    await demo.shellKept();
    const old = await demo.build();
    const next = 'feedfacecafe';
    const renewed = (bytes) => Buffer.from(bytes.toString().replaceAll(old, next));
    site.replace['/sw.js'] = renewed;
    assert.equal(await demo.updateShell(), 'redundant', 'a build that is only half there is not taken');
    for (const path of ['/index.html', '/']) site.replace[path] = renewed;
    assert.equal(await demo.updateShell(), 'installed');
    await demo.page.getByText('A newer build of this page is ready.').waitFor();
    assert.equal(await demo.build(), old);
    await demo.page.reload();
    await untilEqual('the new build is there', () => demo.build(), next);
    await untilEqual(
      'only its cache is kept',
      () => demo.page.evaluate(async () => (await caches.keys()).map((name) => name.split(' ').at(-1))),
      [next],
    );
  });

  test('works under a sub-path of another static host', async (t) => {
    const server = await demoServer(t);
    const site = await serveStatic(t, { mounts: { '/some/where/': join(root, 'web/dist') } });
    const context = await openProfile(t);
    const demo = await openDemo(
      t,
      context,
      `${site.url}/some/where/?endpoint=${encodeURIComponent(server.endpoint)}&apiKey=da2-demo`,
    );
    await demo.a.add('from afar');
    await demo.b.shows('from afar', 'Synced');
    await demo.shellKept();
    await site.close();
    await demo.page.reload();
    await demo.b.shows('from afar', 'Synced');
  });
});

describe('what goes wrong is a sentence in the pane', () => {
  test('a wrong API key', async (t) => {
    const server = await demoServer(t);
    const demo = await openDemo(t, browser, `${server.url}/?apiKey=da2-wrong`, { complaints: /401|WebSocket/ });
    await demo.a.problem(/refused the API key “da2-wrong”/);
    await demo.a.add('kept here');
    await demo.a.shows('kept here');
  });

  test('a change that the server refuses is held, and can be dropped', async (t) => {
    const server = await demoServer(t, { operations: 'create, read' });
    const { a, b } = await openDemo(t, browser, `${server.url}/`);
    await a.add('original');
    await b.shows('original', 'Synced');
    await b.edit('original', { title: 'not allowed' });
    await b.shows('not allowed', 'Held');
    await b
      .row('not allowed')
      .getByRole('button', { name: /^Discard the change/ })
      .click();
    await b.shows('original', 'Synced');
    await a.remove('original');
    await a.pane.getByText(/^A deletion: held\./).waitFor();
    await a.pane.getByRole('button', { name: 'Discard change' }).click();
    await a.shows('original', 'Synced');
  });

  test('a second tab, where tabs cannot share an engine', async (t) => {
    const server = await demoServer(t);
    const context = await openProfile(t);
    await context.addInitScript(() => {
      delete globalThis.SharedWorker;
    });
    const first = await openDemo(t, context, `${server.url}/`);
    await first.a.add('in the first tab');
    const second = await openDemo(t, context, `${server.url}/`);
    await second.a.problem(/open in another tab/);
    await second.b.problem(/open in another tab/);
    await first.b.shows('in the first tab', 'Synced');
  });

  test('an endpoint that does not answer', async (t) => {
    const site = await serveStatic(t, { mounts: { '/': join(root, 'web/dist') } });
    const demo = await openDemo(t, browser, `${site.url}/?endpoint=http://127.0.0.1:9/graphql`, {
      complaints: /ERR_|WebSocket/,
    });
    await demo.a.problem(/127\.0\.0\.1:9\/graphql does not answer/);
    await demo.a.add('kept here');
    await demo.a.shows('kept here', 'Waiting');
  });

  test('an endpoint that is no address', async (t) => {
    const site = await serveStatic(t, { mounts: { '/': join(root, 'web/dist') } });
    const demo = await openDemo(t, browser, `${site.url}/?endpoint=nonsense`);
    await demo.b.problem(/“nonsense”\. Write a whole one/);
  });
});

describe('for everyone', () => {
  const sizes = [
    [360, 740],
    [1280, 800],
  ];
  for (const colorScheme of ['light', 'dark']) {
    for (const [width, height] of sizes) {
      test(`${colorScheme}, ${width} wide: nothing that axe finds, no sideways scrolling, no jumps`, async (t) => {
        const { demo } = await clashing(t);
        await demo.page.setViewportSize({ width, height });
        await demo.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await demo.accessible();
        await demo.b.openEditor('from B');
        await demo.accessible();
        await demo.b.pane.getByRole('button', { name: 'Cancel' }).click();
        await demo.b.connect();
        const dialog = await demo.conflict();
        await demo.accessible();
        await dialog.getByRole('button', { name: /^Merge by hand/ }).click();
        await demo.accessible();
        assert.ok(await demo.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      });
    }
  }

  test('loading moves nothing that is already there', async (t) => {
    const server = await demoServer(t);
    await createPost(server, { title: 'already there' });
    const demo = await openDemo(t, browser, `${server.url}/`);
    await demo.a.shows('already there', 'Synced');
    const shift = await demo.page.evaluate(
      () =>
        new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
            resolve(sum);
          }).observe({ type: 'layout-shift', buffered: true });
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
        }),
    );
    assert.ok(shift < 0.05, `cumulative layout shift ${shift}`);
  });

  test('Reset forgets both devices and fetches again; with its box ticked the posts go, too', async (t) => {
    const server = await demoServer(t);
    const { id } = await createPost(server, { title: 'on the server' });
    const demo = await openDemo(t, browser, `${server.url}/`);
    await demo.b.shows('on the server', 'Synced');
    await demo.b.cutOff();
    await demo.b.add('never sent');
    await demo.reset({ server: false });
    await demo.b.shows('on the server', 'Synced');
    await until('the unsent post is gone', async () => (await demo.b.row('never sent').count()) === 0);
    await demo.reset({ server: true });
    await demo.a.empty();
    await demo.b.empty();
    const { getPost } = await ask(server, 'query ($id: ID!) { getPost(id: $id) { _deleted } }', { id });
    assert.equal(getPost._deleted, true);
  });
});

test('the demo has no type errors', () => {
  for (const project of ['web', 'web/tsconfig.worker.json']) {
    const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', project], {
      cwd: root,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout);
  }
});

test('web/models is what codegen makes of web/schema.graphql', (t) => {
  const out = temporaryFolder(t, 'models');
  const { status, stderr } = run(['codegen', '--schema', join(root, 'web/schema.graphql'), '--out', out]);
  assert.equal(status, 0, stderr);
  for (const name of ['schema.js', 'schema.d.ts', 'index.js', 'index.d.ts']) {
    assert.equal(readFileSync(join(root, 'web/models', name), 'utf8'), readFileSync(join(out, name), 'utf8'), name);
  }
});
