// The entry deltabase/solid.
import { type Accessor, createComputed, createSignal, onCleanup, untrack } from 'solid-js';
import type { Live } from './live.js';
import { inPage } from './page.js';

export * from './live.js';

/**
 * An accessor that follows a value while its owner lives: `useLive(() => liveQuery(Post, (p) => p.rating.ge(least())))`
 * asks anew when `least` changes. On a server it stays as it begins.
 */
export function useLive<T>(live: () => Live<T>): Accessor<T> {
  const [shown, show] = createSignal<T>(untrack(live).getSnapshot());
  if (inPage()) createComputed(() => onCleanup(live().subscribe((value) => void show(() => value))));
  return shown;
}
