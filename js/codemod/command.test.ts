import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { codemod } from './command.js';
import { limits } from './limits.js';

const root = mkdtempSync(join(tmpdir(), 'deltabase-codemod-'));
after(() => rmSync(root, { recursive: true }));

const old = "import { DataStore } from '@aws-amplify/datastore';\nDataStore.query(Post, (c) => c.rating('gt', 3));\n";
const now = "import { DataStore } from 'deltabase';\nDataStore.query(Post, (c) => c.rating.gt(3));\n";

let folders = 0;
function app(files: Record<string, string | Uint8Array>): string {
  const folder = join(root, String(folders++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

function run(...args: string[]): { status: number; out: string; err: string } {
  const said = { out: '', err: '' };
  const status = codemod(args, { out: (text) => void (said.out += text), err: (text) => void (said.err += text) });
  return { status, ...said };
}

test('it prints a diff and writes nothing; --write writes', () => {
  const folder = app({ 'src/a.ts': old, 'src/b.jsx': 'let b', 'node_modules/c.js': old, '.d/e.js': old, 'f.md': old });
  const dry = run(folder);
  assert.equal(dry.status, 0);
  assert.match(dry.out, /^--- a\/.*src\/a\.ts\n\+\+\+ b\/.*src\/a\.ts\n@@ -1,2 \+1,2 @@\n/);
  assert.deepEqual(
    dry.out.split('\n').filter((line) => /^[-+][^-+]/.test(line)),
    [
      ...old
        .split('\n')
        .slice(0, 2)
        .map((l) => `-${l}`),
      ...now
        .split('\n')
        .slice(0, 2)
        .map((l) => `+${l}`),
    ],
  );
  assert.equal(dry.err, '2 files read, 1 file to change. Write them with --write.\n');
  assert.equal(readFileSync(join(folder, 'src/a.ts'), 'utf8'), old);
  assert.deepEqual(run('--write', folder), { status: 0, out: '', err: '2 files read, 1 file changed.\n' });
  assert.equal(readFileSync(join(folder, 'src/a.ts'), 'utf8'), now);
  assert.equal(readFileSync(join(folder, 'node_modules/c.js'), 'utf8'), old);
  assert.equal(run(folder).err, '2 files read, 0 files to change.\n');
  assert.equal(run(join(folder, '.d'), join(folder, 'node_modules/c.js')).err.startsWith('2 files read, 2'), true);
});

test('what is left for a person, and what could not be read, is named', () => {
  const folder = app({
    'a.ts': '// DataStore\nDataStore.query(Post, (c) => c.rating(op, 3));\n',
    'b.ts': '// DataStore\n\nlet = {',
    'c.js': Uint8Array.of(0xff, 0xfe, 0x41),
    'd.js': old.padEnd(limits.fileBytesMax + 1),
    'e.ts': old,
  });
  symlinkSync(folder, join(folder, 'loop'));
  const { status, err, out } = run(folder);
  assert.equal(status, 1);
  const lines = err.split('\n');
  assert.ok(lines[0].startsWith(`${join(folder, 'a.ts')}:2: this predicate is left as it is`), err);
  assert.ok(lines[1].startsWith(`${join(folder, 'b.ts')}:3: left as it is: `), err);
  assert.ok(lines[2].startsWith(`${join(folder, 'c.js')}: left as it is: `), err);
  assert.ok(lines[3].startsWith(`${join(folder, 'd.js')}:1: it is larger`), err);
  assert.equal(lines[4], '5 files read, 1 file to change; 2 places are left for you. Write them with --write.');
  assert.match(out, /e\.ts/);
  assert.equal(run(join(folder, 'nowhere')).status, 1);
});

test('help and wrong calls', () => {
  assert.match(run('--help').out, /^Rewrites an app.*--write/s);
  const wrong = run('--wriet', '.');
  assert.deepEqual([wrong.status, wrong.out], [2, '']);
  assert.match(wrong.err, /--wriet/);
});
