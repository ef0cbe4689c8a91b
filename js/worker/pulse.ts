import { limits } from '../shared/limits.js';
import type { Hint } from '../shared/messages.js';

// What the worker itself sees of network and time; js/page/hints.ts says what pages pass on.

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
