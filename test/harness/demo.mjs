// The demo page with a server of its own, and the things that a person does with it.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterwards } from './after.mjs';
import { root, temporaryFolder } from './folder.mjs';
import { ask } from './graphql.mjs';
import { startServer } from './server.mjs';
import { until } from './until.mjs';

const patienceMs = Number(process.env.TEST_PATIENCE_MS ?? 30_000);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A server with the demo's own schema and settings and an empty database; operations limits what it allows. */
export async function demoServer(t, { operations } = {}) {
  const folder = temporaryFolder(t, 'demo');
  const schema = readFileSync(join(root, 'web/schema.graphql'), 'utf8');
  const rule = operations ? schema.replace('allow: public', `allow: public, operations: [${operations}]`) : schema;
  writeFileSync(join(folder, 'schema.graphql'), rule);
  const config = JSON.parse(readFileSync(join(root, 'deltabase.json'), 'utf8'));
  writeFileSync(
    join(folder, 'deltabase.json'),
    JSON.stringify({ ...config, schema: 'schema.graphql', database: 'data.db' }),
  );
  mkdirSync(join(folder, 'web'));
  symlinkSync(join(root, 'web/dist'), join(folder, 'web/dist'));
  const server = await startServer(t, { folder });
  server.apiKey = 'da2-demo';
  return server;
}

/** Opens the page; complaints is what the browser's console may say in error lines. */
export async function openDemo(t, context, url, { complaints = /ERR_CONNECTION|WebSocket|Failed to fetch/ } = {}) {
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const heard = [];
  page.on('pageerror', (error) => heard.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !complaints.test(message.text())) heard.push(message.text());
  });
  afterwards(t, async () => {
    await clean(page);
    await page.close();
    assert.deepEqual(heard, [], 'the page complained in the console');
  });
  await page.goto(url);
  return new Demo(page);
}

/** Nothing of one test may wait for the next in the same profile. */
async function clean(page) {
  await page.goto('about:blank').catch(() => {});
}

/** Another device without an engine: writes a post, by plain GraphQL. */
export async function createPost(server, input) {
  const { createPost: post } = await ask(
    server,
    'mutation ($input: CreatePostInput!) { createPost(input: $input) { id title _version _deleted } }',
    { input },
  );
  return post;
}

class Demo {
  constructor(page) {
    this.page = page;
    this.a = new Pane(page, 'A');
    this.b = new Pane(page, 'B');
  }

  async conflict() {
    const dialog = this.page.getByRole('dialog', { name: /was (changed|deleted)/ });
    await dialog.waitFor();
    return dialog;
  }

  async decide(choice) {
    const dialog = await this.conflict();
    await dialog
      .locator('button.choice')
      .filter({ has: this.page.getByText(choice, { exact: true }) })
      .click();
    await this.noDialog();
  }

  noDialog() {
    return this.page.locator('dialog[open]').waitFor({ state: 'hidden' });
  }

  async bothShow(title) {
    await this.a.shows(title, 'Synced');
    await this.b.shows(title, 'Synced');
  }

  /** The server's only post has these values. */
  async agrees(server, expected) {
    const names = Object.keys(expected);
    await until(`the server has ${JSON.stringify(expected)}`, async () => {
      const { listPosts } = await ask(server, `query { listPosts { items { ${names.join(' ')} } } }`);
      assert.deepEqual(listPosts.items, [expected]);
      return true;
    });
  }

  build() {
    return this.page.locator('#build').innerText();
  }

  /** The service worker has all that an offline reload needs. */
  shellKept() {
    return this.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  }

  /** Looks for a newer build; tells what became of its worker: installed or redundant. */
  updateShell() {
    return this.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const found = new Promise((resolve) =>
        registration.addEventListener(
          'updatefound',
          () => {
            const worker = registration.installing;
            worker.addEventListener('statechange', () => resolve(worker.state));
          },
          { once: true },
        ),
      );
      await registration.update().catch(() => {});
      return found;
    });
  }

  async reset({ server }) {
    await this.page.getByRole('button', { name: 'Reset', exact: true }).click();
    const dialog = this.page.getByRole('dialog', { name: 'Start again?' });
    if (server) await dialog.getByLabel('Delete all posts on the server first').check();
    await dialog.getByRole('button', { name: 'Reset both devices' }).click();
    await this.noDialog();
  }

  /** Runs axe over what is shown. */
  async accessible() {
    await this.page.evaluate(axe);
    const violations = await this.page.evaluate(async () => {
      const found = await globalThis.axe.run(document, { resultTypes: ['violations'] });
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
    });
    assert.deepEqual(violations, []);
  }
}

class Pane {
  constructor(page, name) {
    this.page = page;
    this.name = name;
    this.pane = page.getByRole('region', { name: `Device ${name}`, exact: true });
  }

  row(title) {
    return this.pane
      .getByRole('listitem')
      .filter({ has: this.page.getByRole('heading', { name: title, exact: true }) });
  }

  async add(title) {
    await this.pane.getByLabel(`Title of a new post on device ${this.name}`).fill(title);
    await this.pane.getByRole('button', { name: 'Add', exact: true }).click();
    await this.row(title).waitFor();
  }

  async openEditor(title) {
    await this.row(title).getByRole('button', { name: /^Edit/ }).click();
    const form = this.pane.getByRole('form', { name: /^Edit/ });
    await form.waitFor();
    return form;
  }

  async edit(title, { title: newTitle, body, rating, tags }) {
    const form = await this.openEditor(title);
    if (newTitle !== undefined) await form.getByLabel('Title').fill(newTitle);
    if (body !== undefined) await form.getByLabel('Text').fill(body);
    if (rating !== undefined) await form.getByLabel('Rating').selectOption(rating);
    if (tags !== undefined) await form.getByLabel('Tags').fill(tags);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
  }

  remove(title) {
    return this.row(title)
      .getByRole('button', { name: /^Delete/ })
      .click();
  }

  async shows(title, chip) {
    const row = this.row(title);
    await (chip ? row.getByText(chip, { exact: true }) : row).waitFor();
  }

  empty() {
    return this.pane.getByText('No posts yet.').waitFor();
  }

  state(text) {
    return this.pane.getByText(text, { exact: true }).waitFor();
  }

  problem(pattern) {
    return this.pane.locator('.problem').filter({ hasText: pattern }).waitFor();
  }

  #switch() {
    return this.pane.getByRole('switch', { name: `Network of device ${this.name}` });
  }

  async cutOff() {
    await this.#switch().uncheck({ force: true });
    await this.pane.getByText(/^cut off/).waitFor();
  }

  async connect() {
    await this.#switch().check({ force: true });
  }
}
