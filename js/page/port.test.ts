import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build, type FromWorker, type ToWorker } from '../shared/messages.js';
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

test('an observer that ended before the engine took it on is ended there, too', async (t) => {
  const port = await opened(t);
  const worker = FakeWorker.last;
  const unobserved = () => worker.heard.flatMap((m) => (m.type === 'unobserve' ? [m.observer] : []));
  worker.say({ type: 'died', message: 'a bug' });
  const { observer, begun } = port.observe({ model: 'Post' });
  port.unobserve(observer); // nobody is there to hear it
  worker.heard = [];
  worker.say({ type: 'welcome', lock: 'w2' });
  await worker.hears((heard) => heard.some((m) => m.type === 'call'));
  worker.say({ type: 'reply', id: observer + 1, body: new TextEncoder().encode('{"seq":1}') });
  await begun;
  await worker.hears(() => unobserved().length > 0);
  assert.deepEqual(unobserved(), [observer]);
});

test('an answer that nobody waits for any more, and one of an engine before, change nothing', async (t) => {
  const port = await opened(t);
  const refused = assert.rejects(port.call('edit', { id: 'm1' }), { code: 'engine_died' });
  await replaced();
  await refused;
  FakeWorker.last.say({ type: 'reply', id: 2, body: empty });
  FakeWorker.last.say({ type: 'reply', id: 99, body: empty });
  const next = port.call('query');
  await FakeWorker.last.hears((heard) => heard.some((m) => m.type === 'call' && m.id === 3));
  FakeWorker.last.say({ type: 'reply', id: 3, body: new TextEncoder().encode('[1]') });
  assert.deepEqual(await next, [1]);
});

test('what was unanswered when the port closed, and what is called after, is refused as closed', async (t) => {
  const port = await opened(t);
  const unanswered = assert.rejects(port.call('save', {}), { code: 'closed' });
  port.close();
  await unanswered;
  await assert.rejects(port.call('query'), { code: 'closed' });
  await FakeWorker.last.hears((heard) => heard.some((m) => m.type === 'bye'));
});

test('limits.callsMax calls may be unanswered, and no more', async (t) => {
  const port = await opened(t);
  const waiting: Promise<unknown>[] = [];
  for (let n = 0; n < 100_000; n++) waiting.push(port.call('query').catch((e) => e.code));
  await assert.rejects(port.call('query'), { code: 'bad_request', message: /^100000 calls are unanswered/ });
  FakeWorker.last.say({ type: 'reply', id: 2, body: empty });
  await waiting[0];
  const one = port.call('query').catch((e) => e.code); // there is room for one again
  port.close();
  assert.deepEqual([await waiting[1], await one], ['closed', 'closed']);
});

test('limits.restartsMax engines may die in a row, and no more', async (t) => {
  const port = await opened(t);
  const lost: string[] = [];
  Object.assign(port, { listener: { ...listener, lost: (e: { code: string }) => lost.push(e.code) } });
  for (let deaths = 1; deaths <= 5; deaths++) await replaced();
  assert.deepEqual(lost, []);
  FakeWorker.last.say({ type: 'died', message: 'a bug' });
  assert.deepEqual(lost, ['engine_died']);
});

test('limits.connectsMax workers that never answer are asked, each twice as long, and no more', async (t) => {
  const platform = globalThis as { SharedWorker?: unknown };
  let made = 0;
  platform.SharedWorker = class extends FakeWorker {
    constructor() {
      super();
      made++;
    }
  };
  const port = new EnginePort('test', '{}', listener);
  t.after(() => {
    port.close();
    delete platform.SharedWorker;
  });
  t.mock.timers.enable({ apis: ['setTimeout'] } as any); // @types/node has an older form
  const refused = assert.rejects(port.call('query'), { code: 'engine_died', message: /could not be started/ });
  for (let n = 1; n <= 8; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(made, n);
    t.mock.timers.tick(100 * 2 ** n - 1);
    assert.equal(made, n, 'the time is not over');
    t.mock.timers.tick(1);
  }
  await refused;
  assert.equal(made, 8);
});

test('a dedicated worker may take limits.greetingMsMax to answer, each of them', async (t) => {
  const platform = globalThis as { Worker?: unknown };
  let [made, ended] = [0, 0];
  platform.Worker = class {
    onmessage = null;
    constructor() {
      made++;
    }
    postMessage() {}
    terminate() {
      ended++;
    }
  };
  const port = new EnginePort('test', '{}', listener);
  t.after(() => {
    port.close();
    delete platform.Worker;
  });
  t.mock.timers.enable({ apis: ['setTimeout'] } as any);
  port.call('query').catch(() => {});
  for (let n = 1; n <= 3; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([made, ended], [n, n - 1]);
    t.mock.timers.tick(29_999);
    assert.deepEqual([made, ended], [n, n - 1], 'the time is not over');
    t.mock.timers.tick(1);
    assert.deepEqual([made, ended], [n + 1, n]);
  }
});

test('a port greets an engine of another build again only when that is the older one and has let go', async (t) => {
  for (const served of ['of this build', 'of another build', 'unreachable'] as const) {
    await t.test(served, async (t) => {
      const port = await opened(t);
      const lost: string[] = [];
      const heard = { lost: (e: { code: string }) => lost.push(e.code) };
      Object.assign(port, { listener: new Proxy(heard, { get: (own, name) => Reflect.get(own, name) ?? (() => {}) }) });
      t.mock.method(globalThis, 'fetch', async () => {
        if (served === 'unreachable') throw new TypeError('Failed to fetch');
        return new Response(served === 'of this build' ? `const build = '${build}'` : 'const build = "other"');
      });
      const saving = port.call('save', { id: 'p1' }).then(
        () => 'saved',
        (e) => e.code,
      );
      const old = FakeWorker.last;
      old.say({ type: 'died', message: 'a bug' });
      old.heard = [];
      old.say({ type: 'otherBuild', lock: 'w2' });
      if (served !== 'of this build') {
        // What is unanswered is refused, and so is every later call: this page can't go on.
        assert.equal(await saving, 'version_skew');
        assert.deepEqual(lost, ['version_skew']);
        await assert.rejects(port.call('query'), { code: 'version_skew' });
        assert.ok(!old.heard.some((m) => m.type === 'replace'));
        return;
      }
      t.mock.timers.enable({ apis: ['setTimeout'] } as any);
      await old.hears((heard) => heard.some((m) => m.type === 'replace'));
      assert.equal(FakeWorker.last, old, 'the older engine is still there');
      t.mock.timers.tick(2 * 3_000); // it never lets go of its lock, as without Web Locks
      assert.notEqual(FakeWorker.last, old);
      const next = FakeWorker.last;
      old.port.onmessage = null;
      await next.hears((heard) => heard.some((m) => m.type === 'hello'));
      next.say({ type: 'welcome', lock: 'w3' });
      await next.hears((heard) => heard.some((m) => m.type === 'call' && m.operation === 'save'));
      next.say({ type: 'reply', id: 2, body: empty });
      assert.equal(await saving, 'saved');
      assert.deepEqual(lost, []);
    });
  }
});

test('a page that may come back (bfcache) says no goodbye, one that goes for good does', async (t) => {
  const window = new EventTarget();
  const platform = globalThis as { addEventListener?: unknown; removeEventListener?: unknown };
  platform.addEventListener = window.addEventListener.bind(window);
  platform.removeEventListener = window.removeEventListener.bind(window);
  t.after(() => {
    delete platform.addEventListener;
    delete platform.removeEventListener;
  });
  const port = await opened(t);
  const worker = FakeWorker.last;
  const leaves = (persisted: boolean) => window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted }));
  const byes = () => worker.heard.filter((m) => m.type === 'bye').length;
  leaves(true);
  const next = port.call('query');
  await worker.hears((heard) => heard.some((m) => m.type === 'call' && m.id === 2));
  worker.say({ type: 'reply', id: 2, body: empty });
  await next;
  assert.equal(byes(), 0);
  leaves(false);
  assert.equal(byes(), 1);
});

test('a tab with another schema takes over in the middle of a call: it is refused, and so is every later one', async (t) => {
  const port = await opened(t);
  const lost: string[] = [];
  Object.assign(port, { listener: { ...listener, lost: (e: { code: string }) => lost.push(e.code) } });
  const calls = [port.call('save', { id: 'p1' }), port.call('query')].map((call) => call.catch((e) => e.code));
  FakeWorker.last.say({ type: 'lost', code: 'version_skew', message: 'Reload the page.' });
  assert.deepEqual(await Promise.all(calls), ['version_skew', 'version_skew']);
  await assert.rejects(port.call('query'), { code: 'version_skew' });
  assert.deepEqual(lost, ['version_skew']);
});
