// The package as others get it: packed, installed into an empty folder, and run from a plain
// module script and from each bundler.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { afterwards } from './harness/after.mjs';
import { lifetime } from './harness/api.mjs';
import { openProfile } from './harness/chromium.mjs';
import { root, temporaryFolder } from './harness/folder.mjs';
import { get } from './harness/graphql.mjs';
import { apiKey, codegen, startServer } from './harness/server.mjs';
import { serveStatic } from './harness/static.mjs';
import { until } from './harness/until.mjs';

const vite = 'vite@8.3.8';
const bundlers = ['rollup@4.68.8', 'webpack@5.113.0'];
const npm = (args, cwd) =>
  execFileSync('npm', [...args, '--loglevel=error', '--no-audit', '--no-fund'], { cwd, encoding: 'utf8' });

let browser;
let tarball;
let packing;
before(async () => {
  browser = await openProfile();
  packing = temporaryFolder(null, 'pack');
  const [{ filename }] = JSON.parse(npm(['pack', '--ignore-scripts', '--json', '--pack-destination', packing], root));
  tarball = join(packing, filename);
});
after(() => browser.close());

/** An empty project with the package installed, a page and the generated models. */
function newProject(t, server, page) {
  const folder = temporaryFolder(t, 'user');
  writeFileSync(join(folder, 'package.json'), '{"name":"user","private":true,"type":"module"}');
  npm(['install', tarball], folder);
  cpSync(codegen(server.folder), join(folder, 'models'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), page);
  writeFileSync(
    join(folder, 'main.js'),
    `
    import { initSchema } from 'deltabase';
    import { DataStore } from 'aws-amplify/datastore';
    import { Hub } from 'aws-amplify/utils';
    import { schema } from './models/schema.js';
    const { Note } = initSchema(schema);
    Hub.listen('datastore', ({ payload }) => (document.body.dataset[payload.event] = ''));
    await DataStore.configure({ endpoint: ${JSON.stringify(server.endpoint)}, apiKey: ${JSON.stringify(apiKey)} });
    await DataStore.start();
    const note = await DataStore.save(new Note({ title: 'packed' }));
    document.body.dataset.id = (await DataStore.query(Note, note.id)).id;
  `,
  );
  return folder;
}

async function savesANote(server, address) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(address);
  const id = await until('the page saved a note', async () => {
    const found = await page.evaluate(() => 'ready' in document.body.dataset && document.body.dataset.id);
    if (!found && complaints.length > 0) throw new Error(complaints.join('; '));
    return found;
  });
  const note = await until('it reached the server', () => get(server, 'Note', id));
  assert.equal(note.title, 'packed');
  await page.close();
}

describe('npm pack', () => {
  test('runs from a plain module script in an empty folder', async (t) => {
    const server = await startServer(t);
    const folder = newProject(
      t,
      server,
      `<!doctype html><title>plain</title>
      <script type="importmap">{"imports":{
        "deltabase":"./node_modules/deltabase/dist/index.js",
        "aws-amplify/datastore":"./node_modules/deltabase/dist/index.js",
        "aws-amplify/utils":"./node_modules/deltabase/dist/index.js"}}</script>
      <body><script type="module" src="main.js"></script>`,
    );
    const site = await serveStatic(t, { mounts: { '/': folder } });
    await savesANote(server, `${site.url}/index.html`);
  });

  test('its declarations and the generated ones pass strict type checks, and find mistakes', async (t) => {
    const folder = newProject(t, await startServer(t), '');
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          target: 'ES2022',
          module: 'ES2022',
          moduleResolution: 'bundler',
          types: [],
          paths: {
            'aws-amplify/datastore': ['./node_modules/deltabase/dist/index.d.ts'],
            'aws-amplify/utils': ['./node_modules/deltabase/dist/index.d.ts'],
          },
        },
        include: ['main.ts'],
      }),
    );
    const check = (text) => {
      writeFileSync(
        join(folder, 'main.ts'),
        `import { applyRemote, retryLocal } from 'deltabase';
        import { DataStore } from 'aws-amplify/datastore';
        import { Hub } from 'aws-amplify/utils';
        import { Note } from './models/index.js';\n${text}`,
      );
      const { status, stdout } = spawnSync(
        process.execPath,
        [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder],
        { encoding: 'utf8' },
      );
      return status === 0 ? '' : stdout;
    };
    assert.equal(
      check(`
      await DataStore.configure({ endpoint: 'http://127.0.0.1/graphql', apiKey: 'x', conflictHandler: ({ base, remote }) =>
        base?.title === remote?.title ? retryLocal() : applyRemote() });
      const note = await DataStore.save(new Note({ title: 'typed', rating: 4 }));
      await DataStore.save(Note.copyOf(note, (draft) => { draft.tags = ['a']; }));
      const found: Note | undefined = await DataStore.query(Note, note.id);
      const many: Note[] = await DataStore.query(Note, (n) => n.and((n) => [n.rating.gt(3), n.title.beginsWith('t')]), { sort: (s) => s.rating('DESCENDING') });
      await DataStore.configure({ aws_project_region: 'eu-west-1', aws_appsync_graphqlEndpoint: 'https://x.example/graphql', syncPageSize: 5 });
      await DataStore.configure({ version: '1.3', data: { url: 'https://x.example/graphql' }, auth: {} });
      Hub.listen('datastore', ({ payload: { event, data } }) => event === 'ready' && data);
      Hub.dispatch('auth', { event: 'signedOut' });
      DataStore.observe(Note).subscribe(({ element }) => element.title.length + many.length + (found?.rating ?? 0));
    `),
      '',
    );
    assert.match(check('new Note({ rating: 4 });'), /title/);
    assert.match(check("DataStore.configure({ endpoint: 'https://x.example/graphql', apyKey: 'x' });"), /apyKey/);
    assert.match(check("DataStore.query(Note, (n) => n.rating.gt('three'));"), /main\.ts/);
  });

  test('runs from Vite: the built page under a sub-path, and the development server', async (t) => {
    const server = await startServer(t);
    const folder = newProject(
      t,
      server,
      '<!doctype html><title>vite</title><body><script type="module" src="./main.js"></script>',
    );
    npm(['install', '--save-dev', '--save-exact', vite], folder);
    writeFileSync(
      join(folder, 'vite.config.js'),
      `export default { base: './', build: { target: 'es2022' }, resolve: { alias: {
      'aws-amplify/datastore': 'deltabase', 'aws-amplify/utils': 'deltabase' } } };`,
    );
    execFileSync(join(folder, 'node_modules/.bin/vite'), ['build', '--logLevel', 'warn'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    mkdirSync(join(folder, 'empty'));
    const site = await serveStatic(t, { mounts: { '/': join(folder, 'empty'), '/sub/path/': join(folder, 'dist') } });
    await savesANote(server, `${site.url}/sub/path/index.html`);
    await savesANote(server, await viteDev(t, folder));
  });
});

describe('bundlers', () => {
  let server;
  let folder;
  let site;
  const t = lifetime();
  before(async () => {
    server = await startServer(t);
    folder = newProject(t, server, '');
    npm(['install', '--save-dev', '--save-exact', ...bundlers], folder);
    symlinkSync(join(root, 'node_modules/esbuild'), join(folder, 'node_modules/esbuild'));
    mkdirSync(join(folder, 'empty'));
    site = await serveStatic(t, { mounts: { '/': join(folder, 'empty') } });
  });

  /** Runs a build script in the project, and serves what it wrote to a folder under a sub-path, with a page for a script. */
  function built(name, script, tag) {
    writeFileSync(
      join(folder, `${name}.mjs`),
      `const alias = { 'aws-amplify/datastore': 'deltabase', 'aws-amplify/utils': 'deltabase' };\n${script}`,
    );
    execFileSync(process.execPath, [`${name}.mjs`], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(join(folder, name, 'index.html'), `<!doctype html><title>${name}</title><body>${tag}`);
    site.mounts[`/sub/${name}/`] = join(folder, name);
    return `${site.url}/sub/${name}/index.html`;
  }
  const lazily = () => writeFileSync(join(folder, 'lazy.js'), "import('./main.js');");

  test('esbuild with the plug-in: a module in chunks, and a script that is no module', async () => {
    lazily();
    const build = (options) => `import { build } from 'esbuild';
      import { deltabase } from 'deltabase/esbuild';
      await build({ bundle: true, alias, target: 'es2022', logLevel: 'warning', plugins: [deltabase()], ${options} });`;
    const chunks =
      "entryPoints: { 'js/app': 'lazy.js' }, outdir: 'chunks', format: 'esm', splitting: true, chunkNames: 'js/parts/[name]'";
    await savesANote(server, built('chunks', build(chunks), '<script type="module" src="js/app.js"></script>'));
    // Top-level await is for modules alone.
    const main = readFileSync(join(folder, 'main.js'), 'utf8');
    const [, imports, rest] = /^((?:\s*import .*\n)*)([\s\S]*)$/.exec(main);
    writeFileSync(join(folder, 'script.js'), `${imports}(async () => {${rest}})();`);
    const whole = "entryPoints: ['script.js'], outfile: 'whole/js/app.js', minify: true";
    await savesANote(server, built('whole', build(whole), '<script src="js/app.js"></script>'));
  });

  test('esbuild without it says what to do, and npx deltabase assets does it', async () => {
    const script = `import { build } from 'esbuild';
      await build({ bundle: true, alias, entryPoints: ['main.js'], outdir: 'bare', format: 'esm', target: 'es2022' });`;
    const address = built('bare', script, '<script type="module" src="main.js"></script>');
    const page = await browser.newPage();
    const told = new Promise((resolve) => page.on('pageerror', (error) => resolve(error.message)));
    await page.goto(address);
    assert.match(
      await told,
      /engine\.js reachable as http.*\/sub\/bare\/engine\.js.*deltabase\/esbuild.*npx deltabase assets DIR/,
    );
    await page.close();
    cpSync(join(folder, 'node_modules/deltabase/dist/engine.js'), join(folder, 'bare/engine.js'));
    const again = await browser.newPage();
    const missing = new Promise((resolve) => again.on('pageerror', (error) => resolve(error.message)));
    await again.goto(address);
    assert.match(await missing, /deltabase\.wasm answered 404.*npx deltabase assets DIR/);
    await again.close();
    const said = execFileSync('npx', ['--no-install', 'deltabase', 'assets', 'bare'], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.deepEqual(
      said.trim().split('\n'),
      ['engine.js', 'deltabase.wasm', 'deltabase.wasm.br', 'deltabase.wasm.gz'].map((file) => join('bare', file)),
    );
    await savesANote(server, address);
    const refused = spawnSync(process.execPath, ['node_modules/deltabase/npm/deltabase.mjs', 'assets'], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.deepEqual([refused.status, /usage: deltabase assets DIR/.test(refused.stderr)], [2, true]);
  });

  test('Rollup with the plug-in', async () => {
    lazily();
    const script = `import { createRequire } from 'node:module';
      import { rollup } from 'rollup';
      const { deltabase } = createRequire(import.meta.url)('deltabase/rollup');
      const resolving = { name: 'resolving', resolveId: (id) => (alias[id] ?? id) === 'deltabase' ? process.cwd() + '/node_modules/deltabase/dist/index.js' : null };
      const bundle = await rollup({ input: 'lazy.js', plugins: [resolving, deltabase()] });
      await bundle.write({ dir: 'rolled', format: 'es', chunkFileNames: 'parts/[name]-[hash].js' });`;
    await savesANote(server, built('rolled', script, '<script type="module" src="lazy.js"></script>'));
  });

  test('webpack 5 as it is', async () => {
    const script = `import webpack from 'webpack';
      const compiler = webpack({ mode: 'production', context: process.cwd(), entry: './main.js', devtool: false, resolve: { alias },
        output: { path: process.cwd() + '/packed', filename: 'app.js' } });
      const stats = await new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))));
      if (stats.hasErrors()) throw new Error(stats.toString());`;
    await savesANote(server, built('packed', script, '<script src="app.js"></script>'));
  });
});

async function viteDev(t, folder) {
  const child = spawn(
    join(folder, 'node_modules/.bin/vite'),
    ['--host', '127.0.0.1', '--port', '0', '--logLevel', 'info'],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    },
  );
  const exited = new Promise((resolve) => child.once('exit', resolve));
  afterwards(t, () => {
    child.kill('SIGKILL');
    return exited;
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  return until('Vite says where it listens', () => /http:\/\/127\.0\.0\.1:\d+\//.exec(out)?.[0]);
}
