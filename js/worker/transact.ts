// Carries out a batch of store/indexeddb in one transaction. The module calls it once per batch, or per 2,000 steps of
// one: each call out of Go costs more than what is called here, and a call takes only so many arguments.

/** As OpKind in store/backend.go. */
const add = 0;
const put = 1;

/** The parts of one step, one after the other: what to do, in which area, the key and the text. */
const partsOfStep = 4;

/**
 * Begins a transaction over these areas with these steps, and returns it. last: there are no more; else goOn follows at
 * once. done is called when it ended: with null when it completed, else with its error, or undefined where the browser
 * gives no reason. What can't even begin is thrown.
 */
function transact(
  db: IDBDatabase,
  strict: boolean,
  done: (failure: unknown) => void,
  areas: string,
  last: boolean,
  ...steps: unknown[]
): IDBTransaction {
  const durability = strict ? 'strict' : 'relaxed';
  const transaction = db.transaction(areas.split(' '), 'readwrite', { durability });
  transaction.oncomplete = () => done(null);
  // A request that fails aborts its transaction, whose error is then the request's.
  transaction.onabort = () => done(transaction.error ?? undefined);
  goOn(transaction, last, ...steps);
  return transaction;
}

/** Carries out more steps of a transaction, in the turn of the event loop in which it was begun. */
function goOn(transaction: IDBTransaction, last: boolean, ...steps: unknown[]): void {
  try {
    for (let at = 0; at < steps.length; at += partsOfStep) {
      const [kind, area, key, text] = steps.slice(at, at + partsOfStep) as [number, string, IDBValidKey, string];
      const store = transaction.objectStore(area);
      if (kind === add) store.add(text, key);
      else if (kind === put) store.put(text, key);
      else store.delete(key);
    }
    if (last) transaction.commit?.();
  } catch (e) {
    transaction.oncomplete = transaction.onabort = null;
    try {
      transaction.abort();
    } catch {
      // it is over already; what went wrong is e
    }
    throw e;
  }
}

Object.assign(globalThis, { deltabaseTransact: transact, deltabaseGoOn: goOn });
