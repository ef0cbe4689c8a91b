import { type Dirent, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { limits } from './limits.js';
import { rewrite } from './rewrite.js';

const help = `Rewrites an app of Amplify DataStore for deltabase: where DataStore and what belongs to it is imported from, and
predicates of its versions up to 4 (c => c.rating('gt', 3)).

Usage:
  deltabase codemod [--write] [file or folder]...

It reads .js, .jsx, .ts, .tsx, .mjs, .cjs, .mts, .cts, .vue and .svelte files, of the current folder when none is named.
Folders called node_modules, dist, build, coverage and amplify are left out, as are those that begin with a dot; a
folder that is named is always read. Without --write it changes nothing and prints a diff, which git apply takes.

What needs a person is named by file and line. The status is 1 when a file could not be read, 2 for a wrong call.

Flags:
      --write   change the files
  -h, --help    show this
`;

const languages = /\.(?:[mc]?[jt]s|[jt]sx|vue|svelte)$/;
const skipped = new Set(['node_modules', 'bower_components', 'dist', 'build', 'coverage', 'amplify']);

/** Where the command writes what it says. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** Runs `deltabase codemod` with its arguments and gives its status. */
export function codemod(args: string[], output: Output): number {
  const flags = args.filter((arg) => arg.startsWith('-'));
  if (flags.includes('-h') || flags.includes('--help')) {
    output.out(help);
    return 0;
  }
  const unknown = flags.find((flag) => flag !== '--write');
  if (unknown) {
    output.err(`deltabase: unknown flag: ${unknown}; the only one is --write\n`);
    return 2;
  }
  const run = new Run(flags.includes('--write'), output);
  const named = args.filter((arg) => !arg.startsWith('-'));
  for (const path of named.length ? named : ['.']) run.path(path);
  return run.end();
}

class Run {
  #read = 0;
  #changed = 0;
  #left = 0;
  #failed = 0;

  constructor(
    readonly write: boolean,
    readonly output: Output,
  ) {}

  /** A file or folder that was named. */
  path(path: string): void {
    try {
      if (statSync(path).isDirectory()) this.#folder(path, 0);
      else this.#file(path);
    } catch (e) {
      this.#fail(path, e);
    }
  }

  end(): number {
    const files = (count: number) => `${count} file${count === 1 ? '' : 's'}`;
    const what = this.write ? 'changed' : 'to change';
    const places = this.#left ? `; ${this.#left} place${this.#left === 1 ? ' is' : 's are'} left for you` : '';
    const again = !this.write && this.#changed ? '. Write them with --write' : '';
    this.output.err(`${files(this.#read)} read, ${files(this.#changed)} ${what}${places}${again}.\n`);
    return this.#failed ? 1 : 0;
  }

  #folder(folder: string, depth: number): void {
    if (depth > limits.depthMax) return this.#fail(folder, new Error('it is too deep in folders'));
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (e) {
      return this.#fail(folder, e);
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name) && !entry.name.startsWith('.')) this.#folder(path, depth + 1);
      else if (entry.isFile() && languages.test(entry.name)) this.#file(path);
    }
  }

  #file(path: string): void {
    if (++this.#read > limits.filesMax) {
      if (this.#read === limits.filesMax + 1)
        this.#fail(
          path,
          new Error(`there are more than ${limits.filesMax} files; name the folders of the app's own code`),
        );
      return;
    }
    try {
      this.#rewrite(path);
    } catch (e) {
      this.#fail(path, e);
    }
  }

  #rewrite(path: string): void {
    const bytes = readFileSync(path);
    if (bytes.length > limits.fileBytesMax) return this.#leave(path, 1, 'it is larger than 2 MB, and was not read');
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const { text: written, notes } = rewrite(text, path);
    for (const note of notes) this.#leave(path, note.line, note.message);
    if (written === text) return;
    this.#changed++;
    if (this.write) writeFileSync(path, written);
    else this.output.out(diffOf(relative('.', path).replaceAll('\\', '/'), text, written));
  }

  #leave(path: string, line: number, message: string): void {
    this.#left++;
    this.output.err(`${path}:${line}: ${message}\n`);
  }

  #fail(path: string, e: unknown): void {
    this.#failed++;
    const line = (e as { loc?: { line: number } }).loc?.line;
    const why = (e as Error).message.replace(/ \(\d+:\d+\)$/, '');
    this.output.err(`${path}${line ? `:${line}` : ''}: left as it is: ${why}\n`);
  }
}

const diffOf = (path: string, before: string, after: string): string =>
  createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 }).replace(
    /^=+\n/,
    '',
  );
