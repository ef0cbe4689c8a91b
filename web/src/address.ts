/** Which server the page talks to, and why it cannot if the address says nonsense. */
export interface Address {
  endpoint: string;
  apiKey: string;
  /** The endpoint was named in the page's own address. */
  named: boolean;
  /** Distinguishes the databases of different servers on one origin; '' for the page's own. */
  suffix: string;
  fault?: string;
}

const demoKey = 'da2-demo';

/** Eight hex digits (FNV-1a) that keep the databases of different endpoints apart. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** Reads ?endpoint= and ?apiKey=; without them the page's own origin and the demo's key. */
export function readAddress(page: URL): Address {
  const own = new URL('/graphql', page.origin).href;
  const apiKey = page.searchParams.get('apiKey') ?? demoKey;
  const wanted = page.searchParams.get('endpoint');
  if (wanted === null) return { endpoint: own, apiKey, named: false, suffix: '' };
  const fault = `The address after ?endpoint= is “${wanted}”. Write a whole one, like ?endpoint=${own}`;
  let endpoint: URL;
  try {
    endpoint = new URL(wanted);
  } catch {
    return { endpoint: own, apiKey, named: true, suffix: '', fault };
  }
  if (endpoint.protocol !== 'http:' && endpoint.protocol !== 'https:') {
    return { endpoint: own, apiKey, named: true, suffix: '', fault };
  }
  const suffix = endpoint.href === own ? '' : `-${shortHash(endpoint.href)}`;
  return { endpoint: endpoint.href, apiKey, named: true, suffix };
}
