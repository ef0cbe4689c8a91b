// Put in front of the worker's script by a test, after `const storageFaults = {...}`: a browser
// whose storage fails.
//   none: 'missing' (no IndexedDB) or the name of what open() throws
//   opening: how often open() fails with UnknownError; Infinity until the database is deleted
// Over the BroadcastChannel 'storage-faults' the next transactions that write the log are broken at their
// commit: {reason, times}, reason the name of a DOMException or ''.
{
  const { open, deleteDatabase } = IDBFactory.prototype;
  let opening = storageFaults.opening ?? 0;
  if (storageFaults.none === 'missing') Object.defineProperty(globalThis, 'indexedDB', { value: undefined });
  IDBFactory.prototype.open = function faulty(...parameters) {
    if (storageFaults.none) throw new DOMException('as asked for', storageFaults.none);
    if (opening <= 0) return open.apply(this, parameters);
    opening--;
    const request = new EventTarget();
    Object.setPrototypeOf(request, IDBOpenDBRequest.prototype);
    const target = new EventTarget();
    const shown = {
      readyState: 'done',
      error: new DOMException('Internal error opening backing store', 'UnknownError'),
      result: undefined,
    };
    for (const [name, value] of Object.entries(shown)) Object.defineProperty(request, name, { value });
    for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent']) {
      Object.defineProperty(request, name, { value: target[name].bind(target) });
    }
    setTimeout(() => request.dispatchEvent(new Event('error')));
    return request;
  };
  IDBFactory.prototype.deleteDatabase = function healing(...parameters) {
    opening = 0;
    return deleteDatabase.apply(this, parameters);
  };

  let broken = { reason: '', times: 0 };
  const channel = new BroadcastChannel('storage-faults');
  channel.onmessage = ({ data }) => {
    broken = data;
    channel.postMessage('armed');
  };
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function faulty(...parameters) {
    const made = transaction.apply(this, parameters);
    if (made.mode !== 'readwrite' || broken.times <= 0 || !made.objectStoreNames.contains('log')) return made;
    broken.times--;
    if (broken.reason) Object.defineProperty(made, 'error', { value: new DOMException('as asked for', broken.reason) });
    // Once its requests are done, so that no request tells of the abort: as browsers do at a commit.
    made.commit = () => {
      made.objectStore(made.objectStoreNames[0]).count().onsuccess = () => made.abort();
    };
    return made;
  };
}
