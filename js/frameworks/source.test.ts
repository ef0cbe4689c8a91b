import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Observable, type Store } from '../index.js';
import { limits } from './limits.js';
import { type Loading, sourceOf } from './source.js';

interface Count extends Loading {
  readonly count: number;
}

/** A stream that a test speaks into; counts the subscriptions that it has now and had at all. */
function stream() {
  const sinks = new Set<{ next(v: number): void; error(e: unknown): void; complete(): void }>();
  let begun = 0;
  const observable = new Observable<number>((sink) => {
    begun++;
    sinks.add(sink);
    return () => void sinks.delete(sink);
  });
  return {
    observable,
    get open() {
      return sinks.size;
    },
    get begun() {
      return begun;
    },
    all: (tell: 'next' | 'error' | 'complete', value?: any) => {
      for (const sink of [...sinks]) sink[tell](value);
    },
  };
}

const ask =
  ({ observable }: ReturnType<typeof stream>) =>
  () => ({
    observable,
    initial: { count: 0 },
    next: (count: number, before: Count) => (count === before.count ? before : { ...before, count }),
  });

function inPage(t: { mock: any; after(end: () => void): void }) {
  (globalThis as any).document = {};
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => delete (globalThis as any).document);
}

const store = () => ({}) as Store;
const quiet = () => {};

test('subscribers hear the value at once and each change; the value is one object until it changes', () => {
  const own = stream();
  const source = sourceOf<number, Count>(store(), 'q', ask(own));
  const heard: [number, boolean][] = [];
  const end = source.subscribe(({ count, isLoading }) => heard.push([count, isLoading]));
  assert.deepEqual(heard, [[0, true]]);
  own.all('next', 5);
  const value = source.getSnapshot();
  own.all('next', 5);
  assert.equal(source.getSnapshot(), value);
  assert.deepEqual(heard.slice(1), [[5, false]]);
  assert.deepEqual([source.getServerSnapshot().count, source.getServerSnapshot().isLoading], [0, true]);
  end();
  own.all('next', 6);
  assert.equal(heard.length, 2);
});

test('whoever asks the same of a store shares one subscription, over an unmount as well', (t) => {
  inPage(t);
  const [mine, own, others] = [store(), stream(), stream()];
  const source = sourceOf<number, Count>(mine, 'q', ask(own));
  assert.equal(sourceOf(mine, 'q', ask(others)), source);
  assert.notEqual(sourceOf(mine, 'r', ask(others)), source);
  assert.notEqual(sourceOf(store(), 'q', ask(others)), source);
  const [first, second] = [source.subscribe(quiet), source.subscribe(quiet)];
  first();
  second();
  t.mock.timers.tick(limits.idleMs - 1);
  const again = source.subscribe(quiet);
  t.mock.timers.tick(limits.idleMs);
  assert.deepEqual([own.open, own.begun], [1, 1]);
  own.all('next', 3);
  again();
  again();
  t.mock.timers.tick(limits.idleMs);
  assert.deepEqual([own.open, source.getSnapshot().count], [0, 0], 'let go, and nothing kept');
  source.subscribe(quiet);
  assert.equal(own.begun, 2);
  assert.equal(sourceOf(mine, 'q', ask(others)), source, 'known again');
});

test('what nobody shows is bounded', (t) => {
  inPage(t);
  const [mine, own] = [store(), stream()];
  const end = sourceOf<number, Count>(mine, 'first', ask(own)).subscribe(quiet);
  end();
  assert.equal(own.open, 1);
  for (let i = 0; i < limits.idleSourcesMax; i++) sourceOf(mine, `q${i}`, ask(stream()));
  assert.equal(own.open, 0);
});

test('load() waits for the first answer, and lets go when nobody subscribes', async (t) => {
  inPage(t);
  const own = stream();
  const source = sourceOf<number, Count>(store(), 'q', ask(own));
  const loaded = source.load();
  assert.equal(source.load(), loaded);
  t.mock.timers.tick(limits.idleMs * 2);
  assert.equal(own.open, 1, 'it may take its time');
  own.all('next', 1);
  await loaded;
  await source.load();
  t.mock.timers.tick(limits.idleMs);
  assert.equal(own.open, 0);
});

test('an error is told, retry() asks again, and the next answer ends it', () => {
  const own = stream();
  const source = sourceOf<number, Count>(store(), 'q', ask(own));
  source.subscribe(quiet);
  own.all('next', 7);
  own.all('error', new Error('gone'));
  const { count, error, isLoading, retry } = source.getSnapshot();
  assert.deepEqual([count, error?.message, isLoading], [7, 'gone', false]);
  retry();
  assert.deepEqual([own.open, source.getSnapshot().isLoading], [1, true]);
  own.all('next', 7);
  assert.equal(source.getSnapshot().error, null);
  retry();
  assert.equal(own.begun, 2, 'without an error it does nothing');
});

test('another user: what was shown goes, and the new one is asked', async () => {
  const own = stream();
  const source = sourceOf<number, Count>(store(), 'q', ask(own));
  const counts: number[] = [];
  source.subscribe(({ count }) => counts.push(count));
  own.all('next', 7);
  own.all('complete');
  assert.equal(source.getSnapshot().count, 0);
  await Promise.resolve();
  own.all('next', 1);
  assert.deepEqual(counts, [0, 7, 0, 1]);
});
