import { DataStore, Hub, initSchema, SortDirection } from '/dist/index.js';
import { schema } from 'models/schema.js';

const { Item } = initSchema(schema);
let ready;

export default {
  async open({ endpoint, apiKey, records }) {
    ready = new Promise((resolve) =>
      Hub.listen('datastore', ({ payload }) => {
        if (payload.event === 'ready') resolve();
      }),
    );
    await DataStore.configure({
      ...(endpoint ? { endpoint, apiKey, syncMaxRecords: records + 10_000 } : {}),
      errorHandler: (error) => console.error(error.code, error.message),
    });
    await DataStore.start();
  },
  sync: () => ready,
  save: ({ id, ...fields }) => DataStore.save(new Item(fields)),
  get: (id) => DataStore.query(Item, id),
  between: (from, to) => DataStore.query(Item, (one) => one.and((all) => [all.rating.ge(from), all.rating.lt(to)])),
  all: () => DataStore.query(Item),
  sorted: (limit, descending) =>
    DataStore.query(Item, undefined, {
      sort: (by) => by.rating(descending ? SortDirection.DESCENDING : SortDirection.ASCENDING),
      page: 0,
      limit,
    }),
  live(from, to, tell) {
    return new Promise((resolve) => {
      DataStore.observeQuery(Item, (one) => one.and((all) => [all.rating.ge(from), all.rating.lt(to)])).subscribe(
        ({ items }) => {
          resolve();
          for (const item of items) tell(item);
        },
      );
    });
  },
};
