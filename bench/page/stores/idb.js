// IndexedDB by hand, as a promise a request.

export const request = (asked) =>
  new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

export const completed = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });

/** Opens a database; make(db) makes its stores. */
export function open(name, make) {
  const asked = indexedDB.open(name, 1);
  asked.onupgradeneeded = () => make(asked.result);
  return request(asked);
}
