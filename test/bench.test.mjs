// The bench gives right answers: its workloads check each one. How long they take is not looked at.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { judge, rows } from '../bench/goals.mjs';
import { chart, markdown, mediansOf } from '../bench/report.mjs';
import { measureOutbox, measureRecords, measureSaves } from '../bench/workloads.mjs';
import { lifetime, openSite, seed, stores } from '../bench/world.mjs';

const records = 1_000;
const chosen = stores.filter((one) => one.name === 'floor-pages' || one.name === 'deltabase');
const measured = {};
const { t, end } = lifetime();
const world = { quick: true };

before(async () => {
  world.project = await seed(t, records);
  world.empty = await seed(t, 0);
  world.site = await openSite(t, world.project, chosen);
});
after(end);

for (const store of chosen) {
  test(`${store.title}: every workload is carried out, and its answers are right`, async () => {
    const figures = {};
    for (const workload of [measureRecords, measureSaves, measureOutbox]) {
      Object.assign(figures, await workload(world, store, records));
    }
    for (const [figure, value] of Object.entries(figures)) {
      assert.ok(Number.isFinite(value) && value >= 0, `${figure} is ${value}`);
      assert.ok(
        rows.some((row) => row.figure === figure),
        `${figure} has no row in the table`,
      );
    }
    measured[store.name] = [figures];
  });
}

test('the report has a row for each figure, and says what is met and what is missed', () => {
  const run = { records, measured, medians: mediansOf(measured) };
  const text = markdown({
    runs: [run],
    growthRuns: [run],
    versions: '',
    date: '',
    repetitions: 1,
    note: '',
    misses: '',
  });
  for (const { title, figure } of rows) {
    if (run.medians.deltabase[figure] !== undefined) assert.ok(text.includes(title), `${title} is missing`);
  }
  const [sync] = rows;
  const medians = (ours) => ({ deltabase: { sync: ours }, 'floor-pages': { sync: 100 } });
  assert.deepEqual(
    judge(sync, medians(130)).map((goal) => goal.met),
    [true],
  );
  assert.deepEqual(
    judge(sync, medians(131)).map((goal) => goal.met),
    [false],
  );
  const tenth = rows.find((row) => row.figure === 'tenth');
  const peers = Object.fromEntries(
    ['dexie', 'rxdb', 'tinybase', 'sqlite', 'amplify'].map((name) => [name, { tenth: 3 }]),
  );
  assert.equal(judge(tenth, { deltabase: { tenth: 2 }, ...peers })[0].met, true);
  const { rxdb, ...some } = peers;
  assert.deepEqual(judge(tenth, { deltabase: { tenth: 2 }, ...some }), [], 'nobody is the best of those not measured');
  assert.match(chart(run), /^<svg .*<\/svg>\n$/s);
});
