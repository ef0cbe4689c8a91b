// The entry deltabase/vue.
import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue, watchEffect } from 'vue';
import type { Live } from './live.js';
import { inPage } from './page.js';

export * from './live.js';

/**
 * A ref that follows a value while its component or scope lives: `useLive(() => liveQuery(Post, (p) =>
 * p.rating.ge(least.value)))` asks anew when `least` changes. On a server it stays as it begins.
 */
export function useLive<T>(live: MaybeRefOrGetter<Live<T>>): Readonly<ShallowRef<T>> {
  const shown = shallowRef(toValue(live).getSnapshot());
  if (!inPage()) return shown;
  watchEffect((onCleanup) => {
    onCleanup(
      toValue(live).subscribe((value) => {
        shown.value = value;
      }),
    );
  });
  return shown;
}
