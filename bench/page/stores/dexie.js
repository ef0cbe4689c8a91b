import { Dexie, liveQuery } from 'dexie';
import { pull } from '../pull.js';

let db;
let server;
const between = (from, to) => db.items.where('rating').between(from, to).toArray();

export default {
  async open(settings) {
    server = settings;
    // Saves are compared at strict durability; what can be fetched again needs none.
    db = new Dexie('dexie', { chromeTransactionDurability: settings.bulk ? 'relaxed' : 'strict' });
    db.version(1).stores({ items: 'id, rating', outbox: '++' });
    await db.open();
  },
  sync: () => pull(server, (page) => db.items.bulkPut(page)),
  save: (row) =>
    db.transaction('rw', db.items, db.outbox, async () => {
      db.outbox.add({ operation: 'create', input: row });
      await db.items.put(row);
    }),
  saveMany: (many) =>
    db.transaction('rw', db.items, db.outbox, async () => {
      db.outbox.bulkAdd(many.map((input) => ({ operation: 'create', input })));
      await db.items.bulkPut(many);
    }),
  get: (id) => db.items.get(id),
  between,
  all: () => db.items.toArray(),
  sorted(length, descending) {
    const order = db.items.orderBy('rating');
    return (descending ? order.reverse() : order).limit(length).toArray();
  },
  live(from, to, tell) {
    return new Promise((resolve) => {
      let first = true;
      liveQuery(() => between(from, to)).subscribe((rows) => {
        if (first) resolve();
        first = false;
        for (const row of rows) tell(row);
      });
    });
  },
};
