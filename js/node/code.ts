import { readFile } from 'node:fs/promises';

/** Reads and compiles the module beside this file: fetch() of Node takes no file. js/worker/code.ts is the browser's. */
export async function compiledCode(): Promise<WebAssembly.Module> {
  return WebAssembly.compile((await readFile(new URL('./deltabase.wasm', import.meta.url))) as BufferSource);
}
