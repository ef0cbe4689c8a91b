import { readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the page loads beside the script that has the package in it. */
export const names = ['engine.js', 'deltabase.wasm'];

export const contents = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`./${name}`, import.meta.url)));

const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path; // a module that a plug-in made up
  }
};

/** The package's own script. */
export const index = real(fileURLToPath(new URL('./index.js', import.meta.url)));

/** Whether one of these files of a bundle, seen from a folder, is the package's script. */
export const hasIndex = (folder: string, files: Iterable<string>): boolean => {
  for (const file of files) if (file.endsWith('index.js') && real(resolve(folder, file)) === index) return true;
  return false;
};
