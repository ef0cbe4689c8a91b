// What a page remembers of its local database outside of IndexedDB. When a browser is short of
// room it removes what a site keeps, not always all of it at once: if only one side knows the
// marker, the engine reports evicted and fetches everything again.

/** localStorage, where the page may use it. */
function memory(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined; // a sandboxed frame, or site data that is refused
  }
}

export class Marker {
  readonly #key: string;
  #id = '';
  #unsent = false;

  constructor(database: string) {
    this.#key = `deltabase:${database}`;
  }

  /** The marker as it was kept, '' for none, undefined where a page can't remember. */
  read(): string | undefined {
    try {
      return memory() && (memory()!.getItem(this.#key) ?? '');
    } catch {
      return undefined;
    }
  }

  /** Keeps the marker that the engine gave to its database. */
  keep(id: string): void {
    this.#id = id;
    this.#write();
  }

  /** Notes whether changes are unsent, so that an eviction can tell what went with it. */
  noteUnsent(unsent: boolean): void {
    if (unsent === this.#unsent) return;
    this.#unsent = unsent;
    this.#id ||= (this.read() ?? '').replace('+', '');
    if (this.#id) this.#write();
  }

  #write(): void {
    try {
      memory()?.setItem(this.#key, this.#id + (this.#unsent ? '+' : ''));
    } catch {
      // full: without it the next start reports an eviction that was none, and pulls everything
    }
  }
}
