/// <reference lib="webworker" />
// The service worker keeps the page's shell: html, css, scripts, the module, the icons. One build
// is one cache, filled whole and checked before it is used, so a page never gets a mix of two
// builds. Records are none of its business; /graphql and other origins pass by.

declare const self: ServiceWorkerGlobalScope;
/** Written by build.mjs: the build's hash, and each file with its hash for the integrity check. */
declare const BUILD: string;
declare const SHELL: readonly { path: string; integrity: string }[];

const scope = new URL(self.registration.scope);
const prefix = `deltabase-demo ${scope.pathname} `;
const cacheName = prefix + BUILD;
const page = './';
const paths = new Map(SHELL.map(({ path }) => [new URL(path, scope).pathname, path]));

/** Fetches the page and makes sure that it belongs to this build; hosts may alter html, so no hash. */
async function fetchPage(): Promise<Response> {
  const response = await fetch(page, { cache: 'no-cache' });
  const text = await response.clone().text();
  if (!response.ok || response.redirected || !text.includes(`name="build" content="${BUILD}"`)) {
    throw new Error(`The page at ${scope.href} is not of build ${BUILD}; the next visit tries again.`);
  }
  return response;
}

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  await Promise.all([
    fetchPage().then((response) => cache.put(page, response)),
    cache.addAll(SHELL.map(({ path, integrity }) => new Request(path, { cache: 'no-cache', integrity }))),
  ]);
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(prefix) && name !== cacheName).map((name) => caches.delete(name)),
  );
  await self.clients.claim();
}

async function cached(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? fetch(request);
}

/** In this life of the worker, a newer build was already asked to take over. */
let asked = false;

/**
 * A navigation. When a newer build waits and no other tab runs this one, it takes over now: the
 * answer asks the browser to load the page again, which then comes from the newer build. The newer
 * worker becomes active when this one has nothing to do, so a second such answer leaves it a second.
 */
async function navigate(request: Request): Promise<Response> {
  const waiting = self.registration.waiting;
  if (waiting && (await self.clients.matchAll({ type: 'window' })).length < 2) {
    waiting.postMessage('take over');
    // The icon keeps the browser from asking the host for /favicon.ico.
    const blank = '<!doctype html><title>Deltabase</title><link rel="icon" href="./icon.svg">';
    const again = asked ? '1' : '0';
    asked = true;
    return new Response(blank, { headers: { 'Content-Type': 'text/html', Refresh: again } });
  }
  return cached(page, request);
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('message', (event) => {
  if (event.data === 'take over') void self.skipWaiting();
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const url = new URL(request.url);
  if (url.origin !== scope.origin) return;
  if (request.mode === 'navigate') {
    if (url.pathname === scope.pathname || url.pathname === `${scope.pathname}index.html`)
      event.respondWith(navigate(request));
    return;
  }
  const path = paths.get(url.pathname);
  if (path !== undefined) event.respondWith(cached(path, request));
});

export {};
