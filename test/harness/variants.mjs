// Builds of the module that do one thing wrong on purpose, so that a test can show that it would
// notice.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, temporaryFolder } from './folder.mjs';

/** The module with the build tag ack_early: a commit counts as done before its transaction completes. */
export function moduleThatAcknowledgesEarly(t) {
  const file = join(temporaryFolder(t, 'variant'), 'deltabase.wasm');
  execFileSync(process.execPath, ['js/build.mjs', '--variant', 'ack_early', file], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return readFileSync(file);
}
