import { Observable } from './observe.js';
import type { EnginePort } from './port.js';

interface Observer {
  next(body: any): void;
  error(e: unknown): void;
  complete(): void;
}

/** The observers of one store, by the numbers that its engine knows them by. */
export class Observers {
  readonly #ensure: () => Promise<EnginePort>;
  readonly #running = new Map<number, Observer>();

  /** ensure starts the store when it is not started. */
  constructor(ensure: () => Promise<EnginePort>) {
    this.#ensure = ensure;
  }

  /** Observes what args name, once for each subscriber; take makes its values of what the engine tells. */
  observe(args: object, take: (body: any, next: (v: any) => void) => void): Observable<any> {
    return new Observable((sink) => {
      let ended = false;
      let end = () => {};
      const begin = async () => {
        const port = await this.#ensure();
        if (ended) return;
        const { observer, begun } = port.observe(args);
        this.#running.set(observer, { ...sink, next: (body) => take(body, sink.next) });
        end = () => {
          this.#running.delete(observer);
          port.unobserve(observer);
        };
        await begun;
      };
      begin().catch((e) => {
        end();
        sink.error(e);
      });
      return () => {
        ended = true;
        end();
      };
    });
  }

  notify(observer: number, body: unknown): void {
    this.#running.get(observer)?.next(body);
  }

  /** Those that run, which hear nothing from here on but what the caller tells them. */
  takeAll(): Observer[] {
    const all = [...this.#running.values()];
    this.#running.clear();
    return all;
  }
}
