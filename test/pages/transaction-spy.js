// Put in front of the worker's script by a test: tells a BroadcastChannel about every completed
// writing transaction: its durability and the text that was put into it.
{
  const channel = new BroadcastChannel('transactions');
  const texts = new WeakMap();
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function spied(...parameters) {
    const opened = transaction.apply(this, parameters);
    if (opened.mode === 'readwrite') {
      texts.set(opened, []);
      opened.addEventListener('complete', () =>
        channel.postMessage({
          stores: [...opened.objectStoreNames],
          durability: opened.durability,
          text: texts.get(opened).join('\n'),
        }),
      );
    }
    return opened;
  };
  for (const name of ['add', 'put']) {
    const write = IDBObjectStore.prototype[name];
    IDBObjectStore.prototype[name] = function spied(value, ...rest) {
      texts.get(this.transaction)?.push(typeof value === 'string' ? value : JSON.stringify(value));
      return write.call(this, value, ...rest);
    };
  }
}
