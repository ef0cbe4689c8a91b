import { createStore } from 'tinybase';
import { createIndexedDbPersister } from 'tinybase/persisters/persister-indexed-db';
import { pull } from '../pull.js';

let store;
let persister;
let server;
const row = (id) => ({ id, ...store.getRow('items', id) });
/** TinyBase has no null. */
const cells = ({ id, _deleted, ...rest }) => rest;

export default {
  /** Acknowledged from memory: save() waits for the persister here, so that what is compared is durable. */
  async open(settings) {
    server = settings;
    store = createStore();
    persister = createIndexedDbPersister(store, 'tinybase');
    await persister.load();
  },
  async sync() {
    await pull(server, (page) =>
      store.transaction(() => {
        for (const one of page) store.setRow('items', one.id, cells(one));
      }),
    );
    await persister.save();
  },
  async save(one) {
    store.setRow('items', one.id, cells(one));
    await persister.save();
  },
  async saveMany(many) {
    store.transaction(() => {
      for (const one of many) store.setRow('items', one.id, cells(one));
    });
    await persister.save();
  },
  get: async (id) => row(id),
  async between(from, to) {
    const found = [];
    store.forEachRow('items', (id) => {
      const rating = store.getCell('items', id, 'rating');
      if (rating >= from && rating < to) found.push(row(id));
    });
    return found;
  },
  all: async () => Object.entries(store.getTable('items')).map(([id, one]) => ({ id, ...one })),
  sorted: async (length, descending) => store.getSortedRowIds('items', 'rating', descending, 0, length).map(row),
  async live(from, to, tell) {
    store.addRowListener('items', null, (_, __, id) => {
      const rating = store.getCell('items', id, 'rating');
      if (rating >= from && rating < to) tell(row(id));
    });
  },
};
