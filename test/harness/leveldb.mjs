// The files that Chromium keeps IndexedDB in.
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

function folderIn(profile) {
  const databases = join(profile, 'Default', 'IndexedDB');
  return join(
    databases,
    readdirSync(databases).find((name) => name.endsWith('.leveldb')),
  );
}

/** Whether LevelDB has just made the folder of the site's databases: deleteDatabase() leaves it there. */
export const isNew = (profile) => readFileSync(join(folderIn(profile), 'LOG'), 'utf8').includes('since it was missing');

/**
 * Leaves LevelDB's log as a process does that is killed in the midst of a write: with the header of a
 * record of 2,000 bytes and its first 100. The log is read up to there, and then written on, so that
 * the open after the next cannot read it (https://github.com/google/leveldb/issues/1287).
 */
export function cutLog(profile) {
  const folder = folderIn(profile);
  const log = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1);
  const record = Buffer.alloc(107, 7);
  record.writeUInt16LE(2_000, 4);
  record[6] = 1;
  appendFileSync(join(folder, log), record);
}
