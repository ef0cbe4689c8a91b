// What an app's bundler makes of an app with the package in it.
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { root } from './folder.mjs';

const dist = join(root, 'dist');
const entry = (name) => join(dist, 'frameworks', `${name}.js`);
const alias = { deltabase: join(dist, 'index.js') };
for (const name of ['live', 'react', 'vue', 'solid']) alias[`deltabase/${name}`] = entry(name);

/**
 * Bundles an entry for the browser, with the engine's files beside it; out is the path of the script. With platform
 * 'node' it is a program for Node, which has no engine.
 */
export async function bundle(entryPoint, out, { platform = 'browser', define = {} } = {}) {
  const folder = dirname(out);
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [entryPoint],
    outfile: out,
    bundle: true,
    format: 'esm',
    platform,
    jsx: 'automatic',
    target: 'es2022',
    logLevel: 'warning',
    alias,
    nodePaths: [join(root, 'node_modules')],
    define: {
      'process.env.NODE_ENV': '"development"',
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
      ...define,
    },
    banner:
      platform === 'node'
        ? { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }
        : {},
  });
  if (platform !== 'browser') return;
  for (const name of ['engine.js', 'deltabase.wasm']) copyFileSync(join(dist, name), join(folder, name));
}
