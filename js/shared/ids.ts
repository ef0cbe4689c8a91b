/** A random UUID, version 4. randomUUID exists in secure contexts only; getRandomValues everywhere. */
export function uuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A 64-bit hash as 16 hex digits (two rounds of 32-bit FNV-1a from different starts). */
export function hash(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const round = (start: number) => {
    let h = start;
    for (const b of bytes) h = Math.imul(h ^ b, 0x01000193);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    return (h >>> 0).toString(16).padStart(8, '0');
  };
  return round(0x811c9dc5) + round(0x5bd1e995);
}
