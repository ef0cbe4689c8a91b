import { DataStore, Hub, initSchema, SortDirection } from '/dist/index.js';
import { storeOf } from '../datastore.js';

export default storeOf({ DataStore, Hub, initSchema, SortDirection }, ({ endpoint, apiKey, records }) =>
  DataStore.configure({
    ...(endpoint ? { endpoint, apiKey, syncMaxRecords: records + 10_000 } : {}),
    errorHandler: (error) => console.error(error.code, error.message),
  }),
);
