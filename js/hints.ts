import { limits } from './limits.js';
import type { Hint } from './messages.js';

// What the platform says about network, visibility and time, for the engine. All of it is a hint
// (sync/hints.go): Chromium gives no online and offline events to a SharedWorker, only its
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

/** The worker's own look at navigator.onLine and the clock. */
export class Pulse {
  readonly #say: (hint: Hint, slept: boolean) => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #online = true;
  #beatAt = 0;

  constructor(say: (hint: Hint, slept: boolean) => void) {
    this.#say = say;
  }

  /** An engine that begins believes that it is online. */
  begin(): void {
    this.end();
    this.#online = true;
    this.#beatAt = Date.now();
    this.#look();
    this.#timer = setInterval(() => this.#beat(), limits.pulseMs);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const now = Date.now();
    const late = now - this.#beatAt - limits.pulseMs;
    this.#beatAt = now;
    this.#look();
    if (late > limits.sleptMsMin) this.#say('resumed', true);
  }

  #look(): void {
    if (navigator.onLine === this.#online) return;
    this.#online = navigator.onLine;
    this.#say(this.#online ? 'online' : 'offline', false);
  }
}
