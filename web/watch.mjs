// node web/watch.mjs   builds, runs `deltabase dev` and, at each change of a source, builds anew what depends on it
//
// An open demo page loads again when a build is done. Go files make the module and the command anew, js/ the npm
// package, web/ the page. A build that fails says why, and the last good one goes on. PORT is the server's (8080).
import { spawn } from 'node:child_process';
import { readdirSync, watch } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const command = join(root, 'bin', 'deltabase');
/** Editors write a file in several steps: a build begins when nothing has changed for so long. */
const quietMilliseconds = 100;

const ignored = new Set(['node_modules', '.git', '.github', '.cache', 'bin', 'dist', 'docs', 'test', 'bench']);

/** What a changed file makes necessary, in the order of the builds; nothing for tests and for what builds write. */
function partsFor(path) {
  const [folder, ...inside] = path.split('/');
  if (inside.includes('dist') || /(_test\.go|\.test\.(ts|mjs))$/.test(path)) return [];
  if (extname(path) === '.go' || folder === 'go.mod') return ['package', 'command', 'page'];
  if (folder === 'js') return ['package', 'page'];
  return folder === 'web' ? ['page'] : [];
}

const pages = new Set();
const events = createServer((request, response) => {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'Access-Control-Allow-Origin': '*',
  });
  response.write(': loads again after a build\n\n');
  pages.add(response);
  request.on('close', () => pages.delete(response));
});

const run = (program, ...args) =>
  new Promise((resolve) => {
    spawn(program, args, { cwd: root, stdio: 'inherit' })
      .on('close', (status) => resolve(status === 0))
      .on('error', (error) => {
        console.error(`web/watch.mjs: ${error.message}`);
        resolve(false);
      });
  });

const builds = {
  package: () => run(process.execPath, 'js/build.mjs', '--quick'),
  command: () => run('go', 'build', '-trimpath', '-o', command, './cmd/deltabase'),
  page: () => run(process.execPath, 'web/build.mjs', '--reload', `http://127.0.0.1:${events.address().port}`),
};

let server;

/** Runs the command that was built last; resolves when it says where it listens, or has ended. */
async function serve() {
  if (server) {
    const ended = new Promise((resolve) => server.once('close', resolve));
    server.kill('SIGTERM');
    await ended;
  }
  server = spawn(command, ['dev'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  server.stdout.pipe(process.stdout, { end: false });
  const one = server;
  await new Promise((resolve) => {
    one.stdout.once('data', resolve);
    one.once('close', resolve);
    one.once('error', resolve);
  });
}

/** Builds these parts; reports whether all went well. */
async function build(parts) {
  const began = performance.now();
  for (const part of ['package', 'command', 'page'].filter((one) => parts.has(one))) {
    if (await builds[part]()) continue;
    console.log(`== ${part}: failed; the last good build goes on`);
    return false;
  }
  if (parts.has('command')) await serve();
  for (const page of pages) page.write('data: built\n\n');
  console.log(`== ${[...parts].join(', ')}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return true;
}

const waiting = new Set();
let changes = 0;
let quiet;
let building = false;

/** Builds until nothing has changed meanwhile. */
async function buildWhatWaits() {
  if (building) return;
  building = true;
  for (let seen; seen !== changes; ) {
    seen = changes;
    const parts = new Set(waiting);
    waiting.clear();
    // What failed is built again with the next change, which may be its correction in another folder.
    if (!(await build(parts))) for (const part of parts) waiting.add(part);
  }
  building = false;
}

function changed(path) {
  const parts = partsFor(path);
  if (!parts.length) return;
  for (const part of parts) waiting.add(part);
  changes++;
  clearTimeout(quiet);
  quiet = setTimeout(buildWhatWaits, quietMilliseconds);
}

await new Promise((resolve) => events.listen(0, '127.0.0.1', resolve));
process.on('SIGINT', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.on('exit', () => server?.kill());
if (!(await build(new Set(['package', 'command', 'page'])))) process.exit(1);
for (const entry of readdirSync(root, { withFileTypes: true })) {
  if (!entry.isDirectory() || ignored.has(entry.name)) continue;
  watch(join(root, entry.name), { recursive: true }, (_, path) => path && changed(`${entry.name}/${path}`));
}
watch(join(root, 'go.mod'), () => changed('go.mod'));
console.log('== watching; Ctrl-C ends it');
