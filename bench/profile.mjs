// A CPU profile of the engine's worker with the names of Go's functions.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { openKillableProfile } from '../test/harness/chromium.mjs';
import { root, temporaryFolder } from '../test/harness/folder.mjs';
import { openServer, openSite, seed, stores } from './world.mjs';

const lines = 45;
const sampledMicroseconds = 200;

const workloads = {
  sync: (page, settings, count) => page.evaluate(([s, n]) => bench.sync(s, n), [settings, count]),
  saves: (page) => page.evaluate(() => bench.open({ records: 0 }).then(() => bench.saves(1000))),
  live: (page, settings, count) =>
    page.evaluate(([s, n]) => bench.sync(s, n).then(() => bench.live(1, 300)), [settings, count]),
  reads: (page, settings, count) =>
    page.evaluate(([s, n]) => bench.sync(s, n).then(() => bench.reads(n)), [settings, count]),
};

/** Runs sync, cold, saves, live or reads; writes bench/NAME.cpuprofile and prints where the time goes. */
export async function profile(t, name, count) {
  const store = stores.find((one) => one.name === 'deltabase');
  const project = await seed(t, count);
  const module = join(temporaryFolder(t, 'bench-module'), 'deltabase.wasm');
  execFileSync(process.execPath, [join(root, 'js/build.mjs'), '--names', module], { stdio: 'inherit' });
  const site = await openSite(t, project, [store], { '/dist/deltabase.wasm': () => readFileSync(module) });
  const server = await openServer(project, store);
  const settings = { ...server.settings, records: count };
  const folder = temporaryFolder(t, 'bench-profile');
  try {
    if (name === 'cold') await inBrowser(t, folder, site, {}, (page) => workloads.sync(page, settings, count));
    const browser = await openKillableProfile(t, folder);
    const recorded = await record(browser);
    const address = name === 'cold' ? { cold: 'get', count, settings: JSON.stringify(settings) } : {};
    const page = await visit(browser, site, address);
    await workloads[name]?.(page, settings, count);
    const result = await recorded.stop();
    await browser.close();
    const file = join(root, `bench/${name}.cpuprofile`);
    writeFileSync(file, JSON.stringify(result));
    print(result);
    console.log(`the profile is in ${file}; Chromium's DevTools open it`);
  } finally {
    await server.close();
  }
}

async function visit(browser, site, address) {
  const page = await browser.context.newPage();
  await page.goto(`${site.url}/index.html?${new URLSearchParams({ store: 'deltabase', ...address })}`);
  await page.waitForFunction(() => window.booted);
  return page;
}

async function inBrowser(t, folder, site, address, work) {
  const browser = await openKillableProfile(t, folder);
  await work(await visit(browser, site, address));
  await browser.close();
}

/** Profiles the first shared worker from its first instruction on. */
async function record({ profileFolder }) {
  const [port, path] = readFileSync(join(profileFolder, 'DevToolsActivePort'), 'utf8').split('\n');
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false, maxPayload: 1 << 30 });
  await new Promise((resolve) => socket.once('open', resolve));
  const waiting = new Map();
  let asked = 0;
  let worker;
  const send = (method, params = {}, sessionId = worker) =>
    new Promise((resolve) => {
      waiting.set(++asked, resolve);
      socket.send(JSON.stringify({ id: asked, method, params, sessionId }));
    });
  socket.on('message', (data) => {
    const { id, result, method, params } = JSON.parse(data);
    if (id) return waiting.get(id)?.(result);
    if (method !== 'Target.attachedToTarget' || params.targetInfo.type !== 'shared_worker' || worker) return;
    worker = params.sessionId;
    send('Profiler.enable');
    send('Profiler.setSamplingInterval', { interval: sampledMicroseconds });
    send('Profiler.start');
    send('Runtime.runIfWaitingForDebugger');
  });
  const filter = [{ type: 'shared_worker' }];
  await send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter });
  return { stop: async () => (await send('Profiler.stop')).profile };
}

/** The functions with the most time of their own, and with the most time in what they call. */
function print({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parent = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])));
  const name = (id) => byId.get(id).callFrame.functionName || '(anonymous)';
  const own = new Map();
  const whole = new Map();
  const add = (map, key, ms) => map.set(key, (map.get(key) ?? 0) + ms);
  samples.forEach((id, i) => {
    const ms = timeDeltas[i] / 1000;
    add(own, name(id), ms);
    const seen = new Set();
    for (let at = id; at !== undefined; at = parent.get(at)) seen.add(name(at));
    for (const one of seen) add(whole, one, ms);
  });
  for (const [title, map] of [
    ['own', own],
    ['with what it calls', whole],
  ]) {
    console.log(`\nms ${title}`);
    const sorted = [...map].toSorted((a, b) => b[1] - a[1]).slice(0, lines);
    for (const [one, ms] of sorted) console.log(`${ms.toFixed(1).padStart(8)}  ${one}`);
  }
}
