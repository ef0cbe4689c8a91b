import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FromWorker, ToWorker } from '../shared/messages.js';
import { EnginePort, type PortListener } from './port.js';

/** The worker's end of a port: what it heard, and what it says. */
class FakeWorker {
  static last: FakeWorker;
  heard: ToWorker[] = [];
  #heardMore = () => {};
  port = {
    onmessage: null as ((event: { data: FromWorker[] }) => void) | null,
    start() {},
    postMessage: (messages: ToWorker[]) => {
      this.heard.push(...messages);
      this.#heardMore();
    },
  };
  constructor() {
    FakeWorker.last = this;
  }
  say(message: FromWorker): void {
    this.port.onmessage!({ data: [message] });
  }
  async hears(wanted: (heard: ToWorker[]) => boolean): Promise<void> {
    while (!wanted(this.heard)) await new Promise<void>((resolve) => (this.#heardMore = resolve));
  }
  calls(): string[] {
    return this.heard.flatMap((m) => (m.type === 'call' ? [m.operation] : []));
  }
}

const listener = new Proxy({}, { get: () => () => {} }) as PortListener;
const empty = new TextEncoder().encode('{}');

/** A port whose engine is there. */
async function opened(t: { after(f: () => void): void }): Promise<EnginePort> {
  const platform = globalThis as { SharedWorker?: unknown };
  platform.SharedWorker = FakeWorker;
  const port = new EnginePort('test', '{}', listener);
  t.after(() => {
    port.close();
    delete platform.SharedWorker;
  });
  const first = port.call('query');
  await new Promise((resolve) => setImmediate(resolve));
  const worker = FakeWorker.last;
  await worker.hears((heard) => heard.some((m) => m.type === 'hello'));
  worker.say({ type: 'welcome', lock: 'w' });
  await worker.hears((heard) => heard.some((m) => m.type === 'call'));
  worker.say({ type: 'reply', id: 1, body: empty });
  await first;
  return port;
}

/** The engine dies; the next one says welcome. */
async function replaced(): Promise<void> {
  const worker = FakeWorker.last;
  worker.heard = [];
  worker.say({ type: 'died', message: 'a bug' });
  await worker.hears((heard) => heard.some((m) => m.type === 'hello'));
  worker.heard = [];
  worker.say({ type: 'welcome', lock: 'w2' });
  await new Promise((resolve) => setImmediate(resolve));
}

test('what acts on a queue entry is not repeated when the engine died under it', async (t) => {
  const port = await opened(t);
  const refusals = ['retry', 'edit', 'discard', 'restore'].map((operation) =>
    assert.rejects(port.call(operation, { id: 'm1' }), { code: 'engine_died' }),
  );
  const saving = port.call('save', { id: 'p1' });
  await replaced();
  assert.deepEqual(FakeWorker.last.calls(), ['save'], 'a save is: it has its mutation id');
  FakeWorker.last.say({ type: 'reply', id: 6, body: empty });
  await saving;
  await Promise.all(refusals);
});

test('a call that was under way in two dying engines is refused', async (t) => {
  const port = await opened(t);
  const saving = port.call('save', { id: 'p1' });
  await replaced();
  assert.deepEqual(FakeWorker.last.calls(), ['save']);
  const refusal = assert.rejects(saving, { code: 'engine_died' });
  await replaced();
  await refusal;
  assert.deepEqual(FakeWorker.last.calls(), []);
});
