// The floor: IndexedDB by hand with 500 records a value, everything in memory, and one row a save.
import { pull } from '../pull.js';
import { completed, open, request } from './idb.js';

const perPage = 500;
let db;
let server;
const rows = new Map();
const watchers = [];

export default {
  async open(settings) {
    server = settings;
    db = await open('floor', (made) => {
      made.createObjectStore('pages', { autoIncrement: true });
      made.createObjectStore('log', { autoIncrement: true });
    });
    const stores = db.transaction(['pages', 'log']);
    const [pages, log] = await Promise.all([
      request(stores.objectStore('pages').getAll()),
      request(stores.objectStore('log').getAll()),
    ]);
    for (const row of pages.flat()) rows.set(row.id, row);
    for (const { row } of log) rows.set(row.id, row);
  },
  sync: () =>
    pull(server, async (page) => {
      const transaction = db.transaction('pages', 'readwrite', { durability: 'relaxed' });
      for (let i = 0; i < page.length; i += perPage) {
        transaction.objectStore('pages').put(page.slice(i, i + perPage));
      }
      transaction.commit();
      await completed(transaction);
      for (const row of page) rows.set(row.id, row);
    }),
  async save(row) {
    const transaction = db.transaction('log', 'readwrite', { durability: 'strict' });
    transaction.objectStore('log').put({ row, outbox: { operation: 'create', input: row } });
    transaction.commit();
    await completed(transaction);
    rows.set(row.id, row);
    for (const watcher of watchers) if (watcher.filter(row)) watcher.tell(row);
  },
  get: async (id) => rows.get(id),
  between: async (from, to) => [...rows.values()].filter((row) => row.rating >= from && row.rating < to),
  all: async () => [...rows.values()],
  async sorted(length, descending) {
    const order = [...rows.values()].sort((a, b) => (descending ? b.rating - a.rating : a.rating - b.rating));
    return order.slice(0, length);
  },
  async live(from, to, tell) {
    watchers.push({ filter: (row) => row.rating >= from && row.rating < to, tell });
  },
};
