// The workloads of one store in one repetition. Each gives figures by name; times are milliseconds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { root, temporaryFolder } from '../test/harness/folder.mjs';
import { lifetime, openBrowser, openServer } from './world.mjs';

const oneByOne = 200;
const atOnce = 1_000;
const liveSaves = 30;
const offlineCreates = 200;
const latencyMs = 50;
const deltaChanges = 10;

/** Everything that is measured with the records in the store. */
export async function measureRecords(world, store, count) {
  const { t, end } = lifetime();
  const profile = temporaryFolder(t, 'bench-profile');
  const server = await openServer(world.project, store);
  const settings = { ...server.settings, records: count };
  const figures = {};
  try {
    await inBrowser(world, profile, async (browser) => {
      const page = await browser.open({ store: store.script });
      const session = await browser.context.newCDPSession(page);
      await session.send('Performance.enable');
      const before = await mainThreadMs(session);
      Object.assign(figures, await page.evaluate(([s, n]) => bench.sync({ ...s, bulk: true }, n), [settings, count]));
      figures['sync main thread'] = (await mainThreadMs(session)) - before;
      Object.assign(figures, await page.evaluate((n) => bench.reads(n), count));
      figures.disk = await page.evaluate(() => bench.disk());
      if (store.script === 'deltabase') figures.memory = await wasmBytes(browser.context, page);
    });
    for (const cold of ['get', 'sorted']) {
      await inBrowser(world, profile, async (browser) => {
        const address = { store: store.script, cold, count, settings: JSON.stringify(settings) };
        const page = await browser.open(address);
        figures[`cold ${cold}`] = await page.evaluate(() => window.cold);
      });
    }
    await inBrowser(world, profile, async (browser) => {
      const page = await browser.open({ store: store.script });
      await page.evaluate((s) => bench.open(s), settings);
      for (const queries of world.quick ? [1] : [1, 10, 100]) {
        figures[`live ${queries}`] = await page.evaluate(([n, s]) => bench.live(n, s), [queries, liveSaves]);
      }
      if (store.script === 'deltabase') {
        await page.evaluate(() => bench.ready());
        figures.delta = await page.evaluate(([s, n]) => bench.delta(s, n), [settings, deltaChanges]);
      }
    });
  } finally {
    await server.close();
    await end();
  }
  return figures;
}

/** Saves, with sync off and on. */
export async function measureSaves(world, store) {
  const figures = {};
  const save = async (settings, state) => {
    const { t, end } = lifetime();
    const profile = temporaryFolder(t, 'bench-profile');
    await inBrowser(world, profile, async (browser) => {
      const page = await browser.open({ store: store.script });
      await page.evaluate((s) => bench.open(s), settings);
      if (settings.endpoint) await page.evaluate(() => bench.ready());
      figures[`save ${state}`] = await page.evaluate((n) => bench.saves(n), oneByOne);
      figures[`thousand ${state}`] = await page.evaluate((n) => bench.saveMany(n), atOnce);
      const stored = await page.evaluate(() => bench.count());
      if (stored !== oneByOne + atOnce) throw new Error(`${store.name} has ${stored} records after its saves`);
    });
    await end();
  };
  await save({ records: 0 }, 'off');
  if (!store.syncs) return figures;
  const server = await openServer(world.empty, store);
  try {
    await save({ ...server.settings, records: 0 }, 'on');
  } finally {
    await server.close();
  }
  return figures;
}

/** From the moment that the network is back until the server has what was created without it. */
export async function measureOutbox(world, store) {
  if (!store.syncs) return {};
  const { t, end } = lifetime();
  const profile = temporaryFolder(t, 'bench-profile');
  const server = await openServer(world.empty, store, { through: true });
  const { network } = server;
  const figures = {};
  try {
    await inBrowser(world, profile, async (browser) => {
      const page = await browser.open({ store: store.script });
      await page.evaluate((s) => bench.open(s).then(() => bench.ready()), { ...server.settings, records: 0 });
      await browser.context.setOffline(true);
      network.goOffline();
      await page.evaluate((n) => bench.saveMany(n), offlineCreates);
      network.delayMs = latencyMs;
      network.created = network.requests = 0;
      const drained = new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${store.name} sent ${network.created} in a minute`)), 60_000);
        network.onCreated = () => {
          if (network.created < offlineCreates) return;
          clearTimeout(late);
          resolve(performance.now());
        };
      });
      network.goOnline();
      const start = performance.now();
      await browser.context.setOffline(false);
      figures.outbox = (await drained) - start;
      figures['outbox requests'] = network.requests;
    });
  } finally {
    await server.close();
    await end();
  }
  return figures;
}

/** What a page loads of Deltabase, as a server sends it in brotli. */
export async function measureSize(_, store) {
  if (store.script !== 'deltabase') return {};
  const size = (name) => brotliCompressSync(readFileSync(join(root, 'dist', name))).length;
  return { module: size('deltabase.wasm'), 'page script': size('index.js') };
}

async function inBrowser(world, profile, work) {
  const browser = await openBrowser(world.site, profile, world);
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
}

/** What the page's main thread has had of a processor: on a busy machine its tasks take longer than that. */
async function mainThreadMs(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((one) => one.name === 'ThreadTime').value * 1000;
}

/** Speaks with the engine's worker by the debugger's protocol. */
async function workerSession(context, page) {
  const session = await context.newCDPSession(page);
  const { targetInfos } = await session.send('Target.getTargets', { filter: [{ type: 'shared_worker' }] });
  const { sessionId } = await session.send('Target.attachToTarget', {
    targetId: targetInfos[0].targetId,
    flatten: false,
  });
  const waiting = new Map();
  let asked = 0;
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result, error } = JSON.parse(message);
    const { resolve, reject } = waiting.get(id) ?? {};
    if (error) reject?.(new Error(error.message));
    else resolve?.(result);
  });
  return (method, params = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++asked, { resolve, reject });
      session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id: asked, method, params }) });
    });
}

/** The size of the module's memory, which grows and never shrinks. */
async function wasmBytes(context, page) {
  const send = await workerSession(context, page);
  const { result } = await send('Runtime.evaluate', { expression: 'WebAssembly.Memory.prototype' });
  const { objects } = await send('Runtime.queryObjects', { prototypeObjectId: result.objectId });
  const { result: sum } = await send('Runtime.callFunctionOn', {
    objectId: objects.objectId,
    functionDeclaration: 'function () { return this.reduce((sum, one) => sum + one.buffer.byteLength, 0); }',
    returnByValue: true,
  });
  return sum.value;
}
