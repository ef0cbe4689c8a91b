// GraphQL clients that people use, in Node, with their defaults, against the real server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ApolloClient, gql as apolloGql, HttpLink, InMemoryCache } from '@apollo/client/core/index.js';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries/index.js';
import { cacheExchange, Client, fetchExchange } from '@urql/core';
import { Amplify } from 'aws-amplify';
import { generateClient } from 'aws-amplify/api';
import { GraphQLClient } from 'graphql-request';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { apiKey, startServer } from './harness/server.mjs';

const suite = {
  cleans: [],
  after(clean) {
    this.cleans.push(clean);
  },
};
after(async () => {
  for (const clean of suite.cleans.reverse()) await clean();
});

let server;
before(async () => {
  server = await startServer(suite, { config: { unversioned: ['Note'] } });
});

const headers = { 'x-api-key': apiKey };
const create = 'mutation Create($input: CreateNoteInput!) { createNote(input: $input) { id title _version } }';
const read = 'query Read($id: ID!) { getNote(id: $id) { id title _version } }';

/** fetch that notes what went out. */
function watchedFetch() {
  const requests = [];
  const fetchNoted = (url, options = {}) => {
    requests.push({ method: options.method ?? 'GET', url: String(url), body: options.body });
    return fetch(url, options);
  };
  return { requests, fetch: fetchNoted };
}

describe('clients with their defaults', () => {
  test('Apollo writes, reads, and hears a refusal as an error', async () => {
    const client = new ApolloClient({
      link: new HttpLink({ uri: server.endpoint, headers, fetch }),
      cache: new InMemoryCache(),
    });
    const { data } = await client.mutate({
      mutation: apolloGql(create),
      variables: { input: { id: 'apollo', title: 'one' } },
    });
    assert.deepEqual(
      { ...data.createNote, __typename: undefined },
      { __typename: undefined, id: 'apollo', title: 'one', _version: 1 },
    );
    const found = await client.query({ query: apolloGql(read), variables: { id: 'apollo' } });
    assert.equal(found.data.getNote.title, 'one');
    await assert.rejects(client.query({ query: apolloGql('{ nothing }') }), /undefined/);
  });

  test('Apollo with persisted queries by GET sends the document once', async () => {
    const { requests, fetch: noted } = watchedFetch();
    const link = createPersistedQueryLink({
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      useGETForHashedQueries: true,
    }).concat(new HttpLink({ uri: server.endpoint, headers, fetch: noted }));
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    for (let i = 0; i < 2; i++) {
      const { data } = await client.query({
        query: apolloGql(read),
        variables: { id: 'apollo' },
        fetchPolicy: 'network-only',
      });
      assert.equal(data.getNote.title, 'one');
    }
    assert.deepEqual(
      requests.map(({ method }) => method),
      ['GET', 'POST', 'GET'],
      'the hash, the document, the hash',
    );
    assert.ok(!requests[2].url.includes('getNote'), 'the last request names the document by its hash');
  });

  test('urql writes, and reads by GET', async () => {
    const { requests, fetch: noted } = watchedFetch();
    const client = new Client({
      url: server.endpoint,
      exchanges: [cacheExchange, fetchExchange],
      preferGetMethod: true,
      fetch: noted,
      fetchOptions: { headers },
    });
    const made = await client.mutation(create, { input: { id: 'urql', title: 'two' } }).toPromise();
    assert.equal(made.error, undefined);
    const found = await client.query(read, { id: 'urql' }).toPromise();
    assert.equal(found.data.getNote.title, 'two');
    assert.deepEqual(
      requests.map(({ method }) => method),
      ['POST', 'GET'],
    );
  });

  test('graphql-request writes and reads', async () => {
    const client = new GraphQLClient(server.endpoint, { headers });
    await client.request(create, { input: { id: 'request', title: 'three' } });
    const { getNote } = await client.request(read, { id: 'request' });
    assert.equal(getNote.title, 'three');
    await assert.rejects(client.request(read, {}), /id/);
  });

  test("Amplify's generateClient writes, reads, and changes without a version where the model says so", async () => {
    Amplify.configure({ API: { GraphQL: { endpoint: server.endpoint, defaultAuthMode: 'apiKey', apiKey } } });
    const client = generateClient();
    await client.graphql({ query: create, variables: { input: { id: 'amplify', title: 'four' } } });
    const update = 'mutation Update($input: UpdateNoteInput!) { updateNote(input: $input) { title _version } }';
    const { data } = await client.graphql({ query: update, variables: { input: { id: 'amplify', title: 'five' } } });
    assert.deepEqual(data.updateNote, { title: 'five', _version: 2 });
    const found = await client.graphql({ query: read, variables: { id: 'amplify' } });
    assert.equal(found.data.getNote.title, 'five');
  });

  test('graphql-ws, which Apollo and urql subscribe by, hears what others write', async () => {
    const client = createClient({
      url: server.endpoint.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: headers,
      retryAttempts: 0,
    });
    const events = client.iterate({ query: 'subscription { onCreateNote { id title } }' });
    const first = events.next();
    // The protocol confirms no subscription, so writes go on until one is heard.
    let heard = false;
    first.finally(() => {
      heard = true;
    });
    const writer = new GraphQLClient(server.endpoint, { headers });
    for (let n = 0; !heard; n++) await writer.request(create, { input: { id: `heard-${n}`, title: 'six' } });
    const { value } = await first;
    assert.equal(value.data.onCreateNote.title, 'six');
    await events.return();
    await client.dispose();
  });
});
