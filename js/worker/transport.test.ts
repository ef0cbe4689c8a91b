import assert from 'node:assert/strict';
import { test } from 'node:test';
import { In, Out, type Packet, type Part } from './bridge.js';
import { Transport } from './transport.js';

/** Sends one request, which is answered with a Retry-After, and returns the ms that the engine hears of. */
async function heard(t: { mock: { method: typeof test.mock.method } }, retryAfter?: string): Promise<string> {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  const mocked = t.mock.method(globalThis, 'fetch', async () => new Response('slow down', { status: 429, headers }));
  let told: { kind: number; parts: readonly Part[] } | undefined;
  const transport = new Transport('test', (kind, _id, parts) => (told = { kind, parts: parts ?? [] }));
  const parts = ['push', 'https://api.test/graphql', '1000', '{}'].map((text) => new TextEncoder().encode(text));
  await transport.send({ kind: Out.send, id: 1, parts } as unknown as Packet);
  mocked.mock.restore();
  assert.equal(told?.kind, In.answered);
  assert.equal(told?.parts[0], '429');
  return String(told?.parts[1]);
}

test('Retry-After is read in seconds and as a date', async (t) => {
  t.mock.method(Date, 'now', () => Date.parse('2026-11-27T03:00:00Z'));
  assert.equal(await heard(t), '0');
  assert.equal(await heard(t, '7'), '7000');
  assert.equal(await heard(t, '0'), '0');
  assert.equal(await heard(t, 'Fri, 27 Nov 2026 03:01:30 GMT'), '90000');
  assert.equal(await heard(t, 'Fri, 27 Nov 2026 02:00:00 GMT'), '0', 'a date that has passed');
  assert.equal(await heard(t, 'soon'), '0', 'what is no time');
});
