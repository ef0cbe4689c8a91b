// Credentials in the page against the real server, which verifies tokens of an issuer: expiry in the
// middle of a queue, one refresh for all, providers that fail, tabs with and without one, users.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openApp } from './harness/app.mjs';
import { openProfile } from './harness/chromium.mjs';
import { post } from './harness/graphql.mjs';
import { openIssuer } from './harness/issuer.mjs';
import { isMutation } from './harness/proxy.mjs';
import { until, untilEqual } from './harness/until.mjs';
import { makeWorld } from './harness/world.mjs';

/** A server that takes tokens of an issuer, and a page with a provider that the test answers. */
async function makeAuthWorld(t, { schema = 'owned.graphql' } = {}) {
  const issuer = await openIssuer(t);
  const world = await makeWorld(t, {
    schema,
    config: { auth: issuer.config },
    settings: { apiKey: undefined, providers: ['oidc'] },
  });
  /** Opens a tab; give(mode, forceRefresh) is its provider. asked lists its calls. */
  const open = async (give, { context, ...more } = {}) => {
    const app = await openApp(context ?? (await openProfile(t)), world.site);
    app.asked = [];
    await app.page.exposeFunction('giveToken', (mode, forceRefresh) => {
      app.asked.push(forceRefresh);
      return give(mode, forceRefresh);
    });
    return app.begin({ ...world.settings, ...more });
  };
  const notesOf = async (token) => {
    const answer = await post(
      world.server,
      'query { syncNotes(limit: 1000) { items { id title owner _version } } }',
      {},
      { headers: { authorization: token } },
    );
    return answer.data.syncNotes.items;
  };
  return { ...world, issuer, open, notesOf };
}

/** A provider that caches its token, as those of login libraries do, until it is told to refresh. */
function cachingProvider(issuer, sub) {
  let token = issuer.token(sub);
  const give = (_, forceRefresh) => (token = forceRefresh ? issuer.token(sub) : token);
  return Object.assign(give, { current: () => token });
}

const unauthorized = async (app) => (await app.heard()).errors.filter((one) => one.code === 'unauthorized');

describe('credentials', () => {
  test('a token that expires in the middle of a queue: one refresh, everything arrives once, nobody is told', async (t) => {
    const { network, issuer, open, notesOf } = await makeAuthWorld(t);
    const give = cachingProvider(issuer, 'ann');
    const app = await open(give);
    await app.ready();
    network.goOffline();
    await app.disconnected();
    const ids = await app.page.evaluate(() =>
      Promise.all(
        Array.from({ length: 250 }, async (_, n) => (await window.app.save('Note', { title: `note ${n}` })).id),
      ),
    );
    let batches = 0;
    network.cut('before', {
      matching: (entry) => {
        if (isMutation(entry) && ++batches === 2) network.revoked.add(give.current());
        return false; // it only looks on
      },
    });
    network.goOnline();
    await app.drained();
    assert.deepEqual(
      (await notesOf(give.current())).map((row) => [row.id, row._version]).sort(),
      ids.map((id) => [id, 1]).sort(),
    );
    assert.deepEqual(app.asked, [false, true]);
    assert.ok(
      network.requests.some((one) => one.revoked),
      'a batch was refused',
    );
    assert.deepEqual(await unauthorized(app), []);
  });

  test('a token that expired before the start: pulls, socket and outbox share one refresh', async (t) => {
    const { network, issuer, open, settings } = await makeAuthWorld(t);
    const give = cachingProvider(issuer, 'ann');
    const app = await open(give);
    await app.ready();
    network.goOffline();
    await app.disconnected();
    await app.call('save', 'Note', { title: 'kept' });
    network.revoked.add(give.current());
    await app.reload();
    app.asked.length = 0;
    network.goOnline();
    await app.begin(settings);
    await app.drained();
    await app.hub('syncQueriesReady');
    assert.deepEqual(app.asked, [false, true]);
    assert.deepEqual(await unauthorized(app), []);
  });

  test("the server's own word: a token whose exp has passed is refreshed", async (t) => {
    const { issuer, open, notesOf } = await makeAuthWorld(t);
    const app = await open((_, forceRefresh) => issuer.token('ann', forceRefresh ? 3600 : -600));
    await app.ready();
    const note = await app.call('save', 'Note', { title: 'after the refresh' });
    await app.drained();
    assert.deepEqual(
      (await notesOf(issuer.token('ann'))).map((row) => [row.id, row.owner]),
      [[note.id, 'ann']],
    );
    assert.deepEqual(app.asked, [false, true]);
  });

  test('a provider that fails: told once, kept with the reason, sent when it works again', async (t) => {
    const { issuer, open, notesOf } = await makeAuthWorld(t);
    let works = false;
    const app = await open(() => {
      if (!works) throw new Error('the session ended');
      return { token: issuer.token('ann') };
    });
    await app.ready();
    await app.call('save', 'Note', { title: 'first' });
    await until('the provider was asked again because of the save', () => app.asked.length > 1);
    const [entry] = await app.outbox();
    assert.equal(entry.state, 'pending');
    assert.equal(entry.cause.code, 'unauthorized');
    assert.match(entry.cause.message, /^The auth provider oidc gave no token: it failed with ".*the session ended"/);
    assert.equal((await unauthorized(app)).length, 1);
    works = true;
    await app.call('save', 'Note', { title: 'second' });
    await app.drained();
    assert.deepEqual((await notesOf(issuer.token('ann'))).map((row) => row.title).sort(), ['first', 'second']);
    assert.equal((await unauthorized(app)).length, 1);
  });

  test('nobody signed in, then somebody: configure() wakes it', async (t) => {
    const { issuer, open, settings } = await makeAuthWorld(t);
    let token = null;
    const app = await open(() => token);
    await app.ready();
    await app.call('save', 'Note', { title: 'before the sign-in' });
    assert.match((await app.outbox())[0].cause.message, /^Nobody is signed in for oidc\./);
    token = issuer.token('ann');
    await app.begin(settings);
    await app.drained();
  });

  test('settings that are refused lose nothing', async (t) => {
    const { network, issuer, open } = await makeAuthWorld(t);
    const app = await open(() => issuer.token('ann'));
    await app.ready();
    network.goOffline();
    await app.disconnected();
    await app.call('save', 'Note', { title: 'queued' });
    for (const [settings, message] of [
      [{ syncInterval: 0 }, 'syncInterval must be a whole number of seconds from 1 to 3153600000.'],
      [{ fullSyncInterval: 0.5 }, 'fullSyncInterval must be a whole number of minutes from 1 to 52560000.'],
      [{ authModeStrategy: 'other' }, "authModeStrategy must be 'default', 'multiAuth' or a function."],
    ]) {
      const { error } = await app.attempt('begin', settings);
      assert.deepEqual([error.code, error.message], ['invalid_config', message]);
    }
    assert.equal((await app.outbox()).length, 1);
    network.goOnline();
    await app.drained();
  });
});

describe('credentials of several', () => {
  test('two tabs, one without a provider: the other one is asked; when it is gone, the next that has one', async (t) => {
    const { network, issuer, open, notesOf } = await makeAuthWorld(t);
    const context = await openProfile(t);
    const give = cachingProvider(issuer, 'ann');
    const bare = await open(() => assert.fail('it has no provider'), {
      context,
      providers: undefined,
      defaultAuthMode: 'oidc',
    });
    await until('the tab without a provider is told', async () => (await unauthorized(bare)).length === 1);
    await bare.call('save', 'Note', { title: 'from the bare tab' });
    const giver = await open(give, { context, defaultAuthMode: 'oidc' });
    await bare.drained();
    assert.deepEqual(giver.asked, [false]);

    await giver.page.close();
    network.revoked.add(give.current());
    await bare.call('save', 'Note', { title: 'nobody to ask' });
    await until('it is told again', async () => (await unauthorized(bare)).length === 2);
    assert.match((await bare.outbox())[0].cause.message, /^No open page has an auth provider for oidc\./);

    const silent = await open(() => new Promise(() => {}), { context, defaultAuthMode: 'oidc' });
    await until('the silent tab is asked', () => silent.asked.length === 1);
    const last = await open(give, { context, defaultAuthMode: 'oidc' });
    assert.deepEqual(last.asked, []);
    await silent.page.close();
    await bare.drained();
    assert.deepEqual(last.asked, [true]);
    assert.deepEqual((await notesOf(give.current())).map((row) => row.title).sort(), [
      'from the bare tab',
      'nobody to ask',
    ]);
  });

  test('the socket comes back with a fresh token, and the gap is closed', async (t) => {
    const { server, network, issuer, open } = await makeAuthWorld(t);
    const give = cachingProvider(issuer, 'ann');
    const app = await open(give);
    await app.ready();
    const write = async (title) => {
      const { errors } = await post(
        server,
        'mutation ($input: CreateNoteInput!) { createNote(input: $input) { id title owner _version _deleted _lastChangedAt } }',
        { input: { title } },
        { headers: { authorization: issuer.token('ann') } },
      );
      assert.equal(errors, undefined);
    };
    await write('live before');
    await untilEqual('the first one is heard', () => app.call('count', 'Note'), 1);
    network.revoked.add(give.current());
    network.forget();
    network.sever();
    await write('in the gap');
    await untilEqual('the gap is closed', () => app.call('count', 'Note'), 2);
    await until('it is live again', () => network.messages.filter((one) => one.json?.type === 'start_ack').length >= 1);
    await write('live after');
    await untilEqual('the last one is heard', () => app.call('count', 'Note'), 3);
    assert.deepEqual(app.asked, [false, true]);
    assert.ok(
      network.messages.some((one) => one.json?.type === 'connection_error'),
      'the server refused the old token',
    );
    assert.deepEqual(await unauthorized(app), []);
  });

  test("another user: another database, and only that user's token from then on", async (t) => {
    const { network, issuer, open, notesOf, settings } = await makeAuthWorld(t);
    let who = 'ann';
    const tokens = { ann: issuer.token('ann'), bob: issuer.token('bob') };
    const app = await open(() => tokens[who], { user: 'ann' });
    await app.ready();
    await app.call('save', 'Note', { title: "ann's" });
    await app.drained();
    network.goOffline();
    await app.disconnected();
    await app.call('save', 'Note', { title: "ann's, unsent" });
    who = 'bob';
    await app.begin({ ...settings, user: 'bob' });
    network.forget();
    network.goOnline();
    await app.call('save', 'Note', { title: "bob's" });
    await app.drained();
    await untilEqual('bob sees his own', async () => (await app.call('all', 'Note')).map((row) => row.title), [
      "bob's",
    ]);
    const used = new Set(network.requests.map((one) => one.headers.authorization));
    assert.deepEqual([...used], [tokens.bob]);

    // Ann's database with bob's token: nothing is sent, and the app is told.
    await app.begin({ ...settings, user: 'ann' });
    const told = await until('the app is told', async () =>
      (await unauthorized(app)).find((one) => /somebody else/.test(one.message)),
    );
    assert.match(told.message, /^The token of oidc belongs to somebody else than this database\./);
    assert.deepEqual(
      (await notesOf(tokens.bob)).map((row) => row.title),
      ["bob's"],
    );
    who = 'ann';
    await app.begin({ ...settings, user: 'ann' });
    await app.drained();
    assert.deepEqual((await notesOf(tokens.ann)).map((row) => row.title).sort(), ["ann's", "ann's, unsent"]);
  });

  test('multi-auth: signed out, public models come by API key; signed in, everything by the token', async (t) => {
    const { server, network, issuer, open, settings } = await makeAuthWorld(t);
    const task = await post(
      server,
      'mutation { createTask(input: {title: "public"}) { id } }',
      {},
      { headers: { authorization: issuer.token('bob') } },
    );
    assert.equal(task.errors, undefined);
    let token = null;
    const more = { apiKey: server.apiKey, authModeStrategy: 'multiAuth' };
    const app = await open(() => token, more);
    await untilEqual('the public task is there', () => app.call('count', 'Task'), 1);
    await app.ready();
    assert.ok(network.requests.every((one) => one.headers.authorization === undefined));
    await app.call('save', 'Note', { title: 'mine' });
    assert.match((await app.outbox())[0].cause.message, /^Nobody is signed in for oidc\./);

    token = issuer.token('ann');
    await app.begin({ ...settings, ...more });
    await app.drained();
    await app.call('save', 'Task', { title: 'by ann' });
    await app.drained();
    const mutations = network.requests.filter(isMutation);
    assert.deepEqual([...new Set(mutations.map((one) => one.headers.authorization))], [token]);
  });

  test("a strategy of the app's own is called in the page for each model and operation", async (t) => {
    const { server, network, issuer, open } = await makeAuthWorld(t);
    const app = await open(() => issuer.token('ann'), { apiKey: server.apiKey });
    await app.page.evaluate(async () => {
      const asked = [];
      window.strategyAsked = asked;
      await window.app.store.configure({
        authModeStrategy: async ({ schema, modelName, operation }) => {
          asked.push(`${operation} ${modelName} ${Object.keys(schema.models).length}`);
          return modelName === 'Task' && operation === 'READ' ? 'apiKey' : ['oidc', 'apiKey'];
        },
      });
    });
    network.forget();
    await app.call('save', 'Note', { title: 'by the token' });
    await app.drained();
    const asked = await app.page.evaluate(() => window.strategyAsked);
    assert.deepEqual(
      asked.sort(),
      ['CREATE', 'DELETE', 'READ', 'UPDATE'].flatMap((one) => [`${one} Note 2`, `${one} Task 2`]).sort(),
    );
    const modes = network.requests.map((one) => [
      /\b(sync|create)([A-Z]\w+)/.exec(one.json.query)[0],
      one.headers.authorization ? 'oidc' : 'apiKey',
    ]);
    assert.deepEqual(Object.fromEntries(modes.sort()), { createNote: 'oidc', syncNotes: 'oidc', syncTasks: 'apiKey' });
  });
});
