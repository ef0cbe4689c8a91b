import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compiledCode } from './code.js';

/** The smallest module that there is: its magic number and its version. */
const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

test('the module compiles whatever the server says that it is', async (t) => {
  const streamed = t.mock.method(WebAssembly, 'compileStreaming');
  let type: string | undefined;
  t.mock.method(
    globalThis,
    'fetch',
    async () => new Response(empty, { headers: type ? { 'content-type': type } : {} }),
  );
  const compiles = async (said: string | undefined, streams: boolean) => {
    type = said;
    streamed.mock.resetCalls();
    assert.ok((await compiledCode()) instanceof WebAssembly.Module, `${said}`);
    assert.equal(streamed.mock.callCount(), streams ? 1 : 0, `${said}`);
  };
  await compiles('application/wasm', true);
  // Streaming refuses parameters, and what is another type or none; Node refuses capitals as well.
  await compiles('Application/WASM', false);
  await compiles('application/wasm; charset=utf-8', false);
  await compiles('application/octet-stream', false);
  await compiles(undefined, false);
});

test('an answer that is no module says where it was asked for', async (t) => {
  t.mock.method(globalThis, 'fetch', async () => new Response('gone', { status: 404 }));
  await assert.rejects(compiledCode(), /deltabase\.wasm answered 404/);
});
