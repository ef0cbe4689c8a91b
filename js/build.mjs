// node js/build.mjs           writes dist/: deltabase.wasm (and .br, .gz), index.js, engine.js, *.d.ts
// node js/build.mjs --quick   leaves out the compressed module and the declarations
// node js/build.mjs --test    builds and runs the unit tests of these folders
// node js/build.mjs --variant TAG FILE   builds only the module, with a build tag, for tests
// node js/build.mjs --names FILE         builds only the module, with the names of its functions, for profiles
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { shrink } from './build/shrink.mjs';

const js = dirname(fileURLToPath(import.meta.url));
const root = dirname(js);
const dist = join(root, 'dist');
const wasm = { ...process.env, GOOS: 'js', GOARCH: 'wasm', CGO_ENABLED: '0' };

const run = (command, args, env = process.env) => {
  try {
    return execFileSync(command, args, {
      cwd: root,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 1 << 26,
    });
  } catch (e) {
    if (e.stdout) process.stderr.write(e.stdout);
    console.error(`js/build.mjs: ${command} ${args.join(' ')} failed; what went wrong stands above`);
    process.exit(1);
  }
};

const digest = (parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
};

/** Packages of the standard library that have a small one in their place: little of them is used. */
const slim = ['fmt', 'log', 'context', 'time'];

/** The hash of every Go file that the module is made of, and of the compiler. */
function moduleHash() {
  const format = '{{if not .Standard}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}\n{{end}}{{end}}';
  const files = run('go', ['list', '-deps', '-f', format, './wasm'], wasm).split('\n').filter(Boolean).sort();
  const slimFiles = slim.map((name) => join(root, 'wasm/slim', name, `${name}.go`));
  return digest([run('go', ['env', 'GOVERSION']), ...[...files, ...slimFiles].map((f) => readFileSync(f))]);
}

/** The hash of the page's own code and of the module. */
function buildHash(module) {
  const files = readdirSync(js, { recursive: true })
    .filter((f) => f.endsWith('.ts') && !f.endsWith('.test.ts') && !/^(codemod|bundlers)/.test(f))
    .sort();
  return digest([module, ...files.map((f) => readFileSync(join(js, f)))]);
}

/** Where the compiler does not inline: code that runs once per call, not once per record. It saves a twentieth of the size. */
const inlining = ['sync/...', 'schema', 'appsync', 'conflict', 'query', 'store', 'wasm'].map(
  (cold) => `-gcflags=github.com/deltabase/deltabase/${cold}=-l`,
);

/** Puts wasm/slim in the place of these packages of the standard library. */
function overlay(folder) {
  const goroot = run('go', ['env', 'GOROOT']).trim();
  const replace = {};
  for (const name of slim) {
    const source = join(goroot, 'src', name);
    for (const file of readdirSync(source).filter((f) => f.endsWith('.go'))) replace[join(source, file)] = '';
    replace[join(source, `${name}.go`)] = join(root, 'wasm/slim', name, `${name}.go`);
  }
  const file = join(folder, 'overlay.json');
  writeFileSync(file, JSON.stringify({ Replace: replace }));
  return file;
}

function goBuild(module, out = join(dist, 'deltabase.wasm'), { tag = '', names = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'deltabase-go-'));
  const flags = `${names ? '' : '-s '}-w -buildid= -X main.build=${module}`;
  const build = [
    'build',
    '-trimpath',
    '-buildvcs=false',
    ...inlining,
    `-overlay=${overlay(folder)}`,
    `-tags=${tag}`,
    `-ldflags=${flags}`,
  ];
  run('go', [...build, '-o', out, './wasm'], wasm);
  rmSync(folder, { recursive: true });
  if (!names) writeFileSync(out, shrink(readFileSync(out)));
  return out;
}

/** Brotli 11 takes seconds, so the last result is kept while the module is the same. */
function compress(file) {
  const bytes = readFileSync(file);
  const mark = `${file}.br.sha256`;
  const sum = digest([bytes]);
  if (existsSync(mark) && existsSync(`${file}.br`) && existsSync(`${file}.gz`) && readFileSync(mark, 'utf8') === sum)
    return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(mark, sum);
}

const options = (module, hash) => ({
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: { __BUILD__: JSON.stringify(hash), __MODULE__: JSON.stringify(module) },
  alias: { 'go-wasm-exec': join(run('go', ['env', 'GOROOT']).trim(), 'lib/wasm/wasm_exec.js') },
});

async function scripts(module, hash) {
  await build({ ...options(module, hash), entryPoints: [join(js, 'index.ts')], outfile: join(dist, 'index.js') });
  // Go's loader asks for Node's modules only when there is no browser.
  await build({
    ...options(module, hash),
    entryPoints: [join(js, 'worker/worker.ts')],
    outfile: join(dist, 'engine.js'),
  });
  await nodeScripts(module, hash);
  await codemodScript();
  await frameworkScripts(module, hash);
}

/** The entries for frameworks. All stand on one live.js of their kind, the package's index.js and the app's own framework. */
async function frameworkScripts(module, hash) {
  const shared = {
    ...options(module, hash),
    external: ['react', 'vue', 'solid-js'],
    plugins: [
      {
        name: 'deltabase-frameworks',
        setup({ onResolve }) {
          onResolve({ filter: /^(\.\.\/index|\.\/live)\.js$/ }, ({ path }) => ({ path, external: true }));
        },
      },
    ],
  };
  for (const name of ['live', 'react', 'vue', 'solid']) {
    const own = {
      ...shared,
      entryPoints: [join(js, 'frameworks', `${name}.ts`)],
      // Hooks need a client component, where a framework tells them apart.
      banner: name === 'react' ? { js: "'use client';" } : {},
    };
    await build({ ...own, outfile: join(dist, 'frameworks', `${name}.js`) });
    await build({ ...own, format: 'cjs', outfile: join(dist, 'cjs/frameworks', `${name}.js`) });
  }
}

/** The bundlers that leave the engine out; each has a plug-in of its name. */
const bundlers = ['esbuild', 'rollup'];

/** The entries for Node: deltabase/node, the plug-ins, and all entries again for require(). All use the one index.js of their kind. */
async function nodeScripts(module, hash) {
  const node = {
    ...options(module, hash),
    platform: 'node',
    target: 'node20',
    inject: [join(js, 'node/globals.ts')],
    plugins: [
      {
        name: 'deltabase-node',
        setup({ onResolve }) {
          onResolve({ filter: /^\.\/code\.js$/ }, () => ({ path: join(js, 'node/code.ts') }));
          onResolve({ filter: /^\.\.\/index\.js$/ }, () => ({ path: './index.js', external: true }));
        },
      },
    ],
  };
  const entry = { entryPoints: [join(js, 'node/index.ts')] };
  await build({ ...node, ...entry, outfile: join(dist, 'node.js') });
  // Declarations and scripts below cjs/ are CommonJS, whatever the package is.
  mkdirSync(join(dist, 'cjs'), { recursive: true });
  writeFileSync(join(dist, 'cjs/package.json'), '{"type":"commonjs"}\n');
  const url = (name) => ({
    format: 'cjs',
    banner: { js: `var deltabaseUrl = require('node:url').pathToFileURL(__dirname + '/../${name}').href;` },
  });
  const common = (from, name) => ({
    ...from,
    ...url(name),
    define: { ...from.define, 'import.meta.url': 'deltabaseUrl' },
  });
  await build({ ...common(node, 'node.js'), ...entry, outfile: join(dist, 'cjs/node.js') });
  await build({
    ...common({ ...options(module, hash), platform: 'node', target: 'node20' }, 'index.js'),
    entryPoints: [join(js, 'index.ts')],
    outfile: join(dist, 'cjs/index.js'),
  });
  for (const name of bundlers) {
    const plugin = { entryPoints: [join(js, `bundlers/${name}.ts`)] };
    const plain = { ...options(module, hash), platform: 'node', target: 'node20' };
    await build({ ...plain, ...plugin, outfile: join(dist, `${name}.js`) });
    await build({ ...common(plain, `${name}.js`), ...plugin, outfile: join(dist, `cjs/${name}.js`) });
  }
}

/** `deltabase codemod`, with the parser in it: it runs in projects that have nothing but the package. */
async function codemodScript() {
  const licence = (name) => `${name}:\n\n${readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8')}`;
  await build({
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: `/*\n${['@babel/parser', 'diff'].map(licence).join('\n')}*/` },
    entryPoints: [join(js, 'codemod/command.ts')],
    outfile: join(dist, 'codemod.js'),
  });
}

/** The declarations once more as CommonJS: what is required has to be declared so. */
function commonDeclarations() {
  const files = readdirSync(dist, { recursive: true }).filter((f) => f.endsWith('.d.ts') && !f.startsWith('cjs'));
  for (const file of files) {
    mkdirSync(dirname(join(dist, 'cjs', file)), { recursive: true });
    writeFileSync(join(dist, 'cjs', file), readFileSync(join(dist, file)));
  }
}

const tsc = (project) =>
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(js, project)]);

async function test() {
  const folder = mkdtempSync(join(tmpdir(), 'deltabase-js-'));
  try {
    const entryPoints = readdirSync(js, { recursive: true })
      .filter((f) => f.endsWith('.test.ts'))
      .map((f) => join(js, f));
    const shared = { ...options('test', 'test'), minify: false, platform: 'node', outExtension: { '.js': '.mjs' } };
    await build({ ...shared, entryPoints, outdir: folder });
    const files = readdirSync(folder, { recursive: true })
      .filter((f) => f.endsWith('.test.mjs'))
      .map((f) => join(folder, f));
    execFileSync(process.execPath, ['--test', ...files], { cwd: root, stdio: 'inherit' });
  } catch (e) {
    if (e.status === undefined) throw e;
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv.includes('--test')) {
  tsc('tsconfig.json');
  await test();
} else if (process.argv[2] === '--variant') {
  goBuild(moduleHash(), process.argv[4], { tag: process.argv[3] });
} else if (process.argv[2] === '--names') {
  goBuild(moduleHash(), process.argv[3], { names: true });
} else {
  const quick = process.argv.includes('--quick');
  mkdirSync(dist, { recursive: true });
  const module = moduleHash();
  const file = goBuild(module);
  await scripts(module, buildHash(module));
  if (!quick) {
    for (const old of readdirSync(dist, { recursive: true }).filter((f) => f.endsWith('.d.ts')))
      rmSync(join(dist, old));
    tsc('tsconfig.types.json');
    writeFileSync(join(dist, 'node.d.ts'), "export * from './index.js';\n");
    commonDeclarations();
    compress(file);
  }
}
