// What the engine's host finds in a worker of a browser, for a process of Node; js/build.mjs puts these names in the
// place of the globals. Timers are those that don't keep the process alive.
import * as timers from 'node:timers';

export const setTimeout = (call: () => void, ms?: number) => timers.setTimeout(call, ms).unref();
export const setInterval = (call: () => void, ms?: number) => timers.setInterval(call, ms).unref();
export const { clearTimeout, clearInterval } = timers;

/** Without locks: all stores of a process share one host, and nobody else has its memory. */
export const navigator = { onLine: true };

/** There is no other engine of the database that could be told anything. */
export class BroadcastChannel {
  onmessage: unknown = null;
  postMessage(): void {}
  close(): void {}
}

/** The one that the process has when a socket is opened: Node 22 brings it, for Node 20 an app sets globalThis.WebSocket. */
export class WebSocket {
  static readonly OPEN = 1;
  constructor(url: string, protocols: string[]) {
    const { WebSocket: own } = globalThis as { WebSocket?: new (url: string, protocols: string[]) => EventTarget };
    if (!own) throw new Error('This Node has no WebSocket: set globalThis.WebSocket, for example to that of ws.');
    const socket = new own(url, protocols);
    // The socket of ws ends the process when nobody hears of its error; the engine hears that it is closed.
    socket.addEventListener('error', () => {});
    // biome-ignore lint/correctness/noConstructorReturn: it stands in the place of the global constructor
    return socket as unknown as WebSocket;
  }
}
