// The rows of the table: what each figure is, and what Deltabase is to reach. A goal gets all medians of one run by
// store and gives [what was reached, the most that was allowed].

const floor = 'floor-pages';
const ours = 'deltabase';
const plain = 'deltabase-plain';
const peers = ['dexie', 'rxdb', 'tinybase', 'sqlite', 'amplify'];

const ratio = (all, figure, to, by = figure, one = ours) => all[one]?.[figure] / all[to]?.[by];
/** Not a number where a peer was not measured: nothing is the best of those that are missing. */
const best = (all, figure) => Math.min(...peers.map((peer) => all[peer]?.[figure] ?? Number.NaN));

const floors = (most, by) => (all, figure) => [ratio(all, figure, floor, by), most];
const than = (peer, most) => (all, figure) => [ratio(all, figure, peer), most];
const thanBest = (most) => (all, figure) => [all[ours]?.[figure] / best(all, figure), most];
const atMost = (most) => (all, figure) => [all[ours]?.[figure], most];

/** figure: its name; title: its row; unit; goals: [text, judge]. */
export const rows = [
  {
    figure: 'sync',
    title: 'initial sync, durable and queryable',
    goals: [
      ['<= 1.3 floors', floors(1.3)],
      ['ahead of TinyBase', than('tinybase', 1)],
    ],
  },
  {
    figure: 'cold get',
    title: 'cold start, browser restarted: get by id',
    goals: [['<= 1.0 x Amplify', than('amplify', 1)]],
  },
  {
    figure: 'cold sorted',
    title: 'cold start, browser restarted: first 50 sorted',
    goals: [['<= 0.6 x Amplify', than('amplify', 0.6)]],
  },
  {
    figure: 'save off',
    title: 'one awaited save with its outbox entry, sync off',
    goals: [['<= 1.5 floors', floors(1.5)]],
  },
  {
    figure: 'save on',
    title: 'one awaited save with its outbox entry, sync on',
    goals: [['<= 2 floors (sync off)', floors(2, 'save off')]],
  },
  { figure: 'thousand off', title: '1,000 saves at once, sync off', goals: [['<= 0.4 floors', floors(0.4)]] },
  {
    figure: 'thousand on',
    title: '1,000 saves at once, sync on',
    goals: [['<= 0.4 floors (sync off)', floors(0.4, 'thousand off')]],
  },
  { figure: 'get', title: 'get by id', goals: [['<= 1.3 x SQLite', than('sqlite', 1.3)]] },
  { figure: 'tenth', title: 'predicate, 10 % match', goals: [['best of all peers', thanBest(1)]] },
  { figure: 'tenth first', title: 'the same, the first time', goals: [['<= 2 x the best peer', thanBest(2)]] },
  { figure: 'all', title: 'all rows', goals: [['best of all peers', thanBest(1)]] },
  { figure: 'sorted', title: 'first 50 sorted', goals: [['best of all peers', thanBest(1)]] },
  { figure: 'sorted first', title: 'the same, the first time', goals: [['<= 2 x the best peer', thanBest(2)]] },
  { figure: 'live 1', title: 'save to live query, 1 live query', goals: [['<= 1.5 floors', floors(1.5)]] },
  {
    figure: 'live 10',
    title: 'save to live query, 10, of which 9 do not match',
    goals: [['<= 1.1 x with 1', grows('live 1')]],
  },
  {
    figure: 'live 100',
    title: 'save to live query, 100, of which 99 do not match',
    goals: [['<= 1.1 x with 1', grows('live 1')]],
  },
  {
    figure: 'outbox',
    title: '200 offline creates at 50 ms latency',
    goals: [
      ['our server <= 1.0 x RxDB', than('rxdb', 1)],
      ['plain AppSync <= 0.05 x Amplify', (all, figure) => [ratio(all, figure, 'amplify', figure, plain), 0.05]],
    ],
  },
  { figure: 'outbox requests', title: 'the same, requests', unit: '' },
  {
    figure: 'delta',
    title: 'start with a delta of 10 changes, round trips included',
    goals: [['<= 20 ms', atMost(20)]],
  },
  {
    figure: 'sync main thread',
    title: 'processor time of the main thread during initial sync',
    goals: [['<= 15 ms', atMost(15)]],
  },
  { figure: 'sync longest task', title: 'the same, its longest task of 50 ms or more', goals: [['none', atMost(0)]] },
  { figure: 'disk', title: 'disk after initial sync', unit: 'MiB', goals: [['<= 1.2 floors', floors(1.2)]] },
  { figure: 'memory', title: "memory of Deltabase's module", unit: 'MiB' },
  { figure: 'module', title: 'module in brotli', unit: 'kB', goals: [['<= 700 kB', atMost(700_000)]] },
  { figure: 'page script', title: 'page script in brotli', unit: 'kB', goals: [['<= 15 kB', atMost(15_000)]] },
];

function grows(by) {
  return (all, figure) => [all[ours]?.[figure] / all[ours]?.[by], 1.1];
}

/** [{text, reached, met}] of a row; those without figures are left out. */
export const judge = (row, medians) =>
  (row.goals ?? []).flatMap(([text, of]) => {
    const [reached, most] = of(medians, row.figure);
    return Number.isFinite(reached) ? [{ text, reached, met: reached <= most }] : [];
  });
