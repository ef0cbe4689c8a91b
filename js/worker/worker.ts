// The worker's script, dist/engine.js: a SharedWorker for all tabs of a database, or, where there
// are none, a dedicated worker of one tab.
import 'go-wasm-exec';
import './transact.js';
import { Host } from './host.js';
import { type Endpoint, type FromWorker, hold, Outbound, type ToWorker, workerLock } from '../shared/messages.js';
import { compile } from './module.js';

const shared = 'onconnect' in self;
const host = new Host(!shared);
compile().catch(() => {}); // begins the download; whoever needs the module is told what went wrong

/** The lock by which pages learn that this worker is gone; it is never let go. */
let alive: Promise<unknown> | undefined;

function attach(endpoint: Endpoint): void {
  const out = new Outbound<FromWorker>(endpoint);
  let tab: string | undefined;
  endpoint.onmessage = async (event) => {
    for (const message of event.data as ToWorker[]) {
      if (message.type === 'hello') {
        alive ??= hold(workerLock(message.database, host.id));
        await alive;
        tab = message.tab;
      }
      host.receive(message, out, tab);
    }
  };
}

if (shared) {
  self.addEventListener('connect', (event) => attach((event as MessageEvent).ports[0] as unknown as Endpoint));
} else {
  attach(self as unknown as Endpoint);
}
