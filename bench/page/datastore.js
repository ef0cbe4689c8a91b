// What Amplify DataStore and Deltabase have in common: the same calls, of either library.
import { schema } from 'models/schema.js';

/** The store of a library; configure(settings) prepares it before it starts. */
export function storeOf({ DataStore, Hub, initSchema, SortDirection }, configure) {
  const { Item } = initSchema(schema);
  const within = (from, to) => (one) => one.and((all) => [all.rating.ge(from), all.rating.lt(to)]);
  let ready;
  return {
    async open(settings) {
      ready = new Promise((resolve) =>
        Hub.listen('datastore', ({ payload }) => {
          if (payload.event === 'ready') resolve();
        }),
      );
      await configure(settings);
      await DataStore.start();
    },
    sync: () => ready,
    stop: () => DataStore.stop(),
    /** Ids are the library's own. */
    save: ({ id, ...fields }) => DataStore.save(new Item(fields)),
    get: (id) => DataStore.query(Item, id),
    between: (from, to) => DataStore.query(Item, within(from, to)),
    all: () => DataStore.query(Item),
    sorted: (limit, descending) =>
      DataStore.query(Item, undefined, {
        sort: (by) => by.rating(descending ? SortDirection.DESCENDING : SortDirection.ASCENDING),
        page: 0,
        limit,
      }),
    live(from, to, tell) {
      return new Promise((resolve) => {
        DataStore.observeQuery(Item, within(from, to)).subscribe(({ items }) => {
          resolve();
          for (const item of items) tell(item);
        });
      });
    },
  };
}
