// IndexedDB by hand with a value a record and an index on the field that is asked for.
import { pull } from '../pull.js';
import { completed, open, request } from './idb.js';

let db;
let server;
const watchers = [];
const items = () => db.transaction('items').objectStore('items');

export default {
  async open(settings) {
    server = settings;
    db = await open('rows', (made) => {
      made.createObjectStore('items', { keyPath: 'id' }).createIndex('rating', 'rating');
      made.createObjectStore('outbox', { autoIncrement: true });
    });
  },
  sync: () =>
    pull(server, async (page) => {
      const transaction = db.transaction('items', 'readwrite', { durability: 'relaxed' });
      for (const row of page) transaction.objectStore('items').put(row);
      transaction.commit();
      await completed(transaction);
    }),
  async save(row) {
    const transaction = db.transaction(['items', 'outbox'], 'readwrite', { durability: 'strict' });
    transaction.objectStore('items').put(row);
    transaction.objectStore('outbox').put({ operation: 'create', input: row });
    transaction.commit();
    await completed(transaction);
    for (const watcher of watchers) if (watcher.filter(row)) watcher.tell(row);
  },
  get: (id) => request(items().get(id)),
  between: (from, to) =>
    request(
      items()
        .index('rating')
        .getAll(IDBKeyRange.bound(from, to, false, true)),
    ),
  all: () => request(items().getAll()),
  sorted(length, descending) {
    if (!descending) return request(items().index('rating').getAll(null, length));
    return new Promise((resolve, reject) => {
      const found = [];
      const cursor = items().index('rating').openCursor(null, 'prev');
      cursor.onerror = () => reject(cursor.error);
      cursor.onsuccess = () => {
        if (!cursor.result || found.length === length) return resolve(found);
        found.push(cursor.result.value);
        cursor.result.continue();
      };
    });
  },
  async live(from, to, tell) {
    watchers.push({ filter: (row) => row.rating >= from && row.rating < to, tell });
  },
};
