import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { build, buildChannel, databaseLock, type FromWorker, Outbound, type ToWorker } from '../shared/messages.js';
import { In, Out, type Packet } from './bridge.js';
import { Host } from './host.js';
import { Module, type ModuleListener } from './module.js';

// The host of an engine, with locks and a module that the tests watch. A mistake that they
// find: with `this.#releaseDatabase?.()` as the first line of #finish() the first three fail.

/** Web Locks of one origin, as far as hosts use them. */
class Locks {
  #holders = new Map<string, { free: () => void; lost: (e: unknown) => void }>();
  #waiting: { name: string; take: () => void }[] = [];

  held = (name: string) => this.#holders.has(name);

  request = (name: string, options: LockOptions, use: (lock: object | null) => unknown): Promise<unknown> => {
    if (options.steal) this.#holders.get(name)?.lost(new DOMException('stolen', 'AbortError'));
    if (options.steal || !this.held(name)) return this.#grant(name, use);
    if (options.ifAvailable) return Promise.resolve(use(null));
    return new Promise((resolve, reject) => {
      const one = { name, take: () => resolve(this.#grant(name, use)) };
      this.#waiting.push(one);
      options.signal?.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((other) => other !== one);
        reject(options.signal!.reason);
      });
    });
  };

  #grant(name: string, use: (lock: object | null) => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const holder = {
        free: () => {
          if (this.#holders.get(name) !== holder) return;
          this.#holders.delete(name);
          const next = this.#waiting.findIndex((one) => one.name === name);
          if (next >= 0) this.#waiting.splice(next, 1)[0].take();
        },
        lost: reject,
      };
      this.#holders.set(name, holder);
      Promise.resolve(use({})).then((value) => {
        holder.free();
        resolve(value);
      }, reject);
    });
  }
}

/** A module that runs when the test says so. sent are the kinds of packets that it was told. */
class FakeModule {
  sent: number[] = [];
  abandoned = false;
  constructor(readonly listener: ModuleListener) {}
  send(kind: number): void {
    this.sent.push(kind);
  }
  abandon(): void {
    this.abandoned = true;
  }
  says(kind: number, ...parts: string[]): void {
    this.listener.packet({ kind, id: 0, parts: parts.map((text) => new TextEncoder().encode(text)) } as Packet);
  }
}

const database = 'app';
const lock = databaseLock(database);
let locks: Locks;
let modules: FakeModule[];
/** Of each module, whether the database is read ahead for it. */
let ahead: boolean[];
let ended: boolean;
let channels: BroadcastChannel[];
const real = { start: Module.start, navigator: Object.getOwnPropertyDescriptor(globalThis, 'navigator') };

beforeEach(() => {
  [locks, modules, ahead, ended, channels] = [new Locks(), [], [], false, []];
  Object.defineProperty(globalThis, 'navigator', { value: { onLine: true, locks }, configurable: true });
  Object.assign(globalThis, { self: { close: () => (ended = true) } });
  Module.start = async (_, listener, reads) => {
    ahead.push(reads);
    modules.push(new FakeModule(listener));
    return modules.at(-1) as unknown as Module;
  };
});
afterEach(async () => {
  void locks.request(lock, { steal: true }, () => {}); // what still runs ends, with its timers
  await until('all modules ended', () => modules.every((one) => one.abandoned));
  for (const channel of channels) channel.close();
  Module.start = real.start;
  if (real.navigator) Object.defineProperty(globalThis, 'navigator', real.navigator);
});

/** Waits for an event of the test's own world: a task is let by between two looks. */
async function until(what: string, ready: () => boolean): Promise<void> {
  for (let tasks = 0; !ready(); tasks++) {
    assert.ok(tasks < 10_000, `it does not come: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A tab of a host, and what it heard. */
async function greet(host: Host, { tab = 'A', schema = 's', starts = modules.length + 1 } = {}) {
  const heard: FromWorker[] = [];
  const out = new Outbound<FromWorker>({
    postMessage: (list) => heard.push(...(list as FromWorker[])),
    onmessage: null,
  });
  const say = (message: ToWorker) => host.receive(message, out, tab);
  say({ type: 'hello', tab, build, database, schema, locked: false });
  await until('the module runs', () => modules[starts - 1]?.sent.includes(In.tabJoined) ?? false);
  return { heard, say, codes: () => heard.flatMap((one) => (one.type === 'lost' ? [one.code] : [])) };
}

const openChannel = () => {
  const channel = new BroadcastChannel(buildChannel(database));
  channels.push(channel);
  return channel;
};

test('the database is locked until the module has closed it, when another build asks for it', async () => {
  const tab = await greet(new Host(false));
  const [module] = modules;
  openChannel().postMessage({ type: 'yield', from: 'another', build: 'newer', dedicated: false });
  await until('the module is told to finish', () => module.sent.includes(In.close));
  assert.ok(locks.held(lock), 'what the module still writes is protected');
  assert.deepEqual(tab.codes(), []);
  tab.say({ type: 'call', id: 1, operation: 'save', body: '{}' });
  assert.equal(module.sent.at(-1), In.close, 'a module that finishes takes nothing more');
  module.says(Out.closed);
  await until('the tab is told', () => tab.codes().length > 0);
  assert.deepEqual(tab.codes(), ['version_skew']);
  assert.ok(!locks.held(lock));
  assert.ok(module.abandoned);
});

test('a worker that is to be replaced ends when its module has closed', async () => {
  const tab = await greet(new Host(false));
  const [module] = modules;
  tab.say({ type: 'replace' });
  await until('the module is told to finish', () => module.sent.includes(In.close));
  assert.deepEqual([locks.held(lock), ended], [true, false]);
  module.says(Out.closed);
  await until('the worker ends', () => ended);
  assert.ok(!locks.held(lock));
});

test('the next engine begins when the one before has closed, and not sooner', async () => {
  await greet(new Host(false));
  const [before] = modules;
  const next = greet(new Host(false), { tab: 'B' });
  await until('the first one is told to finish', () => before.sent.includes(In.close));
  assert.equal(modules.length, 1);
  before.says(Out.closed);
  await next;
  assert.equal(modules.length, 2);
  assert.ok(locks.held(lock));
});

test('a module that does not close in time holds nobody up', async (t) => {
  const tab = await greet(new Host(false));
  const [module] = modules;
  t.mock.timers.enable({ apis: ['setTimeout'] } as any); // @types/node has an older form
  tab.say({ type: 'replace' });
  t.mock.timers.tick(2_999);
  assert.deepEqual([locks.held(lock), ended], [true, false]);
  t.mock.timers.tick(1);
  await until('the worker ends', () => ended);
  assert.ok(!locks.held(lock) && module.abandoned);
});

test('a module that died keeps the lock for the next one, which a greeting starts', async () => {
  const host = new Host(false);
  const tab = await greet(host);
  modules[0].listener.died('a bug');
  await until('the tab is told', () => tab.heard.some((one) => one.type === 'died'));
  assert.ok(locks.held(lock), 'no other engine comes between');
  await greet(host);
  assert.equal(modules.length, 2);
});

test('an engine whose lock was taken by force writes nothing more', async () => {
  const tab = await greet(new Host(false));
  locks.request(lock, { steal: true }, () => new Promise(() => {})).catch(() => {});
  await until('the tab is told', () => tab.codes().length > 0);
  assert.deepEqual(tab.codes(), ['fenced']);
  assert.ok(modules[0].abandoned);
  assert.ok(locks.held(lock), 'by who took it');
});

test('a lock that is not let go is taken by force after limits.lockMsMax, by an engine for all tabs', async (t) => {
  let taken = false;
  locks.request(lock, {}, () => new Promise(() => {})).catch(() => (taken = true));
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] } as any);
  const greeting = greet(new Host(false));
  for (let task = 0; task < 10; task++) await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(9_999);
  for (let task = 0; task < 10; task++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([taken, modules.length], [false, 0]);
  t.mock.timers.tick(1);
  await greeting;
  assert.deepEqual([taken, modules.length], [true, 1]);
});

test('the database is read ahead when nobody had its lock, and not while another may still write', async () => {
  const host = new Host(false);
  await greet(host);
  const [first] = modules;
  await until('the first module is told what was read', () => first.sent.includes(In.prereadEnd));
  first.listener.died('a bug'); // what it has begun to write may come yet
  await greet(host);
  const next = greet(new Host(false), { tab: 'B', starts: 3 });
  await until('the second one is told to finish', () => modules[1].sent.includes(In.close));
  modules[1].says(Out.closed);
  await next;
  assert.deepEqual(ahead, [true, false, false]);
  assert.ok(!modules[1].sent.includes(In.prereadEnd) && !modules[2].sent.includes(In.prereadEnd));
});

test('a body crosses as text up to limits.textBodyBytesMax, and in bytes of its own above', async () => {
  const tab = await greet(new Host(false));
  const bodies = [8_192, 8_193].map((bytes) => 'x'.repeat(bytes));
  for (const body of bodies) modules[0].says(Out.announce, 'A', 'event', body);
  await until('both came', () => tab.heard.filter((one) => one.type === 'announce').length === 2);
  const heard = tab.heard.flatMap((one) => (one.type === 'announce' ? [one.body] : []));
  assert.equal(heard[0], bodies[0]);
  assert.deepEqual(heard[1], new TextEncoder().encode(bodies[1]));
});

test('who waits for the lock asks for it again after limits.yieldRepeatMs', async (t) => {
  locks.request(lock, {}, () => new Promise(() => {})).catch(() => {});
  const posted = t.mock.method(BroadcastChannel.prototype, 'postMessage', () => {});
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] } as any);
  const greeting = greet(new Host(false));
  await until('it asks', () => posted.mock.callCount() === 1);
  for (const asked of [2, 3]) {
    t.mock.timers.tick(999);
    assert.equal(posted.mock.callCount(), asked - 1, 'the time is not over');
    t.mock.timers.tick(1);
    assert.equal(posted.mock.callCount(), asked);
  }
  t.mock.timers.tick(10_000); // it takes the lock by force
  await greeting;
});

test('a time beyond limits.timerMsMax is waited for in steps: browsers would call at once', async (t) => {
  await greet(new Host(false));
  const [module] = modules;
  let now = 1_000;
  const timers: { ms: number; call: () => void }[] = [];
  t.mock.method(Date, 'now', () => now);
  t.mock.method(globalThis, 'setTimeout', ((call: () => void, ms: number) => timers.push({ ms, call })) as any);
  const expire = () => {
    const { ms, call } = timers.at(-1)!;
    now += ms;
    call();
    return ms;
  };
  const ticks = () => module.sent.filter((kind) => kind === In.tick).length;
  const max = 2 ** 31 - 1;
  module.says(Out.wake, String(now + max));
  assert.deepEqual([expire(), ticks()], [max, 1]);
  module.says(Out.wake, String(now + max + 1));
  assert.deepEqual([expire(), ticks()], [max, 1]);
  assert.deepEqual([expire(), ticks()], [1, 2]);
});
