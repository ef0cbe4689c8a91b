import { createRxDatabase } from 'rxdb/plugins/core';
import { replicateRxCollection } from 'rxdb/plugins/replication';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { create, page } from '../pull.js';

const text = { type: 'string' };
const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 40 },
    title: text,
    body: text,
    rating: { type: 'number', minimum: 0, maximum: 1000, multipleOf: 1 },
    done: { type: 'boolean' },
    createdAt: text,
    updatedAt: text,
    _version: { type: 'number' },
    _lastChangedAt: { type: 'number' },
  },
  required: ['id', 'rating'],
  indexes: ['rating'],
};

let items;
let server;
let replication;
const plain = (docs) => docs.map((doc) => doc.toJSON());
const cells = ({ _deleted, _version, _lastChangedAt, ...rest }) => rest;

function replicate() {
  replication = replicateRxCollection({
    collection: items,
    replicationIdentifier: 'bench',
    live: true,
    pull: {
      batchSize: 1000,
      async handler(checkpoint) {
        if (checkpoint?.done) return { documents: [], checkpoint };
        const { items: rows, nextToken } = await page(server, checkpoint?.token ?? null);
        return {
          documents: rows.map(({ _version, _lastChangedAt, _deleted, ...rest }) => ({ ...rest, _deleted: false })),
          checkpoint: { token: nextToken, done: nextToken === null },
        };
      },
    },
    push: {
      batchSize: 100,
      async handler(rows) {
        await create(
          server,
          rows.map(({ newDocumentState: { id, title, body, rating, done } }) => ({ id, title, body, rating, done })),
        );
        return [];
      },
    },
  });
  return replication;
}

export default {
  async open(settings) {
    server = settings;
    const db = await createRxDatabase({ name: 'rxdb', storage: getRxStorageDexie(), multiInstance: false });
    ({ items } = await db.addCollections({ items: { schema } }));
    if (settings.endpoint) replicate();
  },
  sync: () => replication.awaitInitialReplication(),
  save: (row) => items.insert(cells(row)),
  saveMany: (many) => items.bulkInsert(many.map(cells)),
  get: async (id) => (await items.findOne(id).exec())?.toJSON(),
  between: async (from, to) => plain(await items.find({ selector: { rating: { $gte: from, $lt: to } } }).exec()),
  all: async () => plain(await items.find().exec()),
  sorted: async (limit, descending) =>
    plain(await items.find({ sort: [{ rating: descending ? 'desc' : 'asc' }], limit }).exec()),
  live(from, to, tell) {
    return new Promise((resolve) => {
      let first = true;
      items.find({ selector: { rating: { $gte: from, $lt: to } } }).$.subscribe((docs) => {
        if (first) resolve();
        first = false;
        for (const doc of docs) tell(doc);
      });
    });
  },
};
