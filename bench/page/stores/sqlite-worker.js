import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

let db;
const columns = ['id', 'title', 'body', 'rating', 'done', 'createdAt', 'updatedAt', '_version', '_lastChangedAt'];
const statements = new Map();
const prepared = (sql) => statements.get(sql) ?? statements.set(sql, db.prepare(sql)).get(sql);

function rows(sql, bind = []) {
  const statement = prepared(sql);
  try {
    if (bind.length) statement.bind(bind);
    const found = [];
    while (statement.step()) {
      const row = statement.get({});
      row.done = row.done === 1;
      found.push(row);
    }
    return found;
  } finally {
    statement.reset(true);
  }
}

const insert = `INSERT OR REPLACE INTO items (${columns}) VALUES (${columns.map(() => '?')})`;
const put = (all) => {
  for (const row of all)
    prepared(insert)
      .bind(columns.map((name) => row[name] ?? null))
      .stepReset();
};

const operations = {
  async open() {
    const sqlite = await sqlite3InitModule({ locateFile: () => '/stores/sqlite3.wasm' });
    const pool = await sqlite.installOpfsSAHPoolVfs({});
    db = new pool.OpfsSAHPoolDb('/items.db');
    // The pool's handles allow no shared memory, so no write-ahead log; FULL is what strict means here.
    db.exec('PRAGMA synchronous = FULL; PRAGMA journal_mode = TRUNCATE; PRAGMA cache_size = -32000');
    db.exec(`CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, ${columns.slice(1)}) WITHOUT ROWID`);
    db.exec('CREATE INDEX IF NOT EXISTS by_rating ON items (rating)');
    db.exec('CREATE TABLE IF NOT EXISTS outbox (at INTEGER PRIMARY KEY, input TEXT)');
  },
  put: (all) => db.transaction(() => put(all)),
  save: (all) =>
    db.transaction(() => {
      put(all);
      for (const row of all)
        prepared('INSERT INTO outbox (input) VALUES (?)')
          .bind([JSON.stringify(row)])
          .stepReset();
    }),
  get: (id) => rows('SELECT * FROM items WHERE id = ?', [id])[0],
  between: (from, to) => rows('SELECT * FROM items WHERE rating >= ? AND rating < ?', [from, to]),
  all: () => rows('SELECT * FROM items'),
  sorted: (length, descending) =>
    rows(`SELECT * FROM items ORDER BY rating ${descending ? 'DESC' : ''} LIMIT ?`, [length]),
};

let turn = Promise.resolve();
self.onmessage = ({ data: [id, operation, given] }) => {
  turn = turn.then(async () => {
    try {
      self.postMessage([id, await operations[operation](...given)]);
    } catch (error) {
      self.postMessage([id, undefined, String(error)]);
    }
  });
};
