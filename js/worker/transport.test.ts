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

const hourMs = '3600000';

test('Retry-After: what the engine hears of each form', async (t) => {
  t.mock.method(Date, 'now', () => Date.parse('2026-11-27T03:00:00Z'));
  const table: [header: string | undefined, ms: string][] = [
    [undefined, '0'],
    ['', '0'],
    ['0', '0'],
    ['7', '7000'],
    ['007', '7000'],
    ['0.25', '250'],
    ['1.', '1000'],
    ['0.0004', '0'],
    // Up to limits.retryAfterMsMax, however large the number is.
    ['3600', hourMs],
    ['3601', hourMs],
    ['1000000000000000000', hourMs],
    ['1000000000000000000000', hourMs],
    ['9'.repeat(400), hourMs],
    // The three forms of dates.
    ['Fri, 27 Nov 2026 03:01:30 GMT', '90000'],
    ['Friday, 27-Nov-26 03:01:30 GMT', '90000'],
    ['Fri Nov 27 03:01:30 2026', '90000'],
    ['Fri, 27 Nov 2026 04:00:01 GMT', hourMs],
    ['Fri, 31 Dec 9999 23:59:59 GMT', hourMs],
    ['Fri, 27 Nov 2026 02:00:00 GMT', '0'],
    ['Thu, 01 Jan 1970 00:00:00 GMT', '0'],
    ['Fri, 99 Nov 2026 03:01:30 GMT', '0'],
    // Several headers come as one, with commas.
    ['7, 9', '9000'],
    ['9, 7', '9000'],
    ['7,Fri, 27 Nov 2026 03:01:30 GMT, 8', '90000'],
    ['soon, 7', '7000'],
    // What is no time.
    ['-5', '0'],
    ['1e3', '0'],
    ['0x10', '0'],
    ['Infinity', '0'],
    ['NaN', '0'],
    ['soon', '0'],
    ['in 2099', '0'],
    ['2099-01-01', '0'],
    ['7 seconds', '0'],
    ['"7"', '0'],
  ];
  for (const [header, ms] of table) assert.equal(await heard(t, header), ms, String(header));
});
