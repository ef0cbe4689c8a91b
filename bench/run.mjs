// node bench/run.mjs [--quick] [--sqlite] [--repetitions N] [--records N] [--stores a,b] [--growth] [--write]
// node bench/run.mjs --profile sync|cold|saves|live|reads [--records N]
//
// Measures every store in turn and prints the table. --quick takes one repetition and leaves out what takes long.
// --sqlite lets Chromium keep IndexedDB in SQLite. --growth measures other numbers of records too. --write puts the
// results into bench/results.json, bench/RESULTS.md and docs/speed.svg, with the sentences of --note and of
// bench/misses.md.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromiumPath } from '../test/harness/chromium.mjs';
import { root } from '../test/harness/folder.mjs';
import { profile } from './profile.mjs';
import { markdown, mediansOf, write } from './report.mjs';
import { measureOutbox, measureRecords, measureSaves, measureSize } from './workloads.mjs';
import { certify, lifetime, openSite, seed, stores } from './world.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    sqlite: { type: 'boolean' },
    growth: { type: 'boolean' },
    write: { type: 'boolean' },
    repetitions: { type: 'string' },
    records: { type: 'string', default: '10000' },
    stores: { type: 'string' },
    note: { type: 'string', default: '' },
    profile: { type: 'string' },
  },
});

const quickStores = ['floor-pages', 'dexie', 'tinybase', 'sqlite', 'deltabase'];
const growthStores = ['floor-pages', 'tinybase', 'deltabase'];
const growthRecords = [1_000, 10_000, 50_000, 100_000];

const { t, end } = lifetime();

/** Measures stores with so many records; a workload that fails is told and left out. */
async function measure(names, count, repetitions, workloads) {
  const chosen = stores.filter((one) => names.includes(one.name));
  const [project, empty] = [await seed(t, count), await seed(t, 0)];
  await certify(project);
  await certify(empty);
  const site = await openSite(t, project, chosen);
  const world = { project, empty, site, quick: options.quick, sqlite: options.sqlite };
  const measured = Object.fromEntries(chosen.map((one) => [one.name, []]));
  for (let n = 0; n < repetitions; n++) {
    for (const store of chosen) {
      const figures = {};
      for (const workload of workloads) {
        try {
          Object.assign(figures, await workload(world, store, count));
        } catch (error) {
          process.exitCode = 1;
          console.error(`${store.name}: ${workload.name} failed: ${error.message}`);
        }
      }
      measured[store.name].push(figures);
      console.log(`${n + 1}/${repetitions} ${count} ${store.name}`);
    }
  }
  return { records: count, measured, medians: mediansOf(measured) };
}

function versions() {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'bench/package.json'), 'utf8'));
  const chromium = execFileSync(chromiumPath(), ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const peers = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
  const storage = options.sqlite ? ' with IndexedDB on SQLite' : '';
  return [`${/[\d.]+/.exec(chromium)[0]}${storage}`, ...peers].join(', ').replace(/^/, 'Chromium ');
}

async function run() {
  const names = options.stores?.split(',') ?? (options.quick ? quickStores : stores.map((one) => one.name));
  if (stores.some((one) => one.peer && names.includes(one.name)) && !existsSync(join(root, 'bench/node_modules'))) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: join(root, 'bench'),
      stdio: 'inherit',
    });
  }
  const repetitions = Number(options.repetitions ?? (options.quick ? 1 : 3));
  const workloads = [measureRecords, measureSaves, measureOutbox, measureSize];
  const runs = [await measure(names, Number(options.records), repetitions, workloads)];
  const growthRuns = [];
  if (options.growth) {
    for (const count of growthRecords) growthRuns.push(await measure(growthStores, count, 1, [measureRecords]));
  }
  const date = new Date().toISOString().slice(0, 10);
  const misses = readFileSync(join(root, 'bench/misses.md'), 'utf8');
  const report = { date, repetitions, versions: versions(), note: options.note, runs, growthRuns, misses };
  if (options.write) write(report);
  console.log(markdown(report));
}

try {
  if (options.profile) await profile(t, options.profile, Number(options.records));
  else await run();
} finally {
  await end();
}
