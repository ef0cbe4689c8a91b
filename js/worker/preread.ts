import type { Module } from './module.js';
import { In, type Part } from './bridge.js';

// Reads the local database while the module is still fetched and compiled, so that a start does not wait for one after
// the other. The module opens the database by itself afterwards; what was read here only saves it the first reading.
// Who calls this holds the database's lock since nobody else had it, so that nothing is written in between.

/** What was read: packets for the module. whole: all of a database; damage: why the browser removed the one before. */
export interface Preread {
  packets: Part[][];
  whole: boolean;
  damage: string;
}

/** As in store/indexeddb: the version of every database, and its areas in the order in which a load goes through them. */
const version = 1;
const areas = ['pages', 'log', 'meta'] as const;

const packetBytes = 1 << 19;
const packetParts = 255;

const encoder = new TextEncoder();

/** Reads a database. It never rejects: what can't be read here is left to the module, which tells why. */
export async function preread(database: string): Promise<Preread> {
  const found: Preread = { packets: [], whole: false, damage: '' };
  try {
    const db = await open(database, found);
    try {
      for (const area of await readAll(db)) found.packets.push(...area);
      found.whole = true;
    } finally {
      db.close();
    }
  } catch {
    found.packets = [];
  }
  return found;
}

/** Tells a module what was read. */
export function tell(module: Module, { packets, whole, damage }: Preread): void {
  for (const parts of packets) module.send(In.preread, 0, parts);
  module.send(In.prereadEnd, 0, [whole ? '1' : '0', damage]);
}

function open(database: string, found: Preread): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(database, version);
    request.onupgradeneeded = (event) => {
      // There is none yet. The module makes it; but Chromium says only once that it removed one that was damaged.
      const { dataLoss, dataLossMessage } = event as { dataLoss?: string; dataLossMessage?: string };
      if (dataLoss !== undefined && dataLoss !== 'none') found.damage = dataLossMessage ?? dataLoss;
      request.transaction!.abort();
    };
    request.onerror = (event) => {
      event.preventDefault();
      reject(request.error);
    };
    request.onsuccess = () => {
      const db = request.result;
      db.onversionchange = () => db.close(); // somebody deletes the database, and must not wait for this
      resolve(db);
    };
  });
}

/** All entries of each area, read in one transaction. */
function readAll(db: IDBDatabase): Promise<Part[][][]> {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(areas, 'readonly');
    const requests = areas.map((area) => {
      const store = transaction.objectStore(area);
      return { area, keys: store.getAllKeys(), values: store.getAll() };
    });
    transaction.onabort = () => reject(transaction.error);
    transaction.oncomplete = () => {
      try {
        resolve(requests.map(({ area, keys, values }) => packetsOf(area, keys.result, values.result)));
      } catch (e) {
        reject(e);
      }
    };
  });
}

function packetsOf(area: string, keys: IDBValidKey[], values: unknown[]): Part[][] {
  const packets: Part[][] = [];
  let parts: Part[] = [];
  let bytes = 0;
  values.forEach((value, n) => {
    if (typeof value !== 'string') throw new TypeError('a value is no text'); // the module sets it aside
    const text = encoder.encode(value);
    if (!parts.length || parts.length + 2 > packetParts || bytes + text.length > packetBytes) {
      parts = [area];
      bytes = 0;
      packets.push(parts);
    }
    parts.push(nameOf(area, keys[n]), text);
    bytes += text.length;
  });
  return packets;
}

/** The keys of the log are numbers, all others texts. */
function nameOf(area: string, key: IDBValidKey): string {
  if (area === 'log' ? Number.isSafeInteger(key) && (key as number) >= 0 : typeof key === 'string') return String(key);
  throw new TypeError('a key is of another kind');
}
