// Reaches into the local database from a page without an engine, as DevTools would.

/** The texts of all pages in the databases of this origin. */
export function pagesIn(page) {
  return page.evaluate(async () => {
    const found = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      if (database.objectStoreNames.contains('pages')) {
        const values = await new Promise((resolve, reject) => {
          const request = database.transaction('pages').objectStore('pages').getAll();
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        found.push(...values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))));
      }
      database.close();
    }
    return found;
  });
}

/** Overwrites a piece in the middle of every page that holds text; returns how many it damaged. */
export function damagePages(page, text) {
  return page.evaluate(async (wanted) => {
    const broken = (value) => {
      if (typeof value === 'string') return value.includes(wanted) ? value.replace(wanted, '\u0000\u0000"{') : value;
      if (value && typeof value === 'object') {
        return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, broken(part)]));
      }
      return value;
    };
    let damaged = 0;
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      if (database.objectStoreNames.contains('pages')) {
        await new Promise((resolve, reject) => {
          const transaction = database.transaction('pages', 'readwrite', { durability: 'strict' });
          transaction.oncomplete = resolve;
          transaction.onabort = () => reject(transaction.error);
          transaction.objectStore('pages').openCursor().onsuccess = ({ target: { result: cursor } }) => {
            if (!cursor) return;
            const value = broken(cursor.value);
            if (JSON.stringify(value) !== JSON.stringify(cursor.value)) {
              cursor.update(value);
              damaged++;
            }
            cursor.continue();
          };
        });
      }
      database.close();
    }
    return damaged;
  }, text);
}

/** The texts in one store of the database. */
export const texts = (page, store) =>
  page.evaluate(
    (store) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open('deltabase');
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const database = request.result;
          database.onversionchange = () => database.close();
          if (!database.objectStoreNames.contains(store)) {
            database.close();
            return resolve([]);
          }
          const all = database.transaction(store).objectStore(store).getAll();
          all.onsuccess = () => {
            database.close();
            resolve(all.result.map((value) => (typeof value === 'string' ? value : '')));
          };
          all.onerror = () => reject(all.error);
        };
      }),
    store,
  );

/** How many values one store of the database holds. */
export const countOf = async (page, store) => (await texts(page, store)).length;

/** Deletes every database of the origin, as a person in the developer tools may. */
export const deleteDatabases = (page) =>
  page.evaluate(async () => {
    for (const { name } of await indexedDB.databases()) {
      await new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = resolve;
        request.onerror = () => reject(request.error);
      });
    }
  });

/** Opens a database and does not let go of it: window.stubborn. */
export const openStubborn = (page, name) =>
  page.evaluate(
    (name) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => {
          window.stubborn = request.result;
          resolve();
        };
        request.onerror = () => reject(request.error);
      }),
    name,
  );

/** Everything in a database as {store: [[key, value], ...]}; null when there is no such database. */
export function contentsOf(page, name) {
  return page.evaluate(async (wanted) => {
    if (!(await indexedDB.databases()).some((one) => one.name === wanted)) return null;
    const finished = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await finished(indexedDB.open(wanted));
    const contents = {};
    for (const store of database.objectStoreNames) {
      const from = database.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all([finished(from.getAllKeys()), finished(from.getAll())]);
      contents[store] = keys.map((key, n) => [key, values[n]]);
    }
    database.close();
    return contents;
  }, name);
}

/**
 * Makes a database of contents as contentsOf gives them, in the layout of Amplify DataStore: keys out of line, counted
 * up, at version 3.
 */
export function recreate(page, name, contents) {
  return page.evaluate(
    async ([wanted, stores]) => {
      const request = indexedDB.open(wanted, 3);
      request.onupgradeneeded = () => {
        for (const store of Object.keys(stores)) request.result.createObjectStore(store, { autoIncrement: true });
      };
      const database = await new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const transaction = database.transaction(Object.keys(stores), 'readwrite');
      for (const [store, rows] of Object.entries(stores))
        for (const [key, value] of rows) transaction.objectStore(store).add(value, key);
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      database.close();
    },
    [name, contents],
  );
}
