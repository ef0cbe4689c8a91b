// The published aws-amplify in a page, driven from amplify.test.mjs. Bundled by the test.
import { Amplify } from 'aws-amplify';
import { DataStore, initSchema, syncExpression, DISCARD } from 'aws-amplify/datastore';
import { Hub } from 'aws-amplify/utils';
import { schema } from 'models/schema.js';

const models = initSchema(schema);
const heard = { hub: [], conflicts: [], errors: [], observed: [] };

Hub.listen('datastore', ({ payload: { event, data } }) => {
  heard.hub.push({
    event,
    model: data?.model?.name,
    isFullSync: data?.isFullSync,
    isEmpty: data?.isEmpty,
    new: data?.new,
  });
});

const decisions = {
  local: ({ localModel }) => localModel,
  localOnRemote: ({ localModel, remoteModel }) => ({ ...localModel, _version: remoteModel._version }),
  remote: ({ modelConstructor, remoteModel }) => modelConstructor.copyOf(remoteModel, () => {}),
  discard: () => DISCARD,
  mine: ({ localModel, remoteModel }) =>
    models[localModel.constructor.name].copyOf(remoteModel, (draft) => {
      draft.title = localModel.title;
    }),
};

const plain = (row) => row && JSON.parse(JSON.stringify(row));

/** Configures and starts DataStore; token is for users, without it the API key counts. */
async function begin({ endpoint, apiKey, token, handler = 'discard', only }) {
  const userPool = { userPoolId: 'eu-west-1_test', userPoolClientId: 'app' };
  Amplify.configure(
    {
      API: { GraphQL: { endpoint, region: 'eu-west-1', apiKey, defaultAuthMode: token ? 'userPool' : 'apiKey' } },
      Auth: { Cognito: userPool },
    },
    {
      Auth: {
        tokenProvider: { getTokens: async () => token && { accessToken: decoded(token), idToken: decoded(token) } },
      },
    },
  );
  DataStore.configure({
    maxRecordsToSync: 10_000,
    syncPageSize: 1000,
    errorHandler: (error) =>
      heard.errors.push({ message: error.message, errorType: error.errorType, model: error.model }),
    conflictHandler: (conflict) => {
      heard.conflicts.push({
        operation: conflict.operation,
        attempts: conflict.attempts,
        local: plain(conflict.localModel),
        remote: plain(conflict.remoteModel),
      });
      return decisions[handler](conflict);
    },
    syncExpressions: Object.keys(models)
      .filter((name) => only && name !== only && models[name].copyOf)
      .map((name) => syncExpression(models[name], () => (record) => record.id.eq('nothing of this model'))),
  });
  await DataStore.start();
}

const decoded = (text) => ({
  payload: JSON.parse(atob(text.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))),
  toString: () => text,
});

window.amplify = {
  heard,
  begin,
  count: async (model) => (await DataStore.query(models[model])).length,
  get: async (model, id) => plain(await DataStore.query(models[model], id)) ?? null,
  create: async (model, fields) => plain(await DataStore.save(new models[model](fields))),
  async update(model, id, changes) {
    const row = await DataStore.query(models[model], id);
    return plain(
      await DataStore.save(
        models[model].copyOf(row, (draft) => {
          Object.assign(draft, changes);
        }),
      ),
    );
  },
  remove: async (model, id) => {
    await DataStore.delete(models[model], id);
  },
  observe(model) {
    DataStore.observe(models[model]).subscribe(({ opType, element }) =>
      heard.observed.push({ opType, element: plain(element) }),
    );
  },
  stop: () => DataStore.stop(),
};
