import { askProvider, type AuthProvider, type AuthProviders } from './auth.js';

/** The calls of auth providers that are under way, by mode: one answers all who ask meanwhile. */
export class ProviderCalls {
  readonly #asked = new Map<string, { provider: AuthProvider; refresh: boolean; answer: Promise<unknown> }>();

  ask(providers: AuthProviders, mode: string, refresh: boolean): Promise<unknown> {
    const provider = (providers as Record<string, AuthProvider | undefined>)[mode];
    if (!provider) return Promise.reject(new Error('its page has no such provider any more'));
    const asked = this.#asked.get(mode);
    if (asked?.provider === provider && asked.refresh === refresh) return asked.answer;
    const answer = askProvider(provider, refresh).finally(() => {
      if (this.#asked.get(mode)?.answer === answer) this.#asked.delete(mode);
    });
    this.#asked.set(mode, { provider, refresh, answer });
    return answer;
  }

  /** Drops the calls under way, which are the old user's: the next request calls its provider anew. */
  forget(): void {
    this.#asked.clear();
  }
}
