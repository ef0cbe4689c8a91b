// The example in the README runs as it stands there.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openProfile } from './harness/chromium.mjs';
import { root } from './harness/folder.mjs';
import { ask } from './harness/graphql.mjs';
import { apiKey, codegen, projectFolder, startServer } from './harness/server.mjs';
import { serveStatic } from './harness/static.mjs';
import { until } from './harness/until.mjs';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const block = (language) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readme)[1];

describe('README', () => {
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
