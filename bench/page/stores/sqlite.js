// SQLite in a worker, in OPFS by its pool of handles, the fastest of its ways there.
import { pull } from '../pull.js';

let worker;
let server;
let asked = 0;
const waiting = new Map();
const watchers = [];

function ask(operation, ...given) {
  return new Promise((resolve, reject) => {
    waiting.set(++asked, { resolve, reject });
    worker.postMessage([asked, operation, given]);
  });
}

export default {
  async open(settings) {
    server = settings;
    worker = new Worker('/stores/sqlite-worker.js', { type: 'module' });
    worker.onmessage = ({ data: [id, result, error] }) => {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (error) reject(new Error(error));
      else resolve(result);
    };
    await ask('open');
  },
  sync: () => pull(server, (page) => ask('put', page)),
  async save(row) {
    await ask('save', [row]);
    for (const watcher of watchers) if (watcher.filter(row)) watcher.tell(row);
  },
  saveMany: (many) => ask('save', many),
  get: (id) => ask('get', id),
  between: (from, to) => ask('between', from, to),
  all: () => ask('all'),
  sorted: (length, descending) => ask('sorted', length, descending),
  async live(from, to, tell) {
    watchers.push({ filter: (row) => row.rating >= from && row.rating < to, tell });
  },
};
