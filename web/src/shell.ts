import { byId, setText } from './dom.js';
import type { EventLog } from './event-log.js';

/**
 * Keeps the page itself for offline reloads, and tells of a newer build. A new build is fetched
 * whole and waits; it takes over at a reload, so that a page never runs a mix of two.
 */
export async function keepShell(log: EventLog): Promise<void> {
  if (!('serviceWorker' in navigator)) {
    log.say(null, 'page', 'This browser cannot keep the page itself for offline reloads; the records are kept.');
    return;
  }
  const { serviceWorker } = navigator;
  const controlled = serviceWorker.controller !== null;
  let asked = false;
  byId('news-reload').addEventListener('click', () => {
    asked = true;
    void serviceWorker.getRegistration().then((found) => {
      if (found?.waiting) found.waiting.postMessage('take over');
      else location.reload();
    });
  });
  serviceWorker.addEventListener('controllerchange', () => {
    if (asked) location.reload();
    else if (controlled) offer('This page was renewed in another tab.');
  });
  try {
    const registration = await serviceWorker.register('./sw.js', { scope: './', updateViaCache: 'none' });
    const watch = (worker: ServiceWorker | null): void =>
      worker?.addEventListener('statechange', () => {
        if (worker.state === 'installed' && serviceWorker.controller) offer('A newer build of this page is ready.');
      });
    watch(registration.installing);
    registration.addEventListener('updatefound', () => watch(registration.installing));
    if (registration.waiting && serviceWorker.controller) offer('A newer build of this page is ready.');
    await serviceWorker.ready;
    if (!controlled) log.say(null, 'page', 'This page now opens without a network, too.');
  } catch (fault) {
    log.say(
      null,
      'problem',
      `The page itself could not be kept for offline reloads: ${fault instanceof Error ? fault.message : String(fault)}`,
    );
  }
}

function offer(text: string): void {
  setText(byId('news-text'), text);
  byId('news').hidden = false;
}
