// The Go tests of store/indexeddb, compiled to WebAssembly and run in a page of a real browser.
// GO_TEST_ARGS="-test.v -test.run=TestStore" shows more or runs less.
import { test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { openProfile } from './harness/chromium.mjs';
import { root, temporaryFolder } from './harness/folder.mjs';
import { serveStatic } from './harness/static.mjs';

const shell =
  '<!doctype html><title>go test</title><link rel="icon" href="data:,"><script src="/go/wasm_exec.js"></script><script src="/transact.js"></script>';
const more = (process.env.GO_TEST_ARGS ?? '').split(' ').filter(Boolean);

async function serveTests(t) {
  const folder = temporaryFolder(t, 'go-test');
  execFileSync('go', ['test', '-c', '-o', join(folder, 'test.wasm'), './store/indexeddb'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' },
  });
  writeFileSync(join(folder, 'index.html'), shell);
  await build({
    entryPoints: [join(root, 'js/worker/transact.ts')],
    outfile: join(folder, 'transact.js'),
    bundle: true,
    format: 'iife',
    logLevel: 'error',
  });
  const goRoot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  return serveStatic(t, { mounts: { '/': folder, '/go/': join(goRoot, 'lib/wasm') } });
}

/** Runs the test program in a new tab; throws its output when it fails. */
async function run(context, origin, args) {
  const output = [];
  const tab = await context.newPage();
  tab.on('console', (message) => output.push(message.text()));
  tab.on('pageerror', (error) => output.push(String(error)));
  await tab.goto(`${origin}/index.html`);
  const code = await tab.evaluate(
    async (argv) => {
      const go = new Go();
      let ended = 0;
      go.exit = (status) => {
        ended = status;
      };
      go.argv = argv;
      const { instance } = await WebAssembly.instantiateStreaming(fetch('/test.wasm'), go.importObject);
      await go.run(instance);
      return ended;
    },
    ['test', '-test.timeout=240s', '-test.short', ...args, ...more],
  );
  await tab.close();
  if (code !== 0) throw new Error(`the Go tests ended with ${code}\n${output.join('\n')}`);
  if (more.length > 0) process.stdout.write(`${output.join('\n')}\n`);
  if (!output.at(-1)?.endsWith('PASS')) throw new Error(`the Go tests said\n${output.join('\n')}`);
}

test('store/indexeddb', { timeout: 300_000 }, async (t) => {
  const site = await serveTests(t);
  const context = await openProfile(t);
  await t.test('passes the store suite in Chromium', () => run(context, site.url, ['-test.skip=TestQuota']));

  // Chromium remembers for half a minute how much room an origin has, so this is another origin.
  const full = site.url.replace('127.0.0.1', 'localhost');
  await t.test('a full disk is a quota fault and leaves nothing half written', async () => {
    const devtools = await context.newCDPSession(await context.newPage());
    const quota = (bytes) => devtools.send('Storage.overrideQuotaForOrigin', { origin: full, ...bytes });
    await quota({ quotaSize: 1_000_000 });
    await context.exposeFunction('liftQuota', () => quota({}));
    await run(context, full, ['-test.run=TestQuota']);
  });
});
