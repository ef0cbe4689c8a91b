import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LiveChange, LiveResult } from './observe.js';

const row = (id: string, n = 0) => ({ id, n });

function play(changes: LiveChange[]): string[] {
  const live = new LiveResult((r) => Object.freeze({ ...r }));
  return changes.map((change) =>
    live
      .apply(change)
      .items.map((i) => i.id + (i.n || ''))
      .join(' '),
  );
}

test('a live result follows the places', () => {
  const all = { isSynced: false, all: true, put: [row('a'), row('b'), row('c'), row('d')] };
  const cases: [name: string, change: Partial<LiveChange>, want: string][] = [
    ['nothing but isSynced', {}, 'a b c d'],
    ['changed in its place', { out: [1], at: [1], put: [row('b', 2)] }, 'a b2 c d'],
    ['moved to the end', { out: [0], at: [3], put: [row('a', 2)] }, 'b c d a2'],
    ['moved to the beginning', { out: [3], at: [0], put: [row('d', 2)] }, 'd2 a b c'],
    ['gone', { out: [1, 2] }, 'a d'],
    ['all gone', { out: [0, 1, 2, 3] }, ''],
    ['new ones around', { at: [0, 3, 6], put: [row('x'), row('y'), row('z')] }, 'x a b y c d z'],
    ['swapped', { out: [0, 3], at: [0, 3], put: [row('d', 1), row('a', 1)] }, 'd1 b c a1'],
    ['everything anew', { all: true, put: [row('q')] }, 'q'],
  ];
  for (const [name, change, want] of cases) {
    assert.equal(play([all, { isSynced: true, ...change }])[1], want, name);
  }
});

test('a snapshot stays as it was', () => {
  const live = new LiveResult((r) => r);
  const first = live.apply({ isSynced: false, all: true, put: [row('a')] });
  first.items.push(row('mine'));
  const second = live.apply({ isSynced: true, at: [1], put: [row('b')] });
  assert.deepEqual(
    second.items.map((i) => i.id),
    ['a', 'b'],
  );
  assert.deepEqual([first.isSynced, second.isSynced], [false, true]);
});
