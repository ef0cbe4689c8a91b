// Loads the store that the address names. With cold=get or cold=sorted it asks at once and notes how long it took,
// from the first line of this script on.
import { median } from './median.js';
import { countBetween, firstRatings, ratings, record } from './records.js';

const began = performance.now();
const query = new URL(location.href).searchParams;
const { default: store } = await import(`/stores/${query.get('store')}.js`);

const same = (what, got, want) => {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${got}, want ${want}`);
};

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
}

/** Records that are made here are numbered from here on. */
let made = 1_000_000;
const next = (rating) => ({ ...record(made++), ...(rating === undefined ? {} : { rating }) });

async function askBetween(count, from) {
  const [ms, rows] = await timed(() => store.between(from, from + ratings / 10));
  same('a tenth of all records', rows.length, countBetween(count, from, from + ratings / 10));
  return ms;
}

async function askSorted(count, length, descending) {
  const [ms, rows] = await timed(() => store.sorted(length, descending));
  const found = rows.map((row) => row.rating);
  same('the first in order', found, firstRatings(count, length, descending));
  return ms;
}

/** Changes a record on the server, as another client does. */
async function changeTitle(endpoint, apiKey, id, title) {
  const ask = async (query, variables) => {
    const headers = { 'content-type': 'application/json', 'x-api-key': apiKey };
    const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const { getItem } = await ask('query ($id: ID!) { getItem(id: $id) { _version } }', { id });
  const fields = 'id title body rating done createdAt updatedAt _version _lastChangedAt _deleted';
  const change = `mutation ($input: UpdateItemInput!) { updateItem(input: $input) { ${fields} } }`;
  await ask(change, { input: { id, title, _version: getItem._version } });
}

async function askOne(n) {
  const { id, title } = record(n);
  const [ms, row] = await timed(() => store.get(id));
  same('a record by its id', row?.title, title);
  return ms;
}

window.bench = {
  open: (settings) => store.open(settings),
  ready: () => store.sync(),

  /** Opens, and waits until all records are stored. */
  async sync(settings, count) {
    const longTasks = [];
    const note = (entries) => longTasks.push(...entries.map((one) => one.duration));
    const observer = new PerformanceObserver((list) => note(list.getEntries()));
    observer.observe({ type: 'longtask' });
    const [ms] = await timed(async () => {
      await store.open(settings);
      await store.sync();
    });
    await askOne(count - 1);
    note(observer.takeRecords());
    observer.disconnect();
    return { sync: ms, 'sync longest task': Math.max(0, ...longTasks) };
  },

  /** Every read, with slightly different arguments each time, so that no cached result serves. */
  async reads(count) {
    const result = { 'tenth first': await askBetween(count, 3) };
    result['sorted first'] = await askSorted(count, 50, false);
    const gets = [];
    for (let n = 0; n < 300; n++) gets.push(await askOne((n * 613) % count));
    result.get = median(gets);
    const tenths = [];
    for (let n = 1; n <= 5; n++) tenths.push(await askBetween(count, n * 150));
    result.tenth = median(tenths);
    const sorted = [];
    for (let n = 1; n <= 6; n++) sorted.push(await askSorted(count, 50 - n, n % 2 === 1));
    result.sorted = median(sorted);
    const alls = [];
    for (let n = 0; n < 3; n++) {
      const [ms, rows] = await timed(() => store.all());
      same('all records', rows.length, count);
      alls.push(ms);
    }
    result.all = median(alls);
    return result;
  },

  /** From a save until a live query of 100 records has it; queries - 1 others don't match. */
  async live(queries, saves) {
    let tell = () => {};
    await store.live(500, 510, (row) => tell(row.title));
    for (let n = 1; n < queries; n++) await store.live(n * 4, n * 4 + 4, () => {});
    const all = [];
    for (let n = 0; n < saves; n++) {
      const row = next(505);
      const start = performance.now();
      const heard = new Promise((resolve) => {
        tell = (title) => title === row.title && resolve(performance.now() - start);
      });
      await store.save(row);
      all.push(await heard);
    }
    return median(all);
  },

  async saves(count) {
    const all = [];
    for (let n = 0; n < count; n++) all.push((await timed(() => store.save(next())))[0]);
    return median(all);
  },

  async saveMany(count) {
    const rows = Array.from({ length: count }, () => next());
    const [ms] = await timed(() =>
      store.saveMany ? store.saveMany(rows) : Promise.all(rows.map((row) => store.save(row))),
    );
    return ms;
  },

  /** From the start of a store that was stopped while so many of its records were changed, until it has the changes. */
  async delta({ endpoint, apiKey, ...settings }, changes) {
    await store.stop();
    const title = `changed ${made++}`;
    for (let n = 0; n < changes; n++) await changeTitle(endpoint, apiKey, record(n * 7).id, title);
    const [ms] = await timed(async () => {
      await store.open({ endpoint, apiKey, ...settings });
      await store.sync();
    });
    for (let n = 0; n < changes; n++) same('a changed record', (await store.get(record(n * 7).id))?.title, title);
    return ms;
  },

  count: async () => (await store.all()).length,
  disk: async () => (await navigator.storage.estimate()).usage,
};

if (query.has('cold')) {
  const count = Number(query.get('count'));
  const { id, title } = record(count - 7);
  await store.open(JSON.parse(query.get('settings')));
  const found = query.get('cold') === 'get' ? await store.get(id) : await store.sorted(50, false);
  window.cold = performance.now() - began;
  if (query.get('cold') === 'get') same('after a restart', found?.title, title);
  else
    same(
      'after a restart',
      found.map((row) => row.rating),
      firstRatings(count, 50, false),
    );
}
window.booted = true;
