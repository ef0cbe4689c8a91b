import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pulse } from '../worker/pulse.js';
import { watchHints } from './hints.js';
import { limits } from '../shared/limits.js';

/** Puts something in the place of a global until the test is over. */
function replace(t: { after(f: () => void): void }, name: string, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => (before ? Object.defineProperty(globalThis, name, before) : Reflect.deleteProperty(globalThis, name)));
}

test('a page passes on what it hears, until that is ended', (t) => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
  const window = new EventTarget();
  replace(t, 'document', page);
  replace(t, 'addEventListener', window.addEventListener.bind(window));
  replace(t, 'removeEventListener', window.removeEventListener.bind(window));
  const said: string[] = [];
  const end = watchHints((hint) => said.push(hint));
  for (const event of ['online', 'offline', 'pageshow']) window.dispatchEvent(new Event(event));
  page.dispatchEvent(new Event('visibilitychange'));
  assert.deepEqual(said, ['online', 'offline', 'resumed'], 'a page that is hidden says nothing');
  page.visibilityState = 'visible';
  page.dispatchEvent(new Event('visibilitychange'));
  page.dispatchEvent(new Event('resume'));
  assert.deepEqual(said.splice(0), ['online', 'offline', 'resumed', 'resumed', 'resumed']);
  end();
  window.dispatchEvent(new Event('online'));
  page.dispatchEvent(new Event('resume'));
  assert.deepEqual(said, []);
});

test('where there is no page, nothing is watched', (t) => {
  replace(t, 'document', undefined);
  watchHints(() => assert.fail())();
});

test('the worker looks at navigator.onLine and the clock itself', (t) => {
  const platform = { onLine: false };
  let now = 1_000_000;
  let beat: (() => void) | undefined;
  replace(t, 'navigator', platform);
  replace(t, 'Date', { now: () => now });
  replace(t, 'setInterval', (f: () => void) => (beat = f));
  replace(t, 'clearInterval', () => (beat = undefined));
  const said: [string, boolean][] = [];
  const pulse = new Pulse((hint, slept) => said.push([hint, slept]));
  const pass = (ms: number) => {
    now += ms;
    beat?.();
    return said.splice(0);
  };

  pulse.begin();
  assert.deepEqual(said.splice(0), [['offline', false]], 'at the beginning, when it is not what an engine believes');
  assert.deepEqual(pass(limits.pulseMs), []);
  platform.onLine = true;
  assert.deepEqual(pass(limits.pulseMs), [['online', false]]);
  assert.deepEqual(pass(limits.pulseMs), []);
  assert.deepEqual(pass(limits.pulseMs + limits.sleptMsMin), [], 'a busy machine');
  assert.deepEqual(pass(limits.pulseMs + limits.sleptMsMin + 1), [['resumed', true]]);
  assert.deepEqual(pass(-3_600_000), [], 'a clock that was set back');

  pulse.end();
  platform.onLine = false;
  assert.deepEqual(pass(limits.pulseMs), []);
});
