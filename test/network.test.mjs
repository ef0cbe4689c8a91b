// A real network interface that goes down and up under Chromium, in namespaces that the test makes: what
// the browser says about it, and what it leaves out. Durations are printed; what fails is a network that
// is not noticed within 15 s, three times what is promised, so that a slow machine passes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openApp } from './harness/app.mjs';
import { everyRow, get, mutate } from './harness/graphql.mjs';
import { Gateway, noNamespaces, outage, serverAddress, timed, Wire } from './harness/namespace.mjs';
import { isMutation, openProxy } from './harness/proxy.mjs';
import { apiKey, codegen, startServer } from './harness/server.mjs';
import { serveStatic } from './harness/static.mjs';
import { until } from './harness/until.mjs';

/** The longest outage in ms; 300000 was played by hand. */
const longestMs = Number(process.env.TEST_OUTAGE_MS ?? 20_000);
const noticedMs = 15_000;
const probedMs = 90_000; // where nobody hints at anything
const silentMs = 200_000; // where nobody sends anything either: 69 s are promised

const missing = noNamespaces();
if (missing) console.log(`network.test.mjs is skipped: ${missing}`);

describe('a real network', { skip: missing && `skipped: ${missing}` }, () => {
  const stack = [];
  const all = { after: (clean) => stack.push(clean) };
  let wire, browser, server, network, gateway, site;

  before(async () => {
    wire = new Wire(all);
    server = await startServer(all);
    network = await openProxy(all, server.url);
    site = await serveStatic(all, { mounts: { '/models/': codegen(server.folder) } });
    gateway = await new Gateway(network.url, `${wire.folder}/api.sock`).open(all);
    await new Gateway(site.url, `${wire.folder}/site.sock`).open(all);
    await wire.relay(all, wire.servers, serverAddress, 80, `${wire.folder}/api.sock`);
    // The page and its worker come from the device itself, so that they open without a network.
    await wire.relay(all, wire.device, '127.0.0.1', 81, `${wire.folder}/site.sock`);
    await wire.relay(all, wire.device, '127.0.0.1', 82, `${wire.folder}/api.sock`);
    wire.up();
    browser = await wire.browser(all);
  });
  after(async () => {
    for (const clean of stack.reverse()) await clean();
  });

  /** A test page of a new profile, configured and started. */
  async function open(t, { endpoint = `http://${serverAddress}/graphql` } = {}) {
    const context = await browser.newContext();
    t.after(() => context.close());
    const app = await openApp(context, { url: 'http://127.0.0.1:81' });
    await app.begin({ endpoint, apiKey });
    return app;
  }
  const active = async (app) => (await app.heard()).hub.findLast((one) => one.event === 'networkStatus')?.data.active;
  const told = (app, state) =>
    timed(`the page hears active: ${state}`, async () => (await active(app)) === state, noticedMs);
  const arrived = (id, patienceMs) =>
    timed(
      'the change is at the server',
      async () => (await everyRow(server, 'Note')).some((row) => row.id === id),
      patienceMs,
    );
  const print = (t, words) => t.diagnostic(words);

  for (const ms of [1_000, 5_000, longestMs]) {
    test(`an outage of ${ms / 1000} s under an open page`, async (t) => {
      const app = await open(t);
      await app.ready();
      wire.down();
      const lost = await told(app, false);
      const note = await app.call('save', 'Note', { title: `saved in an outage of ${ms}` });
      await outage(ms);
      assert.equal((await app.outbox()).length, 1);
      await app.page.evaluate(() => window.addEventListener('online', () => (window.hintedAtMs ??= Date.now())));
      network.forget();
      wire.up();
      const sent = await arrived(note.id, noticedMs);
      const back = await told(app, true);
      await app.drained();
      // Chromium may cut a request when the interface comes up; a repeat of it changes nothing.
      assert.deepEqual([...new Set(network.mutations().map((one) => one.input.id))], [note.id]);
      assert.equal((await get(server, 'Note', note.id))._version, 1, 'once');
      const afterHint =
        network.requests.find(isMutation).atMs - (await app.page.evaluate(() => window.hintedAtMs ?? Number.NaN));
      const others = await mutate(server, 'create', 'Note', { title: 'by somebody else' });
      await until('the page hears others again', async () => (await app.title(others.id)) === 'by somebody else');
      print(
        t,
        `loss told after ${lost} ms, change at the server ${sent} ms after the interface was up and ${afterHint} ms after the browser said so, told ${back} ms later`,
      );
    });
  }

  test('a page that is opened while the interface is down', async (t) => {
    wire.down();
    t.after(() => wire.up());
    const app = await open(t);
    const told = await timed(
      'ready',
      async () => (await app.heard()).hub.some((one) => one.event === 'ready'),
      noticedMs,
    );
    assert.equal(await active(app), false);
    assert.deepEqual(
      (await app.heard()).hub.slice(0, 4).map((one) => one.event),
      ['networkStatus', 'storageSubscribed', 'outboxStatus', 'ready'],
    );
    const note = await app.call('save', 'Note', { title: 'saved before the first connection' });
    await outage(longestMs);
    wire.up();
    const sent = await arrived(note.id, noticedMs);
    await app.drained();
    print(t, `offline and ready told after ${told} ms, change at the server ${sent} ms after the interface was up`);
  });

  test('navigator.onLine is false on a machine whose network works', async (t) => {
    wire.down(); // loopback is all there is, as on a kiosk, and the server is there
    t.after(() => wire.up());
    const app = await open(t, { endpoint: 'http://127.0.0.1:82/graphql' });
    assert.equal(await app.page.evaluate(() => navigator.onLine), false);
    await app.ready();
    await app.hub('syncQueriesReady');
    assert.equal(await active(app), true);
    const note = await app.call('save', 'Note', { title: 'from a kiosk' });
    const sent = await arrived(note.id, noticedMs);
    const others = await mutate(server, 'create', 'Note', { title: 'to a kiosk' });
    await until('the kiosk hears others', async () => (await app.title(others.id)) === 'to a kiosk');
    print(t, `change at the server after ${sent} ms`);
  });

  test('a laptop that sleeps while its connections die without a word', async (t) => {
    const app = await open(t);
    await app.ready();
    browser.stop();
    t.after(() => browser.resume());
    gateway.become('hole'); // what was open stays dead
    gateway.become('open');
    const others = await mutate(server, 'create', 'Note', { title: 'while it slept' });
    await outage(8_000);
    browser.resume();
    const woke = performance.now();
    await until('what it missed is here', async () => (await app.title(others.id)) === 'while it slept', {
      patienceMs: noticedMs,
    });
    const heard = Math.round(performance.now() - woke);
    const note = await app.call('save', 'Note', { title: 'after the sleep' });
    const sent = await arrived(note.id, noticedMs);
    print(t, `what it missed came ${heard} ms after it woke, its own change went in ${sent} ms`);
  });

  test('the sign-in page of a network answers everything with 200', async (t) => {
    const app = await open(t);
    await app.ready();
    t.after(() => gateway.become('open'));
    gateway.become('portal');
    gateway.asked.length = 0;
    const lost = await told(app, false);
    const note = await app.call('save', 'Note', { title: 'behind the portal' });
    await until('the errorHandler hears of it', async () =>
      (await app.heard()).errors.some((one) => one.code === 'network'),
    );
    await until('the portal was asked', () => gateway.asked.some((one) => one.method === 'POST'));
    assert.deepEqual(
      (await app.outbox()).map((one) => one.recordId),
      [note.id],
      'nothing was taken for an answer',
    );

    const second = await open(t); // opened behind it
    await until('it is told too', async () => (await active(second)) === false);
    const other = await second.call('save', 'Note', { title: 'opened behind the portal' });
    assert.equal((await second.outbox()).length, 1);

    gateway.become('open'); // nobody says so
    await second.page.evaluate(async () => window.app.store.outbox.retry((await window.app.store.outbox.list())[0].id));
    const asked = await arrived(other.id, noticedMs);
    const sent = await arrived(note.id, probedMs);
    await Promise.all([app.drained(), second.drained()]);
    print(t, `loss told after ${lost} ms; at the server ${asked} ms after outbox.retry(), ${sent} ms later without`);
  });

  test('a proxy that takes everything and says nothing', async (t) => {
    const app = await open(t);
    await app.ready();
    const idle = await open(t); // sends nothing
    await idle.ready();
    t.after(() => gateway.become('open'));
    gateway.become('hole');
    const note = await app.call('save', 'Note', { title: 'into the hole' });
    const [lost, lostIdle] = await Promise.all(
      [app, idle].map((one) => timed('the loss is told', async () => (await active(one)) === false, silentMs)),
    );
    gateway.become('open'); // nobody says so, and what was open stays dead
    const sent = await arrived(note.id, probedMs);
    await app.drained();
    assert.equal((await everyRow(server, 'Note')).filter((row) => row.title === 'into the hole').length, 1);
    print(
      t,
      `without a hint: loss told after ${lost} ms where something is sent, after ${lostIdle} ms where nothing is; change at the server ${sent} ms after the hole was closed`,
    );
  });
});
