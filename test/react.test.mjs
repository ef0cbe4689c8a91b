// deltabase/react (with Vue, Solid and the contract of Svelte) in a page and on a server, and the to-do example, clicked
// through against a real server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bundle } from './harness/bundle.mjs';
import { openProfile } from './harness/chromium.mjs';
import { root, temporaryFolder } from './harness/folder.mjs';
import { ask, get, mutate } from './harness/graphql.mjs';
import { apiKey, codegen, run, startServer } from './harness/server.mjs';
import { serveStatic } from './harness/static.mjs';
import { until, untilEqual } from './harness/until.mjs';

const text = (page, selector) => page.locator(selector).textContent();
const showing = (page, what, selector, wanted) => untilEqual(what, () => text(page, selector), wanted);

let browser;
before(async () => {
  browser = await openProfile();
});
after(() => browser.close());

/** A page that says what goes wrong in it: complaints has errors and warnings. */
async function open(address) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(address);
  return { page, complaints };
}

/** Bundles test/frameworks beside the models of a server. */
async function hooksFolder(t, server) {
  const folder = temporaryFolder(t, 'hooks');
  cpSync(join(root, 'test/frameworks'), join(folder, 'src'), { recursive: true });
  cpSync(codegen(server.folder), join(folder, 'src/models'), { recursive: true });
  await bundle(join(folder, 'src/page.jsx'), join(folder, 'out/page.js'));
  await bundle(join(folder, 'src/server.jsx'), join(folder, 'server.mjs'), { platform: 'node' });
  return folder;
}

describe('deltabase/react', () => {
  test('a server renders what is loading; the page takes it over, asks each question once, and follows it', async (t) => {
    const server = await startServer(t);
    for (const [title, rating] of [
      ['one', 1],
      ['two', 2],
      ['three', 3],
    ])
      await mutate(server, 'create', 'Note', { title, rating });
    const folder = await hooksFolder(t, server);
    const html = execFileSync(process.execPath, [join(folder, 'server.mjs')], { encoding: 'utf8' });
    assert.match(
      html,
      /<p id="first">loading<\/p>.*<p id="suspended">loading<\/p>.*<p id="state">null false false<\/p>/,
    );
    writeFileSync(
      join(folder, 'out/index.html'),
      `<!doctype html><meta charset="utf-8"><title>hooks</title><link rel="icon" href="data:,"><div id="root">${html}</div>
      <div id="vue-root"></div><p id="solid"></p><p id="svelte"></p><script type="module" src="page.js"></script>`,
    );
    const site = await serveStatic(t, { mounts: { '/': join(folder, 'out') } });
    const { page, complaints } = await open(`${site.url}/index.html`);
    await page.waitForFunction(() => window.hooks);
    const settings = { endpoint: server.endpoint, apiKey };
    await page.evaluate((given) => window.hooks.begin(given), settings);
    for (const id of ['#first', '#second', '#suspended']) await showing(page, `${id} shows the notes`, id, 'two three');
    await showing(page, 'the state is told', '#state', 'true true false Note Task');
    const counted = () => page.evaluate(() => ({ ...window.hooks.counts, lists: window.hooks.counts.lists.size }));

    // StrictMode mounts twice, three components ask, and each render brings other functions.
    const settled = await counted();
    assert.equal(settled.subscriptions, 1);
    for (let i = 1; i <= 5; i++) {
      await page.evaluate(() => window.hooks.driver.again());
      await showing(page, 'it renders', '#renders', String(i));
    }
    assert.deepEqual(await counted(), settled, 'a render asks nothing, and gives the same list');

    await page.evaluate(() => window.hooks.save({ title: 'four', rating: 4 }));
    await showing(page, 'the query is live', '#first', 'two three four');

    // A transition keeps what is shown until the next answer is there.
    const { fallbacks } = await counted();
    await page.evaluate(() => window.hooks.driver.least(3));
    for (const id of ['#first', '#suspended']) await showing(page, 'the other question is answered', id, 'three four');
    assert.equal((await counted()).fallbacks, fallbacks);
    assert.equal((await counted()).subscriptions, 2);

    const { id } = await page.evaluate(() => window.hooks.save({ title: 'single', rating: 0 }));
    await page.evaluate((one) => window.hooks.driver.show(one), id);
    await showing(page, 'one record', '#one', 'single');
    await page.evaluate(() => window.hooks.driver.show(null));
    await showing(page, 'no record', '#one', 'none');

    // The others stand on the same questions.
    await page.evaluate(() => window.hooks.others());
    for (const name of ['#vue', '#solid', '#svelte'])
      await untilEqual(name, async () => (await text(page, name)).split(' ').sort(), ['four', 'three', 'two']);
    await page.evaluate(() => window.hooks.narrow(4));
    for (const name of ['#vue', '#solid']) await showing(page, name, name, 'four');

    // An error goes to the boundary; once that is reset, the question is asked anew.
    await page.evaluate(() => window.hooks.breakIt());
    await page.evaluate(() => window.hooks.driver.fail());
    await showing(page, 'the boundary has it', '#reset', 'invalid_config');
    await page.evaluate(async () => {
      await window.hooks.failing.configure({ syncExpressions: null });
      await window.hooks.failing.save(new window.hooks.Note({ title: 'mended', rating: 1 }));
    });
    await page.locator('#reset').click();
    await showing(page, 'the answer is there', '#failing', 'mended');

    // Another user: nothing of this one stays on the screen.
    await page.evaluate(() => window.hooks.DataStore.configure({ endpoint: null, apiKey: null, user: 'somebody' }));
    for (const name of ['#first', '#suspended', '#vue', '#solid', '#svelte'])
      await showing(page, 'it is empty', name, '');
    await page.evaluate(() => window.hooks.save({ title: 'mine', rating: 9 }));
    for (const name of ['#first', '#vue', '#solid', '#svelte']) await showing(page, 'it goes on', name, 'mine');
    assert.deepEqual([await page.evaluate(() => window.hooks.recovered), complaints], [[], []]);
    await page.close();
  });
});

/** The example as `deltabase init` writes it, built for a server. */
async function todoSite(t) {
  const folder = temporaryFolder(t, 'todo');
  const { status, stderr } = run(['init', '--template', 'react', '--api-key', apiKey, '--dir', folder]);
  assert.equal(status, 0, stderr);
  const server = await startServer(t, { folder });
  cpSync(codegen(folder), join(folder, 'src/models'), { recursive: true });
  const store = readFileSync(join(folder, 'src/store.ts'), 'utf8');
  assert.ok(store.includes('http://127.0.0.1:8080/graphql'), 'the example names the port of `deltabase dev`');
  writeFileSync(join(folder, 'src/store.ts'), store.replace('http://127.0.0.1:8080/graphql', server.endpoint));
  const out = join(folder, 'out');
  mkdirSync(out);
  await bundle(join(folder, 'src/main.tsx'), join(out, 'src/main.js'));
  cpSync(join(folder, 'src/styles.css'), join(out, 'src/styles.css'));
  const index = readFileSync(join(folder, 'index.html'), 'utf8');
  assert.ok(index.includes('/src/main.tsx'));
  writeFileSync(join(out, 'index.html'), index.replace('/src/main.tsx', '/src/main.js'));
  const site = await serveStatic(t, { mounts: { '/': out } });
  return { server, site };
}

describe('examples/react-todo', () => {
  test('add, rename, filter, work offline, look into the outbox, decide a conflict', async (t) => {
    const { server, site } = await todoSite(t);
    const { page, complaints } = await open(`${site.url}/index.html`);
    const row = (title) => page.locator('.todos li').filter({ has: page.locator(`[aria-label="Delete ${title}"]`) });
    const add = async (title) => {
      await page.getByLabel('What is to be done?').fill(title);
      await page.getByRole('button', { name: 'Add' }).click();
      await row(title).waitFor();
    };
    await page.getByText('Nothing to do yet').waitFor();
    await page.getByText('Up to date').waitFor();
    await add('Water the plants');
    await add('Write to Ada');
    await page.getByLabel('Write to Ada is done').click();
    await page.getByText('Done', { exact: true }).click();
    await untilEqual('the filter holds', () => page.locator('.todos li').count(), 1);
    await page.getByText('All', { exact: true }).click();
    await untilEqual('and is taken back', () => page.locator('.todos li').count(), 2);
    const stored = async () =>
      (await ask(server, '{ listTodos { items { id title done _version } } }')).listTodos.items;
    const todo = await until('both are at the server', async () => {
      const list = await stored();
      return (
        list.length === 2 && list.some((each) => each.done) && list.find((each) => each.title === 'Water the plants')
      );
    });

    await page.getByRole('button', { name: 'Work offline' }).click();
    await page.getByText('You are offline.').waitFor();
    const title = row('Water the plants').getByLabel('Title');
    await title.fill('Water all plants');
    await title.press('Enter');
    await row('Water all plants').getByText('Not sent yet').waitFor();
    await page.getByText('One change is kept on this device').waitFor();
    await page.locator('.outbox summary').click();
    await page.locator('.outbox').getByText('title: Water all plants').waitFor();
    if (process.env.SCREENSHOTS) await shoot(page, 'offline');

    await mutate(server, 'update', 'Todo', {
      id: todo.id,
      title: 'Water the roses',
      done: true,
      _version: todo._version,
    });
    await page.getByRole('button', { name: 'Go online' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Water the roses').waitFor();
    if (process.env.SCREENSHOTS) await shoot(page, 'conflict');
    await dialog.getByRole('button', { name: 'Decide later' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row('Water all plants').getByRole('button', { name: 'Conflict: decide' }).click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await untilEqual(
      'what was chosen is stored',
      async () => {
        const { title, done } = await get(server, 'Todo', todo.id);
        return { title, done };
      },
      { title: 'Water all plants', done: true },
    );
    await untilEqual('the outbox is empty', () => text(page, '.outbox .count'), '0');
    await page.getByText('Everything has been sent.').waitFor();

    // A delete of what somebody else has changed.
    await page.getByRole('button', { name: 'Work offline' }).click();
    await page.getByText('You are offline.').waitFor();
    const other = (await stored()).find((each) => each.title === 'Write to Ada');
    await row('Write to Ada').getByRole('button').click();
    await mutate(server, 'update', 'Todo', { id: other.id, title: 'Call Ada', _version: other._version });
    await page.getByRole('button', { name: 'Go online' }).click();
    await dialog.getByRole('button', { name: 'Keep theirs' }).click();
    await row('Call Ada').waitFor();
    if (process.env.SCREENSHOTS) await shoot(page, 'online');
    assert.deepEqual(complaints, []);
    await page.close();
  });
});

/** For a person who looks at the example: SCREENSHOTS names a folder. */
async function shoot(page, name) {
  for (const [size, width] of [
    ['desktop', 1100],
    ['phone', 380],
  ]) {
    await page.setViewportSize({ width, height: 760 });
    await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}-${size}.png`) });
  }
}
