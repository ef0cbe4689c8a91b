import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { packetBytesMax, readPacket, textOf, writePacket } from './bridge.js';

// Shared with wasm/bridge_test.go: both sides must read and write the same bytes.
const vectors = JSON.parse(readFileSync('wasm/testdata/packets.json', 'utf8')) as {
  packets: { name: string; kind: number; id: number; parts: string[]; bytes: string }[];
  malformed: { name: string; bytes: string }[];
};

const unhex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

for (const v of vectors.packets) {
  test(`packet: ${v.name}`, () => {
    const target = new Uint8Array(packetBytesMax(v.parts));
    const n = writePacket(target, v.kind, v.id, v.parts);
    assert.equal(hex(target.subarray(0, n)), v.bytes);
    const asBytes = v.parts.map((p) => new TextEncoder().encode(p));
    assert.equal(writePacket(target, v.kind, v.id, asBytes), n);
    assert.equal(hex(target.subarray(0, n)), v.bytes);
    const read = readPacket(unhex(v.bytes));
    assert.deepEqual({ ...read, parts: read.parts.map(textOf) }, { kind: v.kind, id: v.id, parts: v.parts });
  });
}

for (const v of vectors.malformed) {
  test(`malformed packet: ${v.name}`, () => {
    assert.throws(() => readPacket(unhex(v.bytes)), /malformed/);
  });
}

// What the fuzzer of wasm/ found, and what Go reads in it.
const corpus = JSON.parse(readFileSync('wasm/testdata/corpus.json', 'utf8')) as {
  Bytes: string;
  Read: boolean;
  Kind: number;
  ID: number;
  Parts: string[];
}[];

test('both sides read the same in what the fuzzer found', () => {
  assert.ok(corpus.filter((c) => c.Read).length > 5 && corpus.filter((c) => !c.Read).length > 5);
  for (const { Bytes, Read, Kind, ID, Parts } of corpus) {
    const bytes = unhex(Bytes);
    if (!Read) {
      assert.throws(() => readPacket(bytes), /malformed/, Bytes);
      continue;
    }
    const { kind, id, parts } = readPacket(bytes);
    assert.deepEqual({ kind, id, parts: parts.map(hex) }, { kind: Kind, id: ID, parts: Parts }, Bytes);
    const target = new Uint8Array(packetBytesMax(parts));
    assert.equal(hex(target.subarray(0, writePacket(target, kind, id, parts))), Bytes);
  }
});

test('a packet inside a larger buffer is read at its own offset', () => {
  const whole = new Uint8Array(40);
  const n = writePacket(whole.subarray(8), 9, 3, ['x']);
  assert.deepEqual(textOf(readPacket(whole.subarray(8, 8 + n)).parts[0]), 'x');
});
