// Temporary folders that go away with the test that made them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterwards } from './after.mjs';

/** The repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Makes an empty folder; removes it after t, without t when the process ends. */
export function temporaryFolder(t, name = 'test') {
  const folder = mkdtempSync(join(tmpdir(), `deltabase-${name}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  if (t) afterwards(t, remove);
  else process.once('exit', remove);
  return folder;
}
