// The second static server: test pages, the built package and generated models. It is another
// origin than the database server, as on a real static host.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { afterwards } from './after.mjs';
import { root } from './folder.mjs';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Serves folders: mounts maps a path prefix to a folder, the longest prefix wins. replace maps a
 * path to a function of the file's bytes, for builds that differ in one file. posts maps a path
 * to a function of the posted text. headers maps a path to headers of its own. Returns
 * {url, close, mounts, replace, posts, headers}.
 */
export async function serveStatic(t, { mounts = {}, replace = {}, posts = {}, headers = {} } = {}) {
  const site = {
    mounts: { '/': join(root, 'test/pages'), '/dist/': join(root, 'dist'), ...mounts },
    replace,
    posts,
    headers,
  };
  const server = createServer((request, response) => answer(site, request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  afterwards(t, site.close);
  return site;
}

async function answer(site, request, response) {
  const path = decodeURIComponent(new URL(request.url, 'http://site').pathname);
  if (request.method === 'POST') return take(site, path, request, response);
  const prefix = Object.keys(site.mounts)
    .filter((mount) => path.startsWith(mount))
    .sort((a, b) => b.length - a.length)[0];
  const name = normalize(path.slice(prefix.length) || 'index.html');
  try {
    if (name.startsWith('..')) throw new Error('outside of the folder');
    const file = join(site.mounts[prefix], name.endsWith('/') ? `${name}index.html` : name);
    let bytes = await readFile(file);
    if (site.replace[path]) bytes = await site.replace[path](bytes);
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'cache-control': 'no-store',
      ...site.headers[path],
    });
    response.end(bytes);
  } catch {
    response.writeHead(404, { 'content-type': 'text/plain' });
    response.end(`there is no ${path} here\n`);
  }
}

async function take(site, path, request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const taker = site.posts[path];
  taker?.(Buffer.concat(chunks).toString());
  response.writeHead(taker ? 204 : 404).end();
}
