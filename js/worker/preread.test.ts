import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { In, textOf } from './bridge.js';
import type { Module } from './module.js';
import { preread, tell } from './preread.js';

type Contents = Record<string, [IDBValidKey, unknown][]>;

let closed = 0;

/** indexedDB with one database, as far as preread() uses it; undefined: there is none. loss: what Chromium says of it. */
function offer(contents: Contents | undefined, loss?: { dataLoss: string; dataLossMessage: string }) {
  const later = (call: () => void) => void setImmediate(call);
  const transaction = (areas: string[], mode: string) => {
    assert.equal(mode, 'readonly');
    const tx: any = {
      objectStore: (area: string) => {
        if (!contents?.[area]) throw new DOMException('no such store', 'NotFoundError');
        return {
          getAllKeys: () => ({ result: contents[area].map(([key]) => key) }),
          getAll: () => ({ result: contents[area].map(([, value]) => value) }),
        };
      },
    };
    assert.deepEqual([...areas], ['pages', 'log', 'meta']);
    later(() => tx.oncomplete?.());
    return tx;
  };
  const open = (name: string, version: number) => {
    assert.deepEqual([name, version], ['app', 1]);
    const request: any = { result: { transaction, close: () => closed++ } };
    const abort = () => {
      request.error = new DOMException('aborted', 'AbortError');
      later(() => request.onerror({ preventDefault() {} }));
    };
    later(() => {
      if (contents) return request.onsuccess();
      request.transaction = { abort };
      request.onupgradeneeded({ dataLoss: 'none', dataLossMessage: '', ...loss });
    });
    return request;
  };
  Object.assign(globalThis, { indexedDB: { open } });
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'indexedDB');
  closed = 0;
});

/** What a module is told. */
async function told() {
  const found = await preread('app');
  const sent: [kind: number, parts: string[]][] = [];
  const send = (kind: number, _: number, parts: (string | Uint8Array)[]) =>
    sent.push([kind, parts.map((part) => (typeof part === 'string' ? part : textOf(part)))]);
  tell({ send } as unknown as Module, found);
  return sent;
}

test('a database is read area by area, and closed', async () => {
  offer({
    pages: [['Post/1', 'p']],
    log: [
      [7, 'é'],
      [8, 'b'],
    ],
    meta: [['k', '1']],
  });
  assert.deepEqual(await told(), [
    [In.preread, ['pages', 'Post/1', 'p']],
    [In.preread, ['log', '7', 'é', '8', 'b']],
    [In.preread, ['meta', 'k', '1']],
    [In.prereadEnd, ['1', '']],
  ]);
  assert.equal(closed, 1);
});

test('many or long entries come in packets of bounded size', async () => {
  const log = Array.from({ length: 300 }, (_, n): [number, string] => [n, 'x']);
  const pages = ['a', 'b', 'c'].map((key): [string, string] => [key, 'x'.repeat(300_000)]);
  offer({ pages, log, meta: [] });
  const sent = await told();
  assert.deepEqual(
    sent.map(([, parts]) => parts.length),
    [3, 3, 3, 255, 255, 93, 2],
  );
});

test('where there is no database, none is made, and what Chromium removed is told', async () => {
  offer(undefined);
  assert.deepEqual(await told(), [[In.prereadEnd, ['0', '']]]);
  offer(undefined, { dataLoss: 'total', dataLossMessage: 'a corrupt block' });
  assert.deepEqual(await told(), [[In.prereadEnd, ['0', 'a corrupt block']]]);
});

test('what is not as the module writes it is left to the module', async () => {
  for (const contents of [
    { pages: [['Post/1', 'p']], log: [[7, { no: 'text' }]], meta: [] },
    { pages: [['Post/1', 'p']], log: [['7', 'text']], meta: [] },
    { pages: [[1, 'p']], log: [], meta: [] },
    { pages: [] },
  ] as Contents[]) {
    offer(contents);
    assert.deepEqual(await told(), [[In.prereadEnd, ['0', '']]]);
    assert.equal(closed--, 1);
  }
});

test('without IndexedDB nothing is read', async () => {
  assert.deepEqual(await told(), [[In.prereadEnd, ['0', '']]]);
});
