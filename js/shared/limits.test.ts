import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { limits } from './limits.js';

// Each limit, written down once more, and the test that holds it: [file, words of it].
const table: Record<keyof typeof limits, [value: number, by: [file: string, words: string]]> = {
  finishMsMax: [3_000, ['worker/host.test.ts', 'a module that does not close in time holds nobody up']],
  lockMsMax: [10_000, ['worker/host.test.ts', 'is taken by force after limits.lockMsMax']],
  yieldRepeatMs: [1_000, ['worker/host.test.ts', 'asks for it again after limits.yieldRepeatMs']],
  callDeathsMax: [2, ['page/port.test.ts', 'a call that was under way in two dying engines is refused']],
  restartsMax: [5, ['page/port.test.ts', 'limits.restartsMax engines may die in a row']],
  callsMax: [100_000, ['page/port.test.ts', 'limits.callsMax calls may be unanswered']],
  iteratorValuesMax: [10_000, ['page/iterate.test.ts', 'limits.iteratorValuesMax values wait']],
  timerMsMax: [2 ** 31 - 1, ['worker/host.test.ts', 'a time beyond limits.timerMsMax is waited for in steps']],
  retryAfterMsMax: [3_600_000, ['worker/transport.test.ts', 'Up to limits.retryAfterMsMax']],
  textBodyBytesMax: [8_192, ['worker/host.test.ts', 'a body crosses as text up to limits.textBodyBytesMax']],
  connectsMax: [8, ['page/port.test.ts', 'limits.connectsMax workers that never answer']],
  greetingMsMin: [100, ['page/port.test.ts', 'limits.connectsMax workers that never answer']],
  greetingMsMax: [30_000, ['page/port.test.ts', 'a dedicated worker may take limits.greetingMsMax']],
  pulseMs: [1_000, ['page/hints.test.ts', 'the worker looks at navigator.onLine and the clock itself']],
  sleptMsMin: [5_000, ['page/hints.test.ts', 'the worker looks at navigator.onLine and the clock itself']],
  settingsMsMax: [30_000, ['page/config.test.ts', 'sync expressions that fail, or never end']],
  adoptRowsMax: [250, ['page/adopt.test.ts', 'limits.adoptRowsMax rows']],
  adoptBytesMax: [524_288, ['page/adopt.test.ts', 'limits.adoptBytesMax of text']],
  adoptOpenMsMax: [30_000, ['page/adopt.test.ts', 'a database that does not open: limits.adoptOpenMsMax']],
  adoptGoneMsMax: [1_000, ['page/adopt.test.ts', 'limits.adoptGoneMsMax after it was deleted']],
  syncRecordsMax: [2 ** 31 - 1, ['page/config.test.ts', 'the largest values of settings are taken']],
  syncPageRowsMax: [1_000, ['page/config.test.ts', 'the largest values of settings are taken']],
  syncIntervalSecondsMax: [100 * 365 * 86_400, ['page/config.test.ts', 'the largest values of settings are taken']],
};

test('every limit is in the table, with its value and the test that holds it', () => {
  assert.deepEqual(Object.fromEntries(Object.entries(table).map(([name, [value]]) => [name, value])), limits);
  for (const [name, [, by]] of Object.entries(table)) {
    assert.ok(readFileSync(`js/${by[0]}`, 'utf8').includes(by[1]), `${name}: there is no test "${by[1]}"`);
  }
});
