import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announce, Hub, type HubCapsule } from './hub.js';

const nowhere = { byId: async () => undefined, byFields: async () => [] };

test('channels of the app: listen, dispatch, end', (t) => {
  const reported: unknown[] = [];
  (globalThis as any).reportError = (e: unknown) => reported.push(e);
  t.after(() => delete (globalThis as any).reportError);
  const heard: HubCapsule<string>[] = [];
  const listener = (capsule: HubCapsule<string>) => void heard.push(capsule);
  const fails = Hub.listen('auth', () => {
    throw new Error('a mistake of the page');
  });
  const end = Hub.listen('auth', listener, 'a name');
  const endSecond = Hub.listen('auth', listener);
  Hub.dispatch('auth', { event: 'signedOut', data: { by: 'me' }, message: 'bye' }, 'Auth');
  const told = { channel: 'auth', payload: { event: 'signedOut', data: { by: 'me' }, message: 'bye' }, source: 'Auth' };
  assert.deepEqual(heard, [told, told]);
  assert.equal((reported[0] as Error).message, 'a mistake of the page');
  for (const stop of [fails, end, end]) stop();
  Hub.dispatch('auth', { event: 'signedIn' });
  Hub.dispatch('other', { event: 'unheard' });
  assert.deepEqual(heard.slice(2), [{ channel: 'auth', payload: { event: 'signedIn' }, source: '' }]);
  endSecond();
  Hub.dispatch('auth', { event: 'unheard' });
  assert.equal(heard.length, 3);
});

test('stores speak on channel datastore, by names that the compiler knows', () => {
  const heard: string[] = [];
  const end = Hub.listen('datastore', ({ payload: { event, data }, source }) => {
    if (event === 'outboxStatus') heard.push(`${source}: ${data.isEmpty}`);
    // @ts-expect-error no store says that
    if (event === 'outboxState') heard.push('never');
  });
  announce('outboxStatus', { isEmpty: true }, nowhere, 'shop');
  end();
  announce('outboxStatus', { isEmpty: false }, nowhere, 'shop');
  assert.deepEqual(heard, ['shop: true']);
});
