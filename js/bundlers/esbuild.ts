// The entry deltabase/esbuild. esbuild leaves `new URL('./engine.js', import.meta.url)` as it is: relative to the output.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { contents, hasIndex, index, names } from './files.js';

interface Loaded {
  contents: string;
  loader: 'js';
}

/** What this plug-in uses of esbuild's PluginBuild. */
interface Build {
  initialOptions: { absWorkingDir?: string; format?: string; metafile?: boolean; write?: boolean };
  onLoad(on: { filter: RegExp }, load: (file: { path: string }) => Loaded | undefined): void;
  onEnd(end: (result: Result) => void): void;
}

interface Result {
  metafile?: { outputs: Record<string, { inputs: Record<string, unknown> }> };
  outputFiles?: { path: string; contents: Uint8Array; hash: string; readonly text: string }[];
}

/**
 * An esbuild plug-in that puts engine.js and deltabase.wasm beside each output that has the package in it: on the disk,
 * or into `outputFiles` with `write: false`. Takes no options.
 */
export function deltabase(): { name: string; setup(build: Build): void } {
  return {
    name: 'deltabase',
    setup({ initialOptions, onLoad, onEnd }) {
      const { absWorkingDir: folder = process.cwd(), format = 'iife' } = initialOptions;
      initialOptions.metafile = true; // tells which output the package is in
      if (format !== 'esm') onLoad({ filter: /index\.js$/ }, withoutUrl);
      onEnd((result) => {
        const outputs = Object.entries(result.metafile?.outputs ?? {});
        const folders = outputs
          .filter(([, { inputs }]) => hasIndex(folder, Object.keys(inputs)))
          .map(([path]) => resolve(folder, dirname(path)));
        for (const to of new Set(folders)) for (const name of names) put(result, join(to, name), contents(name));
      });
    },
  };
}

/** Only a module has a URL of its own; for want of one the package looks at the script element. */
const withoutUrl = ({ path }: { path: string }): Loaded | undefined =>
  path === index
    ? { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', 'void 0'), loader: 'js' }
    : undefined;

function put({ outputFiles }: Result, path: string, bytes: Uint8Array): void {
  if (outputFiles) {
    outputFiles.push({
      path,
      contents: bytes,
      hash: '',
      get text() {
        return new TextDecoder().decode(bytes);
      },
    });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
