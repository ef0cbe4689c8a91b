// What runs these tests: a file that fails is run once more, and nothing that fails twice gets through.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, temporaryFolder } from './harness/folder.mjs';

const start = "import { test } from 'node:test';\nimport { existsSync, writeFileSync } from 'node:fs';\n";
const fine = `${start}test('fine', () => {});\n`;
const broken = `${start}test('group', async (t) => { await t.test('broken', () => { throw new Error('the reason'); }); });\n`;
const dying = 'process.exit(3);\n';

/** A test that fails when it runs for the first time. */
const once = (mark) =>
  `${start}test('shaky', () => {
  if (existsSync(${JSON.stringify(mark)})) return;
  writeFileSync(${JSON.stringify(mark)}, '');
  throw new Error('a crowded machine');
});
`;

/** Runs test/run.mjs over files with these texts; gives its status and what it printed. */
function play(t, ...texts) {
  const folder = temporaryFolder(t, 'run');
  const files = texts.map((text, k) => {
    const file = join(folder, `${k}.test.mjs`);
    writeFileSync(file, typeof text === 'function' ? text(join(folder, `${k}.mark`)) : text);
    return file;
  });
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'test/run.mjs'), ...files], {
    encoding: 'utf8',
    env,
  });
  return { status, stdout, end: stdout.slice(stdout.indexOf(' files, ')) };
}

test('all pass', (t) => {
  const { status, stdout } = play(t, fine, fine);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /2 files, 0 of them failed/);
  assert.doesNotMatch(stdout, /FLAKY|FAILED/);
});

test('two files that pass the second time are told as flaky, with what failed', (t) => {
  const { status, stdout, end } = play(t, once, fine, once);
  assert.equal(status, 0, stdout);
  assert.match(end, /✖ .*0\.test\.mjs: shaky\n.*a crowded machine/);
  assert.match(end, /FLAKY: .*0\.test\.mjs: shaky\nFLAKY: .*2\.test\.mjs: shaky\n$/);
});

test('a test that fails twice fails the run, named with its error at the end', (t) => {
  const { status, stdout, end } = play(t, once, broken);
  assert.equal(status, 1, stdout);
  assert.match(end, /The second time:\n\n✖ .*1\.test\.mjs: group > broken\n.*the reason/);
  assert.match(end, /FLAKY: .*0\.test\.mjs: shaky\nFAILED TWICE: .*1\.test\.mjs: group > broken\n$/);
});

test('a file that dies is a failure', (t) => {
  const { status, end } = play(t, dying);
  assert.equal(status, 1);
  assert.match(end, /FAILED TWICE: .*0\.test\.mjs: the file itself\n$/);
});

test('three files are too many to be run again', (t) => {
  const { status, end } = play(t, once, once, once);
  assert.equal(status, 1);
  assert.match(end, /3 files failed\. At most 2 are run a second time/);
  assert.doesNotMatch(end, /FLAKY/);
});
