import { type Adopt, type Settings, type SyncError, tell } from './config.js';
import { DeltabaseError, messageOf } from '../shared/errors.js';
import { hash, uuid } from '../shared/ids.js';
import { limits } from '../shared/limits.js';
import { hold } from '../shared/messages.js';
import type { EnginePort } from './port.js';
import { currentSchema } from './registry.js';
import { decodeEvent, decodeRow, type Change, type Queued, queuedOf, type Row } from './adoptrows.js';

// Takes over what Amplify DataStore left in this browser. The engine keeps a mark with each batch, in the same
// transaction, so that whoever is stopped goes on from there, and a batch that is told twice counts once:
//
//	 none ── rows of each store ──► rows ── the queue ──► queue ──► done ── then: 'delete' ──► gone
//
// The mark is bound to a claim: a row that this writes into the old database, so that only one database of ours takes
// it, and a new database under the old name is known for another one. Until the end nothing else in there changes.

/** How far the takeover has come. rows: all up to a key of a store. seen: the changes that were taken, with a hash each. */
interface Mark {
  claim: string;
  step: 'rows' | 'queue' | 'done' | 'gone';
  store?: string;
  after?: IDBValidKey;
  seen?: [key: IDBValidKey, hash: string][];
  /** How many rows and changes only the old database has. */
  left: number;
}

interface Batch {
  rows: Row[];
  changes: Change[];
}

const settings = 'datastore_Setting';
const queue = 'sync_MutationEvent';
const claimKey = 'deltabase';

const finished = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const committed = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

const failed = (name: string, cause: unknown) =>
  new DeltabaseError(
    'adopt_failed',
    `The data in the database ${name} could not be taken over: ${messageOf(cause)}. Nothing of it is lost. Start ` +
      'again, or go on without it by configure({ adopt: false }).',
    { cause },
  );

function incomplete(name: string, left: number): SyncError {
  const cause = new DeltabaseError(
    'adopt_incomplete',
    `${left} records or changes in the database ${name} can't be read, or are of models that the schema no longer has and ` +
      'that no server knows. They stay there, and it is not deleted.',
  );
  return {
    message: cause.message,
    errorType: 'BadRecord',
    code: cause.code,
    process: 'sync',
    operation: null,
    model: null,
    localModel: null,
    remoteModel: null,
    recoverySuggestion: 'Bring the models back and start again, or export what is in there by hand.',
    cause,
  };
}

/** Takes over what is there. Resolves at once when there is nothing; rejects with adopt_failed, and goes on when called again. */
export async function adopt(port: EnginePort, { adopt: given, errorHandler }: Settings): Promise<void> {
  if (!given || typeof indexedDB === 'undefined') return;
  const { database: name = 'amplify-datastore', then = 'keep' }: Adopt = given === true ? {} : given;
  const release = await hold(`deltabase-adopt:${name}`);
  let old: IDBDatabase | null = null;
  try {
    const kept: Mark | null = await port.call('adopt', {});
    old = await open(name, kept?.step === 'gone');
    const claim = old && (await claimed(old, port.database));
    if (old && claim) await new Takeover(port, old, kept, claim).run(then === 'delete', errorHandler);
  } catch (cause) {
    throw cause instanceof DeltabaseError ? cause : failed(name, cause);
  } finally {
    old?.close();
    release?.();
  }
}

/** Opens a database that exists, and makes none: null when there is none, or none of DataStore's. */
async function open(name: string, gone: boolean): Promise<IDBDatabase | null> {
  const request = indexedDB.open(name);
  let absent = false;
  request.onupgradeneeded = () => {
    absent = true;
    request.transaction!.abort();
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve, reject) => {
    const tooLate = () =>
      gone
        ? resolve(null)
        : reject(new Error('another tab keeps it from being opened; close the other tabs of this app'));
    timer = setTimeout(tooLate, gone ? limits.adoptGoneMsMax : limits.adoptOpenMsMax);
  });
  const opened = finished(request).catch((error) => {
    if (absent) return null;
    throw error;
  });
  const db = await Promise.race([opened, late]).finally(() => clearTimeout(timer));
  if (!db) void opened.then((one) => one?.close()).catch(() => {});
  if (db?.objectStoreNames.contains(queue)) {
    db.onversionchange = () => db.close();
    return db;
  }
  db?.close();
  return null;
}

/** The claim of this database of ours, made when there is none; null when another one has it. */
async function claimed(old: IDBDatabase, database: string): Promise<string | null> {
  if (!old.objectStoreNames.contains(settings)) return 'none';
  const transaction = old.transaction(settings, 'readwrite', { durability: 'strict' });
  const store = transaction.objectStore(settings);
  const done = committed(transaction);
  const found = (await finished(store.getAll())).find((one) => one?.key === claimKey);
  const id = found?.id ?? uuid();
  if (!found) store.add({ id, key: claimKey, value: JSON.stringify(database) });
  await done;
  return !found || found.value === JSON.stringify(database) ? id : null;
}

class Takeover {
  #queued = new Map<string, Queued>();

  constructor(
    readonly port: EnginePort,
    readonly old: IDBDatabase,
    /** What the engine keeps. */
    public kept: Mark | null,
    readonly claim: string,
  ) {}

  async run(remove: boolean, errorHandler: Settings['errorHandler']): Promise<void> {
    const first = this.kept?.claim !== this.claim;
    if (first || this.kept!.step === 'rows') await this.#rows();
    const before = this.kept!.left;
    await this.#changes();
    const { left } = this.kept!;
    if (left && (first || left > before)) tell(errorHandler, incomplete(this.old.name, left));
    if (remove && !left) await this.#remove();
  }

  /** Tells a batch. The engine answers with another mark where somebody else has told one meanwhile, and takes nothing. */
  async #step(batch: Batch, to: Omit<Mark, 'claim'>): Promise<void> {
    const mark: Mark = { claim: this.claim, ...to };
    const kept: Mark = await this.port.call('adopt', { was: this.kept, mark, ...batch });
    if (JSON.stringify(kept) !== JSON.stringify(mark)) throw new Error('another tab takes it over at the same time');
    this.kept = kept;
  }

  /** Reads a store in batches, in the order of its keys. */
  async *#read(name: string, after?: IDBValidKey): AsyncGenerator<{ key: IDBValidKey; value: any }[]> {
    for (;;) {
      const range = after === undefined ? undefined : IDBKeyRange.lowerBound(after, true);
      const store = this.old.transaction(name).objectStore(name);
      const [keys, values] = await Promise.all([
        finished(store.getAllKeys(range, limits.adoptRowsMax)),
        finished(store.getAll(range, limits.adoptRowsMax)),
      ]);
      if (!keys.length) return;
      yield keys.map((key, n) => ({ key, value: values[n] }));
      after = keys[keys.length - 1];
    }
  }

  async #rows(): Promise<void> {
    const resumed = this.kept?.claim === this.claim ? this.kept : undefined;
    let left = resumed?.left ?? 0;
    for await (const batch of this.#read(queue)) for (const { value } of batch) queuedOf(this.#queued, value);
    const names = [...this.old.objectStoreNames].filter((name) => name.startsWith('user_')).sort();
    for (const store of names) {
      if (resumed?.store && store < resumed.store) continue;
      const definition = currentSchema().definitions.get(store.slice('user_'.length));
      for await (const read of this.#read(store, store === resumed?.store ? resumed.after : undefined)) {
        const batch = new Parts((part, after) => this.#step(part, { step: 'rows', store, after, left }));
        for (const { key, value } of read) {
          const decoded = decodeRow(definition, value, this.#queued);
          if (decoded === 'left') left++;
          else await batch.add(key, decoded);
        }
        await batch.end(read[read.length - 1].key);
      }
    }
    if (this.kept?.claim !== this.claim || this.kept.step === 'rows')
      await this.#step({ rows: [], changes: [] }, { step: 'queue', seen: [], left });
  }

  async #changes(): Promise<void> {
    let { left } = this.kept!;
    const seen = new Map(this.kept!.seen);
    const resumed = this.kept!.step === 'queue' && seen.size > 0;
    let first = !resumed;
    for await (const read of this.#read(queue)) {
      const batch = new Parts((part) => this.#step(part, { step: 'queue', seen: [...seen], left }));
      for (const { key, value } of read) {
        const digest = hash(JSON.stringify([value?.operation, value?.data, value?.condition]));
        const before = seen.get(key);
        if (before === digest) continue;
        const decoded = decodeEvent(value, first, before === undefined ? undefined : digest);
        first = false;
        if (decoded === 'left') left++;
        await batch.add(key, decoded === 'left' ? {} : decoded);
        seen.set(key, digest);
      }
      await batch.end(null);
    }
    if (this.kept!.step !== 'done')
      await this.#step({ rows: [], changes: [] }, { step: 'done', seen: [...seen], left });
  }

  /** Empties the old database unless it holds a change that was not taken, and deletes it when nobody has it open. */
  async #remove(): Promise<void> {
    const seen = new Map(this.kept!.seen);
    const transaction = this.old.transaction([...this.old.objectStoreNames], 'readwrite', { durability: 'strict' });
    const done = committed(transaction);
    const store = transaction.objectStore(queue);
    const [keys, values] = await Promise.all([finished(store.getAllKeys()), finished(store.getAll())]);
    const taken = keys.every(
      (key, n) => seen.get(key) === hash(JSON.stringify([values[n]?.operation, values[n]?.data, values[n]?.condition])),
    );
    if (taken) for (const name of this.old.objectStoreNames) transaction.objectStore(name).clear();
    await done;
    if (!taken) return; // another tab of the old app has saved meanwhile: the next start takes that, too
    await this.#step({ rows: [], changes: [] }, { step: 'gone', left: 0 });
    this.old.close();
    indexedDB.deleteDatabase(this.old.name);
  }
}

/** Collects what one call of the engine takes, and tells it when it has become too long. */
class Parts {
  #batch: Batch = { rows: [], changes: [] };
  #bytes = 0;
  #last: IDBValidKey | null = null;

  constructor(readonly step: (batch: Batch, after: any) => Promise<void>) {}

  async add(key: IDBValidKey, { row, change }: { row?: Row; change?: Change }): Promise<void> {
    const bytes = JSON.stringify([row, change]).length;
    if (this.#bytes > 0 && this.#bytes + bytes > limits.adoptBytesMax) await this.#tell(this.#last);
    if (row) this.#batch.rows.push(row);
    if (change) this.#batch.changes.push(change);
    this.#bytes += bytes;
    this.#last = key;
  }

  /** after is the key of the last thing that was read, taken or not. */
  async end(after: IDBValidKey | null): Promise<void> {
    if (after !== null || this.#bytes) await this.#tell(after);
  }

  async #tell(after: IDBValidKey | null): Promise<void> {
    const batch = this.#batch;
    this.#batch = { rows: [], changes: [] };
    this.#bytes = 0;
    await this.step(batch, after);
  }
}
