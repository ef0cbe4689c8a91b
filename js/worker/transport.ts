import { limits } from '../shared/limits.js';
import { In, type Packet, type Part, textOf } from './bridge.js';

// fetch and WebSocket for the engine, behind one gate: closed, it severs what is open and refuses
// the rest with network errors, as a dead network would.

type Say = (kind: number, id: number, parts?: readonly Part[]) => void;

interface Request {
  abort: AbortController;
  /** Why it was aborted, when it was. */
  code?: 'timeout' | 'network' | 'cancelled';
}

export class Transport {
  readonly #say: Say;
  readonly #engine: string;
  readonly #requests = new Map<number, Request>();
  readonly #sockets = new Map<number, WebSocket>();
  #closed = false;

  /** engine is sent with each request, so that a server's log tells one engine from two. */
  constructor(engine: string, say: Say) {
    this.#engine = engine;
    this.#say = say;
  }

  setGate(closed: boolean): void {
    this.#closed = closed;
    if (closed) this.#sever('network');
  }

  /** Ends everything without answers. */
  end(): void {
    this.#sever('cancelled');
  }

  #sever(code: 'network' | 'cancelled'): void {
    for (const request of this.#requests.values()) {
      request.code ??= code;
      request.abort.abort();
    }
    for (const [id, socket] of [...this.#sockets]) {
      this.#forget(id);
      socket.close();
      if (code === 'network') this.#say(In.socketClosed, id, ['1006', 'The network is switched off.']);
    }
  }

  /** Out.send: [name, URL, timeout in ms, body, then name and value of each header]. */
  async send({ id, parts }: Packet): Promise<void> {
    const [, url, timeoutMs] = parts.slice(0, 3).map(textOf);
    if (this.#closed) return this.#say(In.sendFailed, id, ['network', 'The network is switched off.']);
    const request: Request = { abort: new AbortController() };
    this.#requests.set(id, request);
    const expire = () => {
      request.code ??= 'timeout';
      request.abort.abort();
    };
    const timer = setTimeout(expire, Number(timeoutMs));
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: this.#headers(parts),
        body: parts[3] as Uint8Array<ArrayBuffer>,
        signal: request.abort.signal,
        cache: 'no-store',
        credentials: 'omit',
      });
      const body = new Uint8Array(await response.arrayBuffer());
      if (request.code === undefined) {
        this.#say(In.answered, id, [String(response.status), String(retryAfterMs(response)), body]);
      }
    } catch (e) {
      request.code ??= 'network';
      if (request.code !== 'cancelled') this.#say(In.sendFailed, id, [request.code, String(e)]);
    } finally {
      clearTimeout(timer);
      this.#requests.delete(id);
    }
  }

  #headers(parts: Uint8Array[]): [string, string][] {
    const headers: [string, string][] = [['x-deltabase-engine', this.#engine]];
    for (let i = 4; i + 1 < parts.length; i += 2) headers.push([textOf(parts[i]), textOf(parts[i + 1])]);
    return headers;
  }

  cancel(id: number): void {
    const request = this.#requests.get(id);
    if (!request) return;
    request.code ??= 'cancelled';
    request.abort.abort();
  }

  /** Out.openSocket: [URL, then the subprotocols]. */
  open({ id, parts }: Packet): void {
    const [url, ...protocols] = parts.map(textOf);
    if (this.#closed) return this.#say(In.socketClosed, id, ['1006', 'The network is switched off.']);
    let socket: WebSocket;
    try {
      socket = new WebSocket(url, protocols);
    } catch (e) {
      return this.#say(In.socketClosed, id, ['1006', String(e)]);
    }
    this.#sockets.set(id, socket);
    const mine = () => this.#sockets.get(id) === socket;
    socket.onopen = () => mine() && this.#say(In.socketOpened, id);
    socket.onmessage = (event) => mine() && this.#say(In.socketMessage, id, [String(event.data)]);
    socket.onclose = (event) => {
      if (!mine()) return;
      this.#forget(id);
      this.#say(In.socketClosed, id, [String(event.code), event.reason]);
    };
  }

  write({ id, parts }: Packet): void {
    const socket = this.#sockets.get(id);
    if (socket?.readyState === WebSocket.OPEN) socket.send(textOf(parts[0]));
  }

  close({ id, parts }: Packet): void {
    const socket = this.#sockets.get(id);
    if (!socket) return;
    const code = Number(textOf(parts[0]));
    // Pages may only close with 1000 or their own range.
    socket.close(code === 1000 || (code >= 3000 && code < 5000) ? code : 1000);
  }

  #forget(id: number): void {
    this.#sockets.delete(id);
  }
}

const httpDate =
  '[A-Z][a-z]+, \\d\\d[ -][A-Z][a-z]{2}[ -]\\d{2,4} \\d\\d:\\d\\d:\\d\\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}';
const times = new RegExp(`(?:^|,)\\s*(?:(\\d+(?:\\.\\d*)?)|(${httpDate}))\\s*(?=,|$)`, 'g');

/**
 * Retry-After is seconds or a date of HTTP; 0 without one, for what is neither, and for a date that has passed. Of
 * several the longest counts. Numbers may be larger than the engine reads, so the time is cut off here.
 */
function retryAfterMs(response: Response): number {
  let longest = 0;
  for (const [, seconds, date] of (response.headers.get('retry-after') ?? '').matchAll(times)) {
    // The oldest of the three forms of dates names no zone.
    const ms = date ? Date.parse(date.endsWith('GMT') ? date : `${date} GMT`) - Date.now() : Number(seconds) * 1000;
    if (ms > longest) longest = ms;
  }
  return Math.round(Math.min(longest, limits.retryAfterMsMax));
}
