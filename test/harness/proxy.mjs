// A bad network in front of the server: it refuses and severs sockets, cuts a request before the
// server hears it or drops the answer after the server has committed, waits, and counts what
// passes, for HTTP and WebSocket alike.
import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterwards } from './after.mjs';
import { frameReader } from './frames.mjs';

/** A proxy to target ("http://127.0.0.1:8080"). target may be set again later. */
export async function openProxy(t, target) {
  const proxy = new Proxy(target);
  await proxy.listen();
  afterwards(t, () => proxy.close());
  return proxy;
}

class Proxy {
  /** Every request that came: {path, text, json, atMs, answer, cut, broken}; newest last. broken: the server was not there. */
  requests = [];
  /** Whether WebSockets are refused, as some corporate proxies do. */
  blockSockets = false;
  /** Every realtime message: {toServer, text, json}. */
  messages = [];
  /** Sockets dialled for realtime, refused ones excluded. */
  dialled = 0;
  /** Tokens that were taken back: requests get a 401, sockets credentials that the server refuses. */
  revoked = new Set();
  #refusing = false;
  #sockets = new Set();
  #cuts = [];
  #delayMs = 0;

  constructor(target) {
    this.target = target;
    this.server = createServer((request, response) =>
      this.#forward(request, response).catch(() => request.socket.destroy()),
    );
    this.server.on('connection', (socket) => {
      if (this.#refusing) return socket.destroy();
      this.#keep(socket);
    });
    this.server.on('upgrade', (request, socket, head) => this.#tunnel(request, socket, head));
  }

  async listen() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    this.endpoint = `${this.url}/graphql`;
  }

  /** The network is gone: open sockets break, new ones are refused. */
  goOffline() {
    this.#refusing = true;
    this.sever();
  }

  goOnline() {
    this.#refusing = false;
  }

  /** Breaks everything that is open; new connections are welcome. */
  sever() {
    for (const socket of this.#sockets) socket.destroy();
  }

  /**
   * Cuts the next requests that match: when 'before', the server never hears of it; when 'after',
   * the server answers and the answer is dropped. Returns the cut; cut.done counts.
   */
  cut(when, { matching = isMutation, times = 1 } = {}) {
    const cut = { when, matching, times, done: 0 };
    this.#cuts.push(cut);
    return cut;
  }

  /** Each request waits this long on its way to the server. */
  delay(ms) {
    this.#delayMs = ms;
  }

  /** Forgets what was counted. */
  forget() {
    this.requests.length = 0;
    this.messages.length = 0;
    this.dialled = 0;
  }

  /** The rows in the answers of sync queries of a field like syncFilms, page by page. */
  pages(field) {
    return this.requests
      .map((request) => request.answer?.data?.[field]?.items?.length)
      .filter((count) => count !== undefined);
  }

  /** Root mutations that reached the server, in order: {field, input}. */
  mutations() {
    return this.requests.filter((request) => request.cut !== 'before').flatMap((request) => mutationsOf(request.json));
  }

  async close() {
    this.sever();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }

  async #forward(request, response) {
    const body = await readAll(request);
    const entry = {
      path: request.url,
      method: request.method,
      text: body.toString(),
      headers: request.headers,
      atMs: Date.now(),
    };
    entry.json = parsed(entry.text);
    const cut = this.#cuts.find((one) => one.done < one.times && one.matching(entry));
    if (request.method === 'POST') this.requests.push(entry);
    if (cut) {
      cut.done++;
      entry.cut = cut.when;
    }
    if (cut?.when === 'before') return request.socket.destroy();
    if (this.revoked.has(request.headers.authorization)) {
      entry.revoked = true;
      response.writeHead(401, {
        'content-type': 'application/json',
        'access-control-allow-origin': '*',
        'x-amzn-errortype': 'UnauthorizedException',
      });
      return response.end('{"errors":[{"errorType":"UnauthorizedException","message":"Token has expired."}]}');
    }
    if (this.#delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#delayMs));
    const answer = await send(this.target, request, body).catch((error) => {
      entry.broken = error.code;
      throw error;
    });
    if (cut?.when === 'after' || this.#refusing) {
      entry.cut = 'after';
      return request.socket.destroy();
    }
    entry.answer = parsed(answer.body.toString());
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }

  #tunnel(request, socket, head) {
    if (this.blockSockets) return socket.destroy();
    this.dialled++;
    const { hostname, port } = new URL(this.target);
    const upstream = connect(Number(port), hostname);
    this.#keep(upstream);
    const lines = [`GET ${request.url} HTTP/1.1`];
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      if (!/^sec-websocket-extensions$/i.test(request.rawHeaders[i])) {
        lines.push(`${request.rawHeaders[i]}: ${this.#withoutRevoked(request.rawHeaders[i + 1])}`);
      }
    }
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    this.#watch(socket, true);
    this.#watchAnswer(upstream);
    socket.pipe(upstream);
    upstream.pipe(socket);
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
  }

  #withoutRevoked(header) {
    return header.replace(/header-([\w-]+)/, (all, credentials) => {
      const token = parsed(Buffer.from(credentials, 'base64url').toString())?.Authorization;
      return this.revoked.has(token)
        ? `header-${Buffer.from('{"Authorization":"revoked"}').toString('base64url')}`
        : all;
    });
  }

  #watch(socket, toServer) {
    const push = frameReader((text) => this.messages.push({ toServer, text, json: parsed(text) }));
    socket.on('data', push);
  }

  #watchAnswer(upstream) {
    const push = frameReader((text) => this.messages.push({ toServer: false, text, json: parsed(text) }));
    let head = Buffer.alloc(0);
    let opened = false;
    upstream.on('data', (chunk) => {
      if (opened) return push(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      opened = true;
      if (head.length > end + 4) push(head.subarray(end + 4));
    });
  }
}

export const isMutation = (entry) => /^\s*mutation\b/.test(entry.json?.query ?? '');
export const isSync = (entry) => /^\s*query\b[\s\S]*\bsync[A-Z]/.test(entry.json?.query ?? '');

/** The root fields of a mutation document with their inputs, in order. */
function mutationsOf(body) {
  if (!isMutation({ json: body })) return [];
  const found = [];
  for (const match of body.query.matchAll(
    /(?:(\w+)\s*:\s*)?\b((?:create|update|delete)[A-Z]\w*)\s*\(\s*input:\s*\$(\w+)/g,
  )) {
    found.push({ key: match[1] ?? match[2], field: match[2], input: body.variables[match[3]] });
  }
  return found;
}

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function send(target, request, body) {
  const { hostname, port } = new URL(target);
  const headers = { ...request.headers, connection: 'close', 'accept-encoding': 'identity' };
  return new Promise((resolve, reject) => {
    const upstream = httpRequest(
      { hostname, port, path: request.url, method: request.method, headers },
      async (answer) => {
        try {
          const { connection, 'transfer-encoding': encoding, ...kept } = answer.headers;
          resolve({ status: answer.statusCode, headers: kept, body: await readAll(answer) });
        } catch (error) {
          reject(error);
        }
      },
    );
    upstream.on('error', reject);
    upstream.end(body);
  });
}
