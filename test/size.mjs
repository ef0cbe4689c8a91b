// Prints raw, gzip and brotli sizes of what a page loads and fails when the module is over its
// budget.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const moduleBrotliBytesMax = 850_000;

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);

function measure(path) {
  const bytes = readFileSync(path);
  const compressed = brotli(bytes);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  console.log(`${path.padEnd(22)} raw ${kB(bytes.length)}  gzip ${kB(gzip)}  brotli ${kB(compressed.length)}`);
  return compressed;
}

const wasm = measure('dist/deltabase.wasm');
for (const path of ['dist/index.js', 'dist/engine.js']) measure(path);

if (wasm.length > moduleBrotliBytesMax) {
  console.error(
    `dist/deltabase.wasm is ${kB(wasm.length).trim()} in brotli, ` +
      `over its budget of ${kB(moduleBrotliBytesMax).trim()}: ` +
      'look for a new import with `GOOS=js GOARCH=wasm go list -deps ./wasm`',
  );
  process.exit(1);
}
