import { setImmediate } from 'node:timers'; // that of the process, whatever a test puts in its place
import 'go-wasm-exec';
import type { EngineWorker } from '../page/workers.js';
import { type Endpoint, type FromWorker, Outbound, type ToWorker } from '../shared/messages.js';
import { Host } from '../worker/host.js';
import { Awake } from './awake.js';

// The host of an engine in the process of its stores. There is no IndexedDB, so the module keeps the database in its own
// memory, as it does in a page that may not store anything.

interface Shared {
  host: Host;
  users: number;
}

/** One host for all stores of a database, as one worker serves all tabs. */
const hosts = new Map<string, Shared>();

/** What a page would make a worker for. The last one that ends takes the data with it. */
export function newEngine(database: string): EngineWorker {
  const own = hosts.get(database) ?? { host: new Host(false, () => {}), users: 0 };
  hosts.set(database, own);
  own.users++;
  const awake = new Awake();
  const endpoint: Endpoint = {
    onmessage: null,
    postMessage(messages: ToWorker[]) {
      for (const message of messages) {
        awake.asked(message);
        if (message.type === 'hello') tab = message.tab;
        own.host.receive(message, out, tab);
      }
    },
  };
  let tab: string | undefined;
  const out = new Outbound<FromWorker>({
    onmessage: null,
    postMessage(messages: FromWorker[]) {
      for (const message of messages) awake.answered(message);
      // In a task of its own, as from a worker.
      setImmediate(() => endpoint.onmessage?.({ data: messages } as MessageEvent));
    },
  });
  const end = () => {
    awake.end();
    if (--own.users > 0) return;
    hosts.delete(database);
    own.host.receive({ type: 'replace' }, out, tab);
  };
  return { endpoint, shared: false, onError() {}, end };
}
