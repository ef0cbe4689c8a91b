// What every measurement runs in: a server with records, a site with the page of each store, a browser with a profile.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { openProfile } from '../test/harness/chromium.mjs';
import { root, temporaryFolder } from '../test/harness/folder.mjs';
import { apiKey, codegen, run, startServer } from '../test/harness/server.mjs';
import { serveStatic } from '../test/harness/static.mjs';
import { openNetwork } from './network.mjs';
import { record } from './page/records.js';

const folder = join(root, 'bench');

/**
 * The stores of the table, the floor first. script: its file in page/stores; peer: the package of bench/package.json;
 * syncs: pushes what is saved; plain, tls: what the server seems to be.
 */
export const stores = [
  { name: 'floor-pages', title: 'IndexedDB by hand, pages of 500', script: 'floor-pages' },
  { name: 'floor-rows', title: 'IndexedDB by hand, a row per record', script: 'floor-rows' },
  { name: 'dexie', title: 'Dexie', script: 'dexie', peer: 'dexie' },
  { name: 'rxdb', title: 'RxDB (Dexie storage)', script: 'rxdb', peer: 'rxdb', syncs: true },
  { name: 'tinybase', title: 'TinyBase', script: 'tinybase', peer: 'tinybase' },
  { name: 'sqlite', title: 'SQLite in OPFS', script: 'sqlite', peer: '@sqlite.org/sqlite-wasm' },
  {
    name: 'amplify',
    title: 'Amplify DataStore',
    script: 'amplify',
    peer: 'aws-amplify',
    plain: true,
    tls: true,
    syncs: true,
  },
  { name: 'deltabase-plain', title: 'Deltabase, plain AppSync', script: 'deltabase', plain: true, syncs: true },
  { name: 'deltabase', title: 'Deltabase, our server', script: 'deltabase', syncs: true },
];

/** Who opens something closes it. */
const nobody = { after() {} };

/** {t, end}: what is opened with t lives until end(). */
export function lifetime() {
  const cleans = [];
  const end = async () => {
    for (const clean of cleans.splice(0).reverse()) await clean();
  };
  return { t: { after: (clean) => cleans.push(clean) }, end };
}

/** A project folder whose database has the records, and the certificate for clients that insist on TLS. */
export async function seed(t, count) {
  const project = temporaryFolder(t, 'bench');
  cpSync(join(folder, 'page/schema.graphql'), join(project, 'schema.graphql'));
  const config = { schema: 'schema.graphql', database: 'data.db', apiKeys: [apiKey] };
  writeFileSync(join(project, 'deltabase.json'), JSON.stringify(config));
  const lines = Array.from({ length: count }, (_, n) => JSON.stringify(record(n)));
  writeFileSync(join(project, 'items.jsonl'), lines.join('\n'));
  if (count) {
    const { status, stdout, stderr } = run(['import', 'Item', 'items.jsonl', '--config', 'deltabase.json'], {
      cwd: project,
    });
    if (status !== 0) throw new Error(`the import failed: ${stdout}${stderr}`);
  }
  codegen(project);
  return project;
}

/** Lets a server make its certificate in the project folder. */
export async function certify(project) {
  const { t, end } = lifetime();
  await startServer(t, { folder: project, args: ['--tls'] });
  await end();
}

/** Bundles the pages of stores; returns the site. replace: as that of serveStatic. */
export async function openSite(t, project, chosen, replace = {}) {
  const out = temporaryFolder(t, 'bench-site');
  cpSync(join(folder, 'page/index.html'), join(out, 'index.html'));
  for (const name of ['boot.js', 'median.js', 'records.js']) cpSync(join(folder, 'page', name), join(out, name));
  const scripts = new Set(chosen.map((store) => store.script));
  if (scripts.has('sqlite')) scripts.add('sqlite-worker');
  mkdirSync(join(out, 'stores'));
  await build({
    entryPoints: [...scripts].map((name) => join(folder, `page/stores/${name}.js`)),
    outdir: join(out, 'stores'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    external: ['/dist/*'],
    alias: { 'models/schema.js': join(project, 'models/schema.js') },
    logLevel: 'error',
  });
  if (scripts.has('sqlite')) {
    const library = dirname(createRequire(join(folder, 'package.json')).resolve('@sqlite.org/sqlite-wasm'));
    cpSync(join(library, 'sqlite3.wasm'), join(out, 'stores/sqlite3.wasm'));
  }
  // As a static host has it: the browser may keep what it has loaded. In an isolated page the clock is exact.
  const all = {
    'cache-control': 'max-age=3600',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  };
  const headers = new Proxy({}, { get: () => all });
  return serveStatic(t, { mounts: { '/': out, '/dist/': join(root, 'dist') }, headers, replace });
}

/** A copy of the project with a server of its own, seen as the store needs it: {settings, network, close}. */
export async function openServer(project, store, { through = false } = {}) {
  const { t, end } = lifetime();
  const copy = temporaryFolder(t, 'bench-server');
  cpSync(project, copy, { recursive: true });
  const server = await startServer(t, { folder: copy });
  let network;
  if (store.plain || through) {
    const tls = store.tls && { cert: pem(project, 'localhost.pem'), key: pem(project, 'localhost-key.pem') };
    network = await openNetwork(server.url, { plain: store.plain, tls });
  }
  const close = async () => {
    network?.close();
    await end();
  };
  return { settings: { endpoint: (network ?? server).endpoint, apiKey }, network, close };
}

const pem = (project, name) => readFileSync(join(project, '.deltabase', name));

/** A browser; page(address) opens a page of the site and waits until its script has run. */
export async function openBrowser(site, profile, { sqlite = false } = {}) {
  const args = ['--ignore-certificate-errors'];
  if (sqlite) args.push('--enable-features=IdbSqliteBackingStore,IdbSqliteOnDiskRollout');
  const context = await openProfile(nobody, { folder: profile, args });
  const open = async (address) => {
    const page = await context.newPage();
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(`${site.url}/index.html?${new URLSearchParams(address)}`);
    await page
      .waitForFunction(() => window.booted, undefined, { timeout: 120_000 })
      .catch((error) => {
        throw new Error(`${JSON.stringify(address)}: ${complaints.join('; ') || error.message}`);
      });
    return page;
  };
  return { context, open, close: () => context.close() };
}
