import type { Hint } from '../shared/messages.js';

// What the platform says about network, visibility and time, for the engine. All of it is a hint
// (sync/link/hints.go): Chromium gives no online and offline events to a SharedWorker, only its
// navigator.onLine changes, and of a device that slept only the clock tells.

/** Passes on what a page hears; returns the function that ends it. */
export function watchHints(say: (hint: Hint) => void): () => void {
  const ends: (() => void)[] = [];
  const watch = (target: EventTarget | undefined, event: string, hear: () => void): void => {
    target?.addEventListener?.(event, hear);
    ends.push(() => target?.removeEventListener?.(event, hear));
  };
  const page = globalThis.document;
  const window = page ? globalThis : undefined;
  watch(window, 'online', () => say('online'));
  watch(window, 'offline', () => say('offline'));
  watch(window, 'pageshow', () => say('resumed'));
  watch(page, 'resume', () => say('resumed'));
  watch(page, 'visibilitychange', () => page.visibilityState === 'visible' && say('resumed'));
  return () => {
    for (const end of ends) end();
  };
}
