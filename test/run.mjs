// node test/run.mjs [FILE...]   runs the browser and end-to-end tests, one file after the other; all without a FILE
//
// A file that fails is run once more by itself at the end, because a crowded machine can fail a test that is right.
// The run passes when at most two files needed that and both passed then; it says which, and whoever reads it looks
// into them. A third file, or one that fails twice, fails the run. What failed, with its errors, stands at the end.
import { readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

const repeatedFilesMax = 2;
const fileMilliseconds = 15 * 60_000;
const slowestTold = 5;

const folder = dirname(fileURLToPath(import.meta.url));
const root = dirname(folder);
const say = (line) => process.stdout.write(`${line}\n`);
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/** The failure of a group only says that one of its tests failed, which is told by itself. */
const tellsItself = (error) => error?.failureType !== 'subtestsFailed';

/** Runs one file in a process of its own; resolves with its failures [{name, error}] and how long it took. */
async function runFile(file) {
  const began = performance.now();
  const failures = [];
  const path = [];
  say(`\n▶ ${relative(root, file)}`);
  for await (const { type, data } of run({ files: [file], concurrency: 1, timeout: fileMilliseconds })) {
    if (type === 'test:start') path.splice(data.nesting, path.length, data.name);
    if (type === 'test:stdout' || type === 'test:stderr') process.stdout.write(data.message);
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const name = [...path.slice(0, data.nesting), data.name].filter((one) => one !== file).join(' > ');
    const allowed = data.skip !== undefined || data.todo !== undefined;
    const passed = type === 'test:pass' || allowed;
    if (name) {
      const mark = passed ? (allowed ? '-' : '✔') : '✖';
      say(`  ${mark} ${name} (${seconds(data.details.duration_ms)})`);
    }
    if (passed || !tellsItself(data.details.error)) continue;
    const error = data.details.error?.cause ?? data.details.error;
    failures.push({ name: name || 'the file itself', error });
    say(`    ${inspect(error).replaceAll('\n', '\n    ')}`);
  }
  return { file, failures, took: performance.now() - began };
}

/** Prints the failures of files, each with its error. */
function tell(results) {
  for (const { file, failures } of results) {
    for (const { name, error } of failures) {
      say(`\n✖ ${relative(root, file)}: ${name}`);
      say(`  ${inspect(error).replaceAll('\n', '\n  ')}`);
    }
  }
}

const named = process.argv.slice(2).map((name) => resolve(name));
const files = named.length
  ? named
  : readdirSync(folder)
      .filter((name) => name.endsWith('.test.mjs'))
      .sort()
      .map((name) => join(folder, name));

const results = [];
for (const file of files) results.push(await runFile(file));
const failed = results.filter((one) => one.failures.length);

say(`\n${files.length} files, ${failed.length} of them failed; the slowest:`);
for (const { file, took } of results.toSorted((a, b) => b.took - a.took).slice(0, slowestTold))
  say(`  ${seconds(took)} ${relative(root, file)}`);

if (failed.length > repeatedFilesMax) {
  tell(failed);
  say(`\n${failed.length} files failed. At most ${repeatedFilesMax} are run a second time, so none was.`);
  process.exitCode = 1;
} else if (failed.length) {
  const again = [];
  for (const { file } of failed) again.push(await runFile(file));
  const twice = again.filter((one) => one.failures.length);
  tell(failed);
  if (twice.length) say('\nThe second time:');
  tell(twice);
  say('');
  for (const { file, failures } of failed) {
    const outcome = twice.some((one) => one.file === file) ? 'FAILED TWICE' : 'FLAKY: failed at first and passed then';
    say(`${outcome}: ${relative(root, file)}: ${failures.map((one) => one.name).join('; ')}`);
  }
  if (twice.length) process.exitCode = 1;
}
