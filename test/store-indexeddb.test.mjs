// The Go tests of store/indexeddb, compiled to WebAssembly and run in a page of a real browser.
import { test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openProfile } from './harness/chromium.mjs';
import { root, temporaryFolder } from './harness/folder.mjs';
import { serveStatic } from './harness/static.mjs';

const page = `<!doctype html><title>go test</title><script src="/go/wasm_exec.js"></script>`;

test('store/indexeddb passes the store suite in Chromium', { timeout: 300_000 }, async (t) => {
  const folder = temporaryFolder(t, 'go-test');
  execFileSync('go', ['test', '-c', '-o', join(folder, 'test.wasm'), './store/indexeddb'], {
    cwd: root, stdio: 'inherit', env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' },
  });
  writeFileSync(join(folder, 'index.html'), page);
  const goRoot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  const site = await serveStatic(t, { mounts: { '/': folder, '/go/': join(goRoot, 'lib/wasm') } });

  const context = await openProfile(t);
  const tab = await context.newPage();
  const devtools = await context.newCDPSession(tab);
  await tab.exposeFunction('setQuota', (bytes) => devtools.send('Storage.overrideQuotaForOrigin', {
    origin: site.url, ...(bytes > 0 && { quotaSize: bytes }),
  }));
  const output = [];
  tab.on('console', (message) => output.push(message.text()));
  tab.on('pageerror', (error) => output.push(String(error)));
  await tab.goto(`${site.url}/index.html`);
  const code = await tab.evaluate(async (args) => {
    const go = new Go();
    let code = 0;
    go.exit = (given) => { code = given; };
    go.argv = ['test', ...args];
    const { instance } = await WebAssembly.instantiateStreaming(fetch('/test.wasm'), go.importObject);
    await go.run(instance);
    return code;
  }, ['-test.timeout=240s', '-test.short', ...(process.env.GO_TEST_ARGS ?? '').split(' ').filter(Boolean)]);
  if (code !== 0) throw new Error(`go test ended with ${code}\n${output.join('\n')}`);
  t.diagnostic(output.at(-1) ?? 'no output');
  if (process.env.GO_TEST_ARGS) process.stdout.write(`${output.join('\n')}\n`);
});
