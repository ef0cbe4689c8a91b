// The entry deltabase/rollup. Rollup leaves `new URL('./engine.js', import.meta.url)` as it is: relative to the chunk.
import { posix } from 'node:path';
import { contents, hasIndex, names } from './files.js';

/** What this plug-in uses of Rollup's PluginContext. */
interface Context {
  emitFile(file: { type: 'asset'; fileName: string; source: Uint8Array }): string;
}

type Output = { type: 'chunk'; fileName: string; moduleIds: string[] } | { type: 'asset' };

/** A Rollup plug-in that puts engine.js and deltabase.wasm beside each chunk that has the package in it. Takes no options. */
export function deltabase(): {
  name: string;
  generateBundle(this: Context, options: unknown, bundle: Record<string, Output>): void;
} {
  return {
    name: 'deltabase',
    generateBundle(_, bundle) {
      const folders = Object.values(bundle)
        .filter((output) => output.type === 'chunk')
        .filter(({ moduleIds }) => hasIndex('/', moduleIds))
        .map(({ fileName }) => posix.dirname(fileName));
      for (const folder of new Set(folders))
        for (const name of names)
          this.emitFile({ type: 'asset', fileName: posix.join(folder, name), source: contents(name) });
    },
  };
}
