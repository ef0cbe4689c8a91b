import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbound } from './messages.js';

test('what observers hear comes in a message of its own after the answers before it', async () => {
  const posted: string[][] = [];
  const out = new Outbound<{ type: string }>({
    onmessage: null,
    postMessage: (list) => void posted.push((list as { type: string }[]).map(({ type }) => type)),
  });
  for (const type of ['notify', 'reply', 'reply', 'notify', 'notify', 'announce', 'notify', 'reply', 'notify'])
    out.send({ type });
  await Promise.resolve();
  assert.deepEqual(posted, [
    ['notify', 'reply', 'reply'],
    ['notify', 'notify', 'announce', 'notify', 'reply'],
    ['notify'],
  ]);
  out.send({ type: 'reply' });
  await Promise.resolve();
  out.send({ type: 'notify' });
  await Promise.resolve();
  assert.deepEqual(posted.slice(3), [['reply'], ['notify']]);
});
