// node web/build.mjs                builds web/dist, the static demo, from web/ and dist/ (js/build.mjs first)
// node web/build.mjs --reload URL   builds a page that keeps nothing and loads again when the event source says so
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { build } from 'esbuild';

const web = dirname(fileURLToPath(import.meta.url));
const packed = join(web, '..', 'dist');
const out = join(web, 'dist');

/** Files of the shell besides the page itself, in the order of the precache list. */
const shell = [
  'app.js',
  'engine.js',
  'deltabase.wasm',
  'styles.css',
  'manifest.webmanifest',
  'icon.svg',
  'icon-192.png',
  'icon-512.png',
];

const reload = process.argv[2] === '--reload' ? process.argv[3] : undefined;

const common = {
  bundle: true,
  minify: true,
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'warning',
  absWorkingDir: web,
};

async function main() {
  for (const name of ['index.js', 'engine.js', 'deltabase.wasm']) {
    if (!existsSync(join(packed, name)))
      throw new Error(`dist/${name} is missing: run ./build.sh, which makes it first`);
  }
  // The folder itself stays: a server that runs meanwhile holds it open.
  await mkdir(out, { recursive: true });
  for (const name of await readdir(out)) await rm(join(out, name), { recursive: true });
  await build({
    ...common,
    entryPoints: ['src/app.ts'],
    format: 'esm',
    alias: { deltabase: join(packed, 'index.js') },
    footer: reload ? { js: `new EventSource(${JSON.stringify(reload)}).onmessage = () => location.reload();` } : {},
    outfile: join(out, 'app.js'),
  });
  await build({ ...common, entryPoints: ['styles/styles.css'], outfile: join(out, 'styles.css') });
  for (const name of ['engine.js', 'deltabase.wasm']) await copyFile(join(packed, name), join(out, name));
  await copyCompressed('deltabase.wasm');
  await copyFile(join(web, 'manifest.webmanifest'), join(out, 'manifest.webmanifest'));
  for (const name of ['icon.svg', 'icon-192.png', 'icon-512.png'])
    await copyFile(join(web, 'icons', name), join(out, name));
  await writePageAndWorker();
  if (reload) await writeFile(join(out, 'sw.js'), forgetful);
}

/** The service worker of a page that is being worked on: what an earlier one kept is dropped, nothing new is kept. */
const forgetful = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => {
  const forget = async () => Promise.all((await caches.keys()).map((name) => caches.delete(name)));
  event.waitUntil(forget().then(() => self.clients.claim()));
});
`;

/** A quick build leaves the compressed form of an earlier module behind; that one must not be served. */
async function copyCompressed(name) {
  const compressed = join(packed, `${name}.br`);
  if (!existsSync(compressed)) return;
  const [plain, packedBytes] = await Promise.all([readFile(join(packed, name)), readFile(compressed)]);
  if (brotliDecompressSync(packedBytes).equals(plain)) await copyFile(compressed, join(out, `${name}.br`));
}

/** The build's hash is over everything that the page loads; it names the page and the cache. */
async function writePageAndWorker() {
  const all = createHash('sha256');
  const page = await readFile(join(web, 'index.html'), 'utf8');
  const worker = await readFile(join(web, 'sw.ts'));
  const files = [];
  for (const name of shell) {
    const bytes = await readFile(join(out, name));
    files.push({ path: `./${name}`, integrity: `sha256-${createHash('sha256').update(bytes).digest('base64')}` });
    all.update(name).update('\0').update(bytes);
  }
  const hash = all.update(page).update(worker).digest('hex').slice(0, 12);
  await writeFile(join(out, 'index.html'), page.replaceAll('%BUILD%', hash));
  await build({
    ...common,
    entryPoints: ['sw.ts'],
    format: 'iife',
    define: { BUILD: JSON.stringify(hash), SHELL: JSON.stringify(files) },
    outfile: join(out, 'sw.js'),
  });
}

await main().catch((fault) => {
  console.error(`web/build.mjs: ${fault.message}`);
  process.exitCode = 1;
});
