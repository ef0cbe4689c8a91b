import { strict as assert } from 'node:assert';
import { afterEach, test } from 'node:test';
import { Marker } from './marker.js';

/** localStorage as far as a marker uses it. */
class Kept extends Map<string, string> {
  getItem = (key: string): string | null => this.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.set(key, value);
}

const use = (descriptor: PropertyDescriptor) =>
  Object.defineProperty(globalThis, 'localStorage', { configurable: true, ...descriptor });

afterEach(() => use({ value: undefined }));

test('a page without localStorage remembers nothing, and says so', () => {
  use({ value: undefined });
  const marker = new Marker('db');
  marker.keep('one');
  marker.noteUnsent(true);
  assert.equal(marker.read(), undefined);
  use({
    get: () => {
      throw new Error('SecurityError');
    },
  });
  assert.equal(marker.read(), undefined);
});

test('a full localStorage is no error', () => {
  const kept = new Kept();
  kept.setItem = () => {
    throw new Error('QuotaExceededError');
  };
  use({ value: kept });
  const marker = new Marker('db');
  marker.keep('one');
  assert.equal(marker.read(), '');
});

test('the marker of a database, and whether changes are unsent', () => {
  const kept = new Kept();
  use({ value: kept });
  const marker = new Marker('db');
  assert.equal(marker.read(), '');
  marker.noteUnsent(true); // before the engine gave one there is nothing to write
  assert.equal(kept.size, 0);
  marker.keep('one');
  assert.deepEqual([...kept], [['deltabase:db', 'one+']]);
  marker.noteUnsent(false);
  assert.equal(marker.read(), 'one');

  const next = new Marker('db'); // another page, or the same one later
  next.noteUnsent(true);
  assert.equal(next.read(), 'one+');
  assert.equal(new Marker('other').read(), '');
});
