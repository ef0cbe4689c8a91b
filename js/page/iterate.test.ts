import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../shared/limits.js';
import type { Waiting } from './iterate.js';
import { Observable } from './observe.js';

/** A stream whose values the test gives; open tells how many subscriptions there are. */
function stream(waiting?: Waiting) {
  const sinks = new Set<any>();
  const values = new Observable<number>((sink) => {
    sinks.add(sink);
    return () => sinks.delete(sink);
  }, waiting);
  const each = (tell: (sink: any) => void) => [...sinks].forEach(tell);
  return {
    values,
    open: () => sinks.size,
    give: (...list: number[]) => each((sink) => list.forEach((n) => void sink.next(n))),
    fail: (error: unknown) => each((sink) => sink.error(error)),
    complete: () => each((sink) => sink.complete()),
  };
}

test('a loop gets every value in order, those that came before it asked too', async () => {
  const s = stream();
  const loop = s.values[Symbol.asyncIterator]();
  const first = loop.next();
  s.give(1, 2, 3);
  assert.deepEqual(
    [await first, await loop.next(), await loop.next()].map((r) => r.value),
    [1, 2, 3],
  );
  const [a, b] = [loop.next(), loop.next()];
  s.give(4, 5);
  assert.deepEqual([(await a).value, (await b).value], [4, 5]);
});

test('leaving the loop unsubscribes', async () => {
  const s = stream();
  const seen: number[] = [];
  const looped = (async () => {
    for await (const value of s.values) {
      seen.push(value);
      if (value === 2) break;
    }
  })();
  s.give(1, 2, 3);
  await looped;
  assert.deepEqual([seen, s.open()], [[1, 2], 0]);

  const loop = s.values[Symbol.asyncIterator]();
  const waits = loop.next();
  assert.deepEqual(await loop.return!(), { done: true, value: undefined });
  assert.equal((await waits).done, true, 'a next() that waits is answered');
  assert.equal((await loop.next()).done, true);
  assert.equal(s.open(), 0);
});

test('the loop ends with the stream, after what came before, and throws its error once', async () => {
  const s = stream();
  const loop = s.values[Symbol.asyncIterator]();
  s.give(1);
  s.fail(new Error('lost'));
  assert.equal((await loop.next()).value, 1);
  await assert.rejects(loop.next(), /lost/);
  assert.equal((await loop.next()).done, true);

  const whole = stream();
  const over = whole.values[Symbol.asyncIterator]();
  const [a, b] = [over.next(), over.next()];
  whole.complete();
  assert.deepEqual([(await a).done, (await b).done], [true, true]);

  const failing = stream();
  const waiting = failing.values[Symbol.asyncIterator]();
  const [c, d] = [waiting.next(), waiting.next()];
  failing.fail(new Error('lost'));
  await assert.rejects(c, /lost/);
  assert.equal((await d).done, true);
});

test("with 'latest' a slow loop gets the newest value only", async () => {
  const s = stream('latest');
  const loop = s.values[Symbol.asyncIterator]();
  s.give(1, 2, 3);
  assert.equal((await loop.next()).value, 3);
  s.give(4);
  assert.equal((await loop.next()).value, 4);
});

test('limits.iteratorValuesMax values wait; one more ends the loop and its subscription', async () => {
  const s = stream();
  const loop = s.values[Symbol.asyncIterator]();
  for (let n = 0; n < limits.iteratorValuesMax; n++) s.give(n);
  assert.equal(s.open(), 1);
  s.give(-1);
  assert.equal(s.open(), 0);
  for (let n = 0; n < limits.iteratorValuesMax; n++) assert.equal((await loop.next()).value, n);
  await assert.rejects(loop.next(), { code: 'bad_request', message: /values wait for this loop/ });
  assert.equal((await loop.next()).done, true);
});
