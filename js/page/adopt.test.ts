import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { adopt } from './adopt.js';
import { initSchema } from './classes.js';
import type { Settings } from './config.js';
import { limits } from '../shared/limits.js';
import type { EnginePort } from './port.js';

// The takeover against a small IndexedDB and an engine that keeps the mark as the real one does (sync/adopt.go).
// test/adopt.test.mjs does it in Chromium, with databases of the published aws-amplify.

const id = { name: 'id', isArray: false, type: 'ID', isRequired: true, attributes: [] };
const title = { name: 'title', isArray: false, type: 'String', isRequired: false, attributes: [] };
const model = (name: string) => ({ name, syncable: true, attributes: [{ type: 'model' }], fields: { id, title } });
initSchema({
  version: 'v1',
  codegenVersion: '3.4.4',
  enums: {},
  nonModels: {},
  models: { Note: model('Note'), Task: model('Task') },
} as any);

type Stores = Record<string, Map<number, any>>;

/** Databases by name. An open request of one in `stuck` is never answered. */
let databases: Record<string, Stores>;
let stuck: Set<string>;
let opens = 0;
let deleted: string[];

function request<T>(work: () => T): any {
  const made: any = {};
  setImmediate(() => {
    try {
      made.result = work();
      made.onsuccess?.();
    } catch (error) {
      made.error = error;
      made.onerror?.();
    }
  });
  return made;
}

function transaction(stores: Stores): any {
  const made: any = {
    objectStore(name: string) {
      const store = stores[name];
      const keys = (range: any, most = Number.POSITIVE_INFINITY) =>
        [...store.keys()]
          .sort((a, b) => a - b)
          .filter((key) => !range || key > range.lower)
          .slice(0, most);
      return {
        getAllKeys: (range?: any, most?: number) => request(() => keys(range, most)),
        getAll: (range?: any, most?: number) => request(() => keys(range, most).map((key) => store.get(key))),
        add: (value: any) => request(() => store.set(Math.max(0, ...store.keys()) + 1, value)),
        clear: () => request(() => store.clear()),
      };
    },
  };
  setTimeout(() => made.oncomplete?.(), 2);
  return made;
}

function opened(name: string): any {
  const stores = databases[name];
  const names: any = Object.keys(stores).sort();
  names.contains = (one: string) => names.includes(one);
  return { name, objectStoreNames: names, transaction: () => transaction(stores), close() {} };
}

(globalThis as any).IDBKeyRange = { lowerBound: (lower: number) => ({ lower }) };
(globalThis as any).indexedDB = {
  open(name: string) {
    opens++;
    if (stuck.has(name)) return {};
    if (databases[name]) return request(() => opened(name));
    const made: any = { transaction: { abort() {} } };
    setImmediate(() => {
      made.onupgradeneeded?.();
      made.error = new Error('AbortError');
      made.onerror?.();
    });
    return made;
  },
  deleteDatabase(name: string) {
    deleted.push(name);
    delete databases[name];
  },
};

const row = (n: number) => ({ id: `n${n}`, title: `t${n}`, _version: 1, _lastChangedAt: n, _deleted: null });
const event = (key: number, operation: string, recordId: string, data: object = {}) => ({
  id: `e${key}`,
  model: 'Note',
  modelId: recordId,
  operation,
  data: JSON.stringify({ id: recordId, ...data }),
  condition: '{}',
});
const numbered = (values: any[]) => new Map(values.map((value, n) => [n + 1, value]));

function left(): Stores {
  return {
    datastore_Setting: numbered([{ id: 's', key: 'schemaVersion', value: '"v1"' }]),
    sync_ModelMetadata: new Map(),
    sync_MutationEvent: new Map([
      [4, event(4, 'Create', 'new')],
      [7, event(7, 'Update', 'n1', { title: 'mine', _version: 1 })],
      [9, event(9, 'Delete', 'n2', { _version: 1 })],
    ]),
    user_Gone: numbered([{ id: 'g', _version: 1 }]),
    user_Note: numbered([row(1), row(2), row(3), { id: 'new' }]),
    user_Task: numbered([{ id: 'k1', title: 'nobody knows it' }]),
  };
}

/** An engine whose n-th call is not heard (before) or not answered (after), as when the page or the engine dies there. */
class Engine {
  readonly database: string;
  mark: any = null;
  rows: string[] = [];
  changes: string[] = [];
  calls = 0;
  batches: any[] = [];
  dies: [call: number, when: 'before' | 'after'] | undefined;

  constructor(database = 'mine') {
    this.database = database;
  }

  async call(operation: string, args: any): Promise<any> {
    assert.equal(operation, 'adopt');
    const { was = null, mark, rows = [], changes = [] } = JSON.parse(JSON.stringify(args));
    const at = ++this.calls;
    if (this.dies?.[0] === at && this.dies[1] === 'before') throw new Error('died');
    if (mark && JSON.stringify(was) === JSON.stringify(this.mark)) {
      this.mark = mark;
      this.batches.push({ rows, changes });
      this.rows.push(...rows.map((one: any) => one.row.id));
      this.changes.push(
        ...changes.map((one: any) => (one.unqueued ? `create ${one.fields.id}` : `${one.operation} ${one.id}`)),
      );
    }
    if (this.dies?.[0] === at && this.dies[1] === 'after') throw new Error('died');
    return this.mark;
  }
}

const run = (engine: Engine, given: Settings['adopt'] = true, more: Settings = {}) =>
  adopt(engine as unknown as EnginePort, { adopt: given, ...more });

const everything = { rows: ['n1', 'n2', 'n3', 'n2'], changes: ['create k1', 'create e4', 'update e7', 'delete e9'] };
const taken = ({ rows, changes }: Engine) => ({ rows, changes });

beforeEach(() => {
  databases = { 'amplify-datastore': left() };
  stuck = new Set();
  deleted = [];
  opens = 0;
});

test('rows, then the queue in its order; the old database is kept', async () => {
  const engine = new Engine();
  await run(engine);
  assert.deepEqual(taken(engine), everything);
  assert.equal(engine.mark.step, 'done');
  const { datastore_Setting: settings, ...rest } = databases['amplify-datastore'];
  const { datastore_Setting: _, ...before } = left();
  assert.deepEqual(rest, before);
  assert.deepEqual(
    [...settings.values()].map((one) => one.key),
    ['schemaVersion', 'deltabase'],
  );
  assert.deepEqual(
    engine.batches.flatMap((one) => one.changes).map((one) => one.sent ?? false),
    [false, true, false, false],
  );
});

test('nothing happens without the setting, and where there is nothing', async () => {
  const engine = new Engine();
  await adopt(engine as unknown as EnginePort, {});
  await run(engine, false);
  assert.equal(engine.calls, 0);
  await run(engine, { database: 'another' });
  databases.empty = { something: new Map() };
  await run(engine, { database: 'empty' });
  assert.deepEqual([engine.mark, Object.keys(databases)], [null, ['amplify-datastore', 'empty']]);
});

for (const then of ['keep', 'delete'] as const) {
  test(`stopped at each of its steps, before or after the engine has heard, it goes on: ${then}`, async () => {
    const whole = new Engine();
    await run(whole, { then });
    for (let step = 1; step <= whole.calls; step++) {
      for (const when of ['before', 'after'] as const) {
        databases = { 'amplify-datastore': left() };
        deleted = [];
        const engine = new Engine();
        engine.dies = [step, when];
        await assert.rejects(run(engine, { then }), { code: 'adopt_failed' });
        engine.dies = undefined;
        await run(engine, { then });
        assert.deepEqual(taken(engine), everything, `${step} ${when}`);
        await run(engine, { then });
        assert.deepEqual(taken(engine), everything, `${step} ${when}, once more`);
        assert.deepEqual(Object.keys(databases), then === 'keep' ? ['amplify-datastore'] : []);
      }
    }
  });
}

test('large stores cross in batches: limits.adoptRowsMax rows, limits.adoptBytesMax of text', async () => {
  const many = limits.adoptRowsMax + 1;
  databases['amplify-datastore'] = {
    ...left(),
    sync_MutationEvent: numbered(Array.from({ length: many }, (_, n) => event(n, 'Create', `c${n}`))),
    user_Note: numbered(Array.from({ length: many }, (_, n) => row(n))),
    user_Task: numbered([1, 2, 3].map((n) => ({ ...row(n), title: 'x'.repeat(limits.adoptBytesMax / 2 - 1_000) }))),
  };
  const engine = new Engine();
  await run(engine);
  const sizes = engine.batches.map(({ rows, changes }) => rows.length + changes.length).filter((n) => n > 0);
  assert.deepEqual(sizes, [limits.adoptRowsMax, 1, 2, 1, limits.adoptRowsMax, 1]);
  assert.equal(new Set(engine.changes).size, many);
});

test('what the old app saves afterwards comes with the next start, and a create that has grown as an update', async () => {
  const engine = new Engine();
  await run(engine);
  const queue = databases['amplify-datastore'].sync_MutationEvent;
  queue.delete(7);
  queue.set(4, event(4, 'Create', 'new', { title: 'grown' }));
  queue.set(12, event(12, 'Update', 'n3', { title: 'late', _version: 1 }));
  await run(engine);
  await run(engine);
  const [grown, ...others] = engine.changes.slice(everything.changes.length);
  assert.match(grown, /^update e4\.[0-9a-f]{16}$/);
  assert.deepEqual(others, ['update e12']);
});

test('a change that the old app saves during the takeover keeps the old database from being deleted', async () => {
  const engine = new Engine();
  const call = engine.call.bind(engine);
  engine.call = (operation, args) => {
    if (args.mark?.step === 'done')
      databases['amplify-datastore'].sync_MutationEvent.set(12, event(12, 'Create', 'late'));
    return call(operation, args);
  };
  await run(engine, { then: 'delete' });
  assert.deepEqual(deleted, []);
  engine.call = call;
  await run(engine, { then: 'delete' });
  assert.deepEqual(engine.changes, [...everything.changes, 'create e12']);
  assert.deepEqual(deleted, ['amplify-datastore']);
});

test('an old database that comes again under the same name is another one', async () => {
  const engine = new Engine();
  await run(engine, { then: 'delete' });
  databases['amplify-datastore'] = {
    ...left(),
    sync_MutationEvent: numbered([event(1, 'Create', 'again')]),
    user_Note: new Map(),
  };
  await run(engine, { then: 'delete' });
  assert.deepEqual(engine.changes.slice(everything.changes.length), ['create k1', 'create e1']);
});

test('only one database takes it', async () => {
  const [mine, other] = [new Engine(), new Engine('other')];
  await run(mine);
  await run(other);
  assert.deepEqual([other.mark, other.changes], [null, []]);
});

test('what can’t be read, or only the old database knows, is told and keeps it from being deleted', async () => {
  databases['amplify-datastore'].user_Gone.set(2, { id: 'never synced' });
  databases['amplify-datastore'].sync_MutationEvent.set(10, {
    id: 'e10',
    model: 'Note',
    operation: 'Create',
    data: '{',
  });
  const engine = new Engine();
  const errorHandler = mock.fn((_error: any) => {});
  await run(engine, { then: 'delete' }, { errorHandler });
  await run(engine, { then: 'delete' }, { errorHandler });
  assert.deepEqual(taken(engine), everything);
  assert.deepEqual(
    errorHandler.mock.calls.map(({ arguments: [{ code, message }] }) => [code, message.slice(0, 28)]),
    [['adopt_incomplete', '2 records or changes in the ']],
  );
  assert.deepEqual(deleted, []);
});

test('a database that does not open: limits.adoptOpenMsMax, and limits.adoptGoneMsMax after it was deleted', async (t) => {
  stuck.add('amplify-datastore');
  const engine = new Engine();
  t.mock.timers.enable({ apis: ['setTimeout'] } as any); // @types/node has an older form
  const asked = async (times: number) => {
    while (opens < times) await new Promise((resolve) => setImmediate(resolve));
  };
  const refused = assert.rejects(run(engine), { code: 'adopt_failed', message: /another tab/ });
  await asked(1);
  t.mock.timers.tick(limits.adoptOpenMsMax);
  await refused;
  engine.mark = { claim: 'c', step: 'gone', left: 0 };
  const passed = run(engine);
  await asked(2);
  t.mock.timers.tick(limits.adoptGoneMsMax);
  await passed;
});
