// A network between a page and the server: it takes time, goes away, counts what is created, and can hide that the
// server is ours, so that a client meets plain AppSync. test/harness/proxy.mjs keeps and parses everything that passes,
// and closes each connection: that would be measured, too.
import { createServer as createHttp, request as httpRequest } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { WebSocket, WebSocketServer } from 'ws';

/** {url, endpoint, delayMs, created, requests, goOffline, goOnline, close}; tls: {cert, key} of the side of the page. */
export async function openNetwork(target, { plain = false, tls } = {}) {
  const network = { delayMs: 0, created: 0, requests: 0, target, plain, onCreated: () => {} };
  const sockets = new Set();
  let gone = false;
  const answer = (request, response) => forward(network, request, response).catch(() => request.socket.destroy());
  const server = tls ? createHttps(tls, answer) : createHttp(answer);
  server.on(tls ? 'secureConnection' : 'connection', (socket) => {
    socket.on('error', () => {});
    if (gone) return socket.destroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const realtime = new WebSocketServer({ server, handleProtocols: (names) => [...names][0] });
  realtime.on('connection', (socket, request) => relay(network, socket, request));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  network.url = `${tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
  network.endpoint = `${network.url}/graphql`;
  network.goOffline = () => {
    gone = true;
    for (const socket of sockets) socket.destroy();
  };
  network.goOnline = () => {
    gone = false;
  };
  network.close = () => {
    network.goOffline();
    server.close();
  };
  return network;
}

const later = (ms) => ms && new Promise((resolve) => setTimeout(resolve, ms));

async function forward(network, request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let body = Buffer.concat(chunks);
  const creates = request.method === 'POST' ? (body.toString().match(/createItem\(/g)?.length ?? 0) : 0;
  if (request.method === 'POST') network.requests++;
  if (network.plain && body.length) {
    const { extensions, ...rest } = JSON.parse(body);
    body = Buffer.from(JSON.stringify(rest));
  }
  await later(network.delayMs);
  const headers = { ...request.headers };
  if (body.length) headers['content-length'] = body.length;
  const out = httpRequest(`${network.target}${request.url}`, { method: request.method, headers }, (reply) => {
    response.writeHead(reply.statusCode, reply.headers);
    reply.pipe(response);
    reply.on('end', () => {
      network.created += creates;
      if (creates) network.onCreated();
    });
  });
  out.on('error', () => response.destroy());
  out.end(body);
}

function relay(network, socket, request) {
  const protocols = request.headers['sec-websocket-protocol']?.split(',').map((one) => one.trim());
  const upstream = new WebSocket(`${network.target.replace('http', 'ws')}${request.url}`, protocols);
  const early = [];
  const send = (text) => (upstream.readyState === WebSocket.OPEN ? upstream.send(text) : early.push(text));
  upstream.on('open', () => {
    for (const text of early) upstream.send(text);
  });
  upstream.on('message', (data) => socket.send(data.toString()));
  upstream.on('close', () => socket.close());
  upstream.on('error', () => socket.terminate());
  socket.on('close', () => upstream.terminate());
  socket.on('error', () => {});
  socket.on('message', (data) => send(network.plain ? hidden(data.toString()) : data.toString()));
}

/** A frame without what tells our server of our client. */
function hidden(text) {
  const frame = JSON.parse(text);
  if (frame.payload?.extensions) delete frame.payload.extensions.deltabase;
  return JSON.stringify(frame);
}
