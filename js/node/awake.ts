import type { FromWorker, ToWorker } from '../shared/messages.js';

/** Long enough that it costs nothing; it is the reference that keeps the process alive, not what it does. */
const beatMs = 1 << 30;

/**
 * Keeps the process alive while a store works: from `start` to `stop` or `clear`, and while a call is unanswered. The
 * engine's own timers do not (globals.ts), so that a script or a test ends when its store is stopped.
 */
export class Awake {
  readonly #calls = new Map<number, string>();
  #started = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  asked(message: ToWorker): void {
    if (message.type !== 'call' || message.id === 0) return;
    this.#calls.set(message.id, message.operation);
    this.#look();
  }

  answered(message: FromWorker): void {
    if (message.type === 'lost') this.end();
    if (message.type !== 'reply' && message.type !== 'refusal') return;
    const operation = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.type === 'reply' && operation === 'start') this.#started = true;
    if (message.type === 'reply' && (operation === 'stop' || operation === 'clear')) this.#started = false;
    this.#look();
  }

  end(): void {
    this.#calls.clear();
    this.#started = false;
    this.#look();
  }

  #look(): void {
    const works = this.#started || this.#calls.size > 0;
    if (works) this.#timer ??= globalThis.setInterval(() => {}, beatMs);
    else {
      globalThis.clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
