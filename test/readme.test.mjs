// The first steps in the README, followed to the letter in an empty folder: its commands are run and its files are
// written as they stand there; only where the package comes from and the ports are others. What its page does, a browser
// runs by itself.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { afterwards } from './harness/after.mjs';
import { openProfile } from './harness/chromium.mjs';
import { root } from './harness/folder.mjs';
import { ask } from './harness/graphql.mjs';
import { apiKey, codegen, command, projectFolder, startServer } from './harness/server.mjs';
import { serveStatic } from './harness/static.mjs';
import { until } from './harness/until.mjs';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const section = /\n## The first record\n([\s\S]*?)\n## /.exec(readme)[1];
const block = (language) => blocks.find((one) => one.language === language).text;
const blocks = [...section.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text]) => ({ language, text }));

/** Prepares a release for this platform, with the command as it is built, and returns the tarballs. */
function release(folder) {
  const platform = `${process.platform}-${process.arch}`;
  execFileSync(process.execPath, [join(root, 'npm/release.mjs'), '--only', platform, command], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  cpSync(join(root, 'dist-cli'), folder, { recursive: true });
  return readdirSync(folder)
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => join(folder, name));
}

/** Starts a command that goes on; resolves with the first match in what it prints. */
async function start(t, command, { cwd, env }, pattern) {
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  afterwards(t, () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
    return exited;
  });
  const said = [];
  let found;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line);
      found ??= pattern.exec(line);
    });
  }
  return until(`${command} is ready`, () => {
    if (!found && (child.exitCode !== null || child.signalCode !== null))
      throw new Error(`${command} ended: ${said.join('\n')}`);
    return found;
  });
}

let workshop;
let tarballs;
before(() => {
  workshop = mkdtempSync(join(tmpdir(), 'deltabase-readme-'));
  tarballs = release(join(workshop, 'release'));
});
after(() => rmSync(workshop, { recursive: true }));

describe('README', () => {
  test('its first steps lead from an empty folder to a server and a page, to the letter', async (t) => {
    const cwd = join(workshop, 'posts');
    mkdirSync(cwd);
    const env = { ...process.env, PORT: '0', NO_COLOR: '1', FORCE_COLOR: '0' };
    const npm = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_loglevel: 'error' };
    const sh = (line) => execFileSync('sh', ['-c', line], { cwd, env: { ...env, ...npm }, encoding: 'utf8' });
    let server;
    let page;
    for (const { language, text } of blocks) {
      if (language !== 'sh') {
        const file = /^(?:#|\/\/|<!--) (\S+)/.exec(text)[1];
        mkdirSync(join(cwd, dirname(file)), { recursive: true });
        writeFileSync(join(cwd, file), text);
        continue;
      }
      for (const line of text.trim().split('\n')) {
        if (line === 'npx deltabase dev') {
          const [, url] = await start(t, line, { cwd, env }, /^ready (http:\S+)\/$/);
          server = { url, endpoint: `${url}/graphql`, apiKey: 'da2-demo' };
          const main = join(cwd, 'src/main.js');
          const example = readFileSync(main, 'utf8');
          assert.ok(example.includes('http://127.0.0.1:8080/graphql'), 'the example names the port of `deltabase dev`');
          writeFileSync(main, example.replace('http://127.0.0.1:8080/graphql', server.endpoint));
        } else if (line === 'npx vite') {
          [page] = await start(t, `${line} --host 127.0.0.1 --port 0`, { cwd, env }, /http:\/\/127\.0\.0\.1:\d+\//);
        } else {
          sh(line === 'npm install deltabase' ? `npm install ${tarballs.map((one) => `'${one}'`).join(' ')}` : line);
        }
      }
    }
    assert.ok(server && page, 'the README starts the server and the page');
    assert.match(await (await fetch(page)).text(), /src="\/src\/main\.js/);
    const script = await (await fetch(`${page}src/main.js`)).text();
    assert.match(script, /from "\/node_modules\/\S*deltabase/, 'Vite resolves the package');
    assert.ok(script.includes(server.endpoint));
    const model = await fetch(`${page}src/models/index.js`);
    assert.equal(model.status, 200, 'the models are where the page imports them from');
    assert.deepEqual(await ask(server, '{ listPosts { items { title rating } } }'), { listPosts: { items: [] } });
    assert.ok(existsSync(join(cwd, 'deltabase.db')), 'in a file beside the configuration');
    // The command as it was installed.
    assert.match(sh('npx deltabase --version'), /^deltabase \S/);
    const mistyped = spawnSync('npx', ['deltabase', 'codgen'], { cwd, env, encoding: 'utf8' });
    assert.equal(mistyped.status, 1);
    assert.match(mistyped.stderr, /codegen/);
    rmSync(join(cwd, 'node_modules/@deltabase'), { recursive: true });
    const missing = spawnSync('npx', ['deltabase', '--version'], { cwd, env, encoding: 'utf8' });
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /the command for \S+ is not installed\. .* optional package @deltabase\/cli-/);
  });

  test('the twenty lines save, query and observe, and the post reaches the server', async (t) => {
    const folder = projectFolder(t);
    writeFileSync(join(folder, 'schema.graphql'), block('graphql'));
    const server = await startServer(t, { folder });
    const example = block('js')
      .replace('http://127.0.0.1:8080/graphql', server.endpoint)
      .replace("'da2-demo'", `'${apiKey}'`);
    assert.ok(example.includes(server.endpoint) && example.includes(apiKey), 'the example names an endpoint and a key');
    const page = join(folder, 'page');
    mkdirSync(page);
    writeFileSync(join(page, 'main.js'), `${example}\nwindow.best = best.map((row) => [row.title, row.rating]);`);
    writeFileSync(
      join(page, 'index.html'),
      `<!doctype html><title>readme</title>
      <script type="importmap">{"imports":{"deltabase":"/dist/index.js"}}</script>
      <body><script type="module" src="main.js"></script>`,
    );
    const site = await serveStatic(t, { mounts: { '/': page, '/models/': codegen(folder) } });
    const tab = await (await openProfile(t)).newPage();
    const complaints = [];
    tab.on('pageerror', (error) => complaints.push(String(error)));
    await tab.goto(`${site.url}/index.html`);
    const best = await until('the example is through', async () => {
      if (complaints.length > 0) throw new Error(complaints.join('; '));
      return tab.evaluate(() => window.best);
    });
    assert.deepEqual(best, [['Hello', 5]]);
    await until('the post is at the server', async () => {
      const { listPosts } = await ask(server, '{ listPosts { items { title rating } } }');
      return JSON.stringify(listPosts.items) === '[{"title":"Hello","rating":5}]';
    });
  });
});
