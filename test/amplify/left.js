// The published aws-amplify in a page whose data Deltabase takes over. Bundled by adopt.test.mjs.
import { Amplify } from 'aws-amplify';
import { DataStore, initSchema } from 'aws-amplify/datastore';
import { Hub } from 'aws-amplify/utils';
import { schema } from 'models/schema.js';

const models = initSchema(schema);
const events = [];
Hub.listen('datastore', ({ payload: { event } }) => events.push(event));

window.left = {
  DataStore,
  models,
  events,
  async begin({ endpoint, apiKey }) {
    if (endpoint)
      Amplify.configure({ API: { GraphQL: { endpoint, region: 'eu-west-1', apiKey, defaultAuthMode: 'apiKey' } } });
    await DataStore.start();
  },
};
