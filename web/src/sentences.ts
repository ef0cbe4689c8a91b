import type { Address } from './address.js';

interface Fault {
  code?: unknown;
  message?: unknown;
  recoverySuggestion?: unknown;
}

const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** What went wrong, as a sentence that says what to do. */
export function sentenceOf(fault: unknown, address: Address): string {
  const { code, message, recoverySuggestion } = (fault ?? {}) as Fault;
  const key = 'Open this page with the right one after ?apiKey= in its address.';
  switch (code) {
    case 'network':
      return `The server at ${address.endpoint} does not answer. You can go on; changes wait on this device.`;
    case 'unauthorized':
      return `The server refused the API key “${address.apiKey}”. ${key} Changes wait on this device.`;
    case 'second_tab':
      return 'This device is open in another tab, and this browser lets only one tab have it. Close the other tab and reload.';
    case 'version_skew':
      return 'Another tab runs a different build of this page. Reload this tab.';
    case 'quota':
      return 'The browser has no room left, so this was not stored. Free some space, then try again.';
    default:
  }
  const text = typeof message === 'string' && message ? message : String(fault);
  const advice = typeof recoverySuggestion === 'string' && recoverySuggestion ? ` ${ended(recoverySuggestion)}` : '';
  return ended(text) + advice;
}
