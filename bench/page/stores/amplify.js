// The published Amplify DataStore.
import { Amplify } from 'aws-amplify';
import { DataStore, initSchema, SortDirection } from 'aws-amplify/datastore';
import { Hub } from 'aws-amplify/utils';
import { storeOf } from '../datastore.js';

export default storeOf({ DataStore, Hub, initSchema, SortDirection }, ({ endpoint, apiKey, records }) => {
  if (endpoint) {
    Amplify.configure({ API: { GraphQL: { endpoint, region: 'eu-west-1', apiKey, defaultAuthMode: 'apiKey' } } });
  }
  DataStore.configure({ maxRecordsToSync: records + 10_000, syncPageSize: 1000 });
});
