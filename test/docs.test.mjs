// The examples of docs/: every block passes the compiler against the built types, and those that are not marked `no-run` run in
// Node, page by page, with the models of the schemas that the pages show. The to-do example passes the compiler as well.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { transform } from 'esbuild';
import { root, temporaryFolder } from './harness/folder.mjs';
import { codegen } from './harness/server.mjs';

const pages = [
  'getting-started',
  'models',
  'queries',
  'live-queries',
  'offline',
  'conflicts',
  'react',
  'auth',
  'tabs',
  'configuration',
  'errors',
];

/** The blocks of a page: {page, at (their number), language, run, text}. */
const blocksOf = (page) =>
  [...readFileSync(join(root, 'docs', `${page}.md`), 'utf8').matchAll(/^```(\S+)( no-run)?\n([\s\S]*?)^```$/gm)].map(
    ([, language, not, text], at) => ({ page, at, language, run: !not, text }),
  );
const blocks = pages.flatMap(blocksOf);
const examples = blocks.filter(({ language }) => language === 'ts' || language === 'tsx');

/** What an example may use without an import, as the pages say at their beginning or as the app has it. */
const given = {
  deltabase: [
    'applyRemote',
    'createDataStore',
    'DataStore',
    'DeltabaseError',
    'Predicates',
    'retryLocal',
    'SortDirection',
    'syncExpression',
  ],
  'deltabase/live': ['ConflictDesk', 'liveQuery'],
  'deltabase/react': [
    'useConflicts',
    'useNetwork',
    'useOutbox',
    'useQuery',
    'useRecord',
    'useStatus',
    'useStore',
    'useSyncProgress',
  ],
  react: ['startTransition', 'Suspense', 'useState'],
  './models/index.js': ['Blog', 'Comment', 'Post', 'Reading', 'Todo'],
};
const declared = { session: '{ userId: string; accessToken(options: object): Promise<string> }' };

/** An example with the imports that it leaves out. A name that it imports or makes itself is its own. */
function moduleOf(text) {
  const uses = (name) => new RegExp(`\\b${name}\\b`).test(text);
  const own = (name) =>
    new RegExp(`^import .*\\b${name}\\b.* from|\\b(?:const|let|function) ${name}\\b`, 'm').test(text);
  const imports = Object.entries(given).flatMap(([from, names]) => {
    const missing = names.filter((name) => uses(name) && !own(name));
    return missing.length ? [`import { ${missing.join(', ')} } from '${from}';`] : [];
  });
  const ambient = Object.entries(declared).flatMap(([name, type]) =>
    uses(name) ? [`declare const ${name}: ${type};`] : [],
  );
  return [...imports, ...ambient, text, 'export {};'].join('\n');
}

let folder;
before(() => {
  folder = temporaryFolder(null, 'docs');
  const schema = blocks.filter(({ language }) => language === 'graphql').map(({ text }) => text);
  writeFileSync(join(folder, 'schema.graphql'), schema.join('\n'));
  for (const name of ['src', 'example', 'node_modules']) mkdirSync(join(folder, name));
  cpSync(codegen(folder), join(folder, 'src/models'), { recursive: true });
  for (const name of ['react', 'vue', 'solid-js', 'ws', '@types', '@vue', 'csstype'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  symlinkSync(root, join(folder, 'node_modules/deltabase'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});

const json = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));

test('the to-do app asks for this version of the package', () => {
  assert.equal(json('examples/react-todo/package.json').dependencies.deltabase, `^${json('package.json').version}`);
});

describe('docs/', () => {
  test('has examples on every page, in languages that this test knows', () => {
    const languages = ['graphql', 'sh', 'ts', 'tsx'];
    for (const { page, at, language } of blocks)
      assert.ok(languages.includes(language), `block ${at + 1} of ${page}.md is ${language}`);
    for (const page of pages)
      assert.ok(
        examples.some((one) => one.page === page),
        `${page}.md has no example`,
      );
  });

  test('every page is in the sidebar of the site, and no other is', async () => {
    const { default: config } = await import('../docs/.vitepress/config.mjs');
    const linked = config.themeConfig.sidebar.flatMap(({ items }) => items.map(({ link }) => `${link.slice(1)}.md`));
    const there = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md');
    assert.deepEqual(linked.sort(), there.sort());
  });

  test('every example, and the to-do app, passes the compiler', () => {
    for (const { page, at, text } of examples)
      writeFileSync(join(folder, 'src', `${page}-${at + 1}.tsx`), moduleOf(text));
    cpSync(join(root, 'examples/react-todo/src'), join(folder, 'example/src'), { recursive: true });
    cpSync(join(root, 'examples/react-todo/schema.graphql'), join(folder, 'example/schema.graphql'));
    cpSync(codegen(join(folder, 'example')), join(folder, 'example/src/models'), { recursive: true });
    const own = json('examples/react-todo/tsconfig.json');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...own, include: ['src', 'example/src'] }));
    const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder];
    const { status, stdout } = spawnSync(process.execPath, tsc, { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });

  test('the examples run, page by page', async () => {
    const run = examples.filter((one) => one.run && one.language === 'ts');
    assert.ok(run.length > 20, `only ${run.length} examples run`);
    for (const { page, at, text } of run) {
      const { code } = await transform(moduleOf(text).replace('127.0.0.1:8080', '127.0.0.1:9'), { loader: 'ts' });
      writeFileSync(join(folder, 'src', `${page}-${at + 1}.mjs`), code);
    }
    const steps = pages.map((page) =>
      run.filter((one) => one.page === page).map(({ at }) => `./src/${page}-${at + 1}.mjs`),
    );
    writeFileSync(
      join(folder, 'run.mjs'),
      `import { DataStore } from 'deltabase/node';
      import { WebSocket } from 'ws';
      globalThis.WebSocket ??= WebSocket;
      for (const page of ${JSON.stringify(steps)}) {
        for (const example of page) {
          try {
            await import(example);
          } catch (error) {
            console.error(example, error);
            process.exit(1);
          }
        }
        await DataStore.clear({ discardUnsent: true });
        await DataStore.configure({ endpoint: null, apiKey: null, user: null, conflictHandler: null, syncExpressions: null });
      }
      await DataStore.stop();`,
    );
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    execFileSync(process.execPath, ['run.mjs'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 120_000,
    });
  });
});
