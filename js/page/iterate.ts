import { badRequest } from '../shared/errors.js';
import { limits } from '../shared/limits.js';
import type { Observer, Subscription } from './observe.js';

/** What a `for await` loop has not taken yet. */
export type Waiting = 'all' | 'latest';

/**
 * Iterates over a stream. Values that come while the loop's body is busy wait in order; with 'latest' only the newest
 * one does. When more than limits.iteratorValuesMax wait, the ones before are still given, and the loop then ends with
 * bad_request, because no value may be left out untold. Leaving the loop unsubscribes.
 */
export function iterate<T>(
  subscribe: (observer: Observer<T>) => Subscription,
  waiting: Waiting,
): AsyncIterator<T, void> {
  const values: T[] = [];
  const readers: { resolve(result: IteratorResult<T, void>): void; reject(error: unknown): void }[] = [];
  let ended = false;
  let failure: { error: unknown } | undefined;
  const finished = { done: true, value: undefined } as const;

  const end = (failed?: { error: unknown }) => {
    if (ended) return;
    ended = true;
    failure = failed;
    for (const reader of readers.splice(0)) {
      if (failure) reader.reject(failure.error);
      else reader.resolve(finished);
      failure = undefined; // one hears of it, for the others the loop is over
    }
  };
  const subscription = subscribe({
    next(value) {
      if (ended) return;
      const reader = readers.shift();
      if (reader) return reader.resolve({ done: false, value });
      if (waiting === 'latest') values.length = 0;
      else if (values.length >= limits.iteratorValuesMax) {
        subscription.unsubscribe();
        return end({
          error: badRequest(
            `${limits.iteratorValuesMax} values wait for this loop, and more have come. Do less in its body, or subscribe().`,
          ),
        });
      }
      values.push(value);
    },
    error: (error) => end({ error }),
    complete: () => end(),
  });
  return {
    next() {
      if (values.length) return Promise.resolve({ done: false, value: values.shift() as T });
      if (!ended) return new Promise((resolve, reject) => readers.push({ resolve, reject }));
      const failed = failure;
      failure = undefined;
      return failed ? Promise.reject(failed.error) : Promise.resolve(finished);
    },
    return() {
      subscription.unsubscribe();
      values.length = 0;
      end();
      failure = undefined;
      return Promise.resolve(finished);
    },
  };
}
