// The bridge between the module (Go) and its host (TypeScript) is packets of bytes. It is written
// twice, here and in wasm/bridge.go, under this same comment:
//
//	offset  size  what
//	0       1     kind, from the lists below
//	1       1     number of parts
//	2       2     zero
//	4       8     id, little endian, below 2^53: of a call, an observer or an effect; 0 for none
//	12            the parts: each a length (u32, little endian) and that many bytes
//
// Text is UTF-8, numbers in parts are decimal text. On the way into the module a packet follows a
// moment: the host's clock in ms since 1970 (f64) and a fresh random number (u64), both little
// endian, so that the module needs neither a clock nor a source of randomness of its own.
//
// A filter among the arguments of a query, an observer or a delete is AppSync's filter input, in which a relation takes
// a filter of the other model: {"and":[{"title":{"eq":"a"}},{"blog":{"name":{"eq":"x"}}}]}. Conditions and sync
// expressions have no relations: a server reads them as well.
//
// The first packet in either direction is a version packet. Sides that differ in protocol or
// build don't talk any further: the host reports version_skew.

export const protocolVersion = '1';
const headBytes = 12;
export const momentBytes = 16;

/** Kinds into the module. */
export const In = {
  version: 1, // [protocol, build, database, "1" when the host reads the database ahead, else "0"]
  tabJoined: 2, // [tab]
  tabGone: 3, // [tab]
  call: 4, // call: [tab, operation, arguments as JSON]
  unobserve: 5, // observer: [tab]
  answered: 6, // effect: [HTTP status, Retry-After in ms, body]
  sendFailed: 7, // effect: [code, message]
  socketOpened: 8, // effect
  socketMessage: 9, // effect: [text]
  socketClosed: 10, // effect: [code, reason]
  handlerAnswered: 11, // effect: [decision, model or fields as JSON, or empty]
  handlerFailed: 12, // effect: [message]
  online: 13,
  offline: 14,
  tick: 15,
  close: 16, // finish what is being written, close the database, answer Out.closed
  tokenAnswered: 17, // effect: [credentials as JSON, null when nobody is signed in]
  tokenFailed: 18, // effect: [message]
  resumed: 19, // ["1" when the device slept, else "0"]
  preread: 20, // [area, then key and text of entries that were read ahead]
  prereadEnd: 21, // ["1" when that was the whole database, else "0"; why the browser removed it before, or empty]
} as const;

/** Kinds out of the module. */
export const Out = {
  version: 65, // [protocol, build]
  reply: 66, // call: [tab, body as JSON]
  refusal: 67, // call: [tab, code, message, detail as JSON or empty]
  notify: 68, // observer: [tab, body as JSON]
  report: 69, // [tab or empty, body as JSON]
  announce: 70, // [tab or empty, event, JSON or empty]
  send: 71, // effect: [name, URL, timeout in ms, body, then name and value of each header]
  openSocket: 72, // effect: [URL, then the subprotocols]
  writeSocket: 73, // effect: [text]
  closeSocket: 74, // effect: [code]
  askHandler: 75, // effect: [tab, conflict as JSON]
  wake: 76, // [time in ms since 1970, 0 for never]
  cancel: 77, // effect
  setGate: 78, // ["1" closed, "0" open]
  halt: 79, // [code, message]
  closed: 80,
  died: 81, // [message]
  askToken: 82, // effect: [tab, auth mode, "1" when the last token was refused, else "0"]
  askMigration: 83, // effect: [tab, change as JSON]
} as const;

export type Part = string | Uint8Array;

/** A decoded packet. Its parts are views on the bytes it was read from. */
export interface Packet {
  kind: number;
  id: number;
  parts: Uint8Array[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const textOf = (part: Uint8Array | undefined): string => (part ? decoder.decode(part) : '');

/** The most bytes that a packet can need: a UTF-16 unit takes at most 3 bytes of UTF-8. */
export function packetBytesMax(parts: readonly Part[]): number {
  let n = headBytes;
  for (const part of parts) n += 4 + (typeof part === 'string' ? part.length * 3 : part.length);
  return n;
}

/** Writes a packet at the beginning of target and returns its length in bytes. */
export function writePacket(target: Uint8Array, kind: number, id: number, parts: readonly Part[]): number {
  if (parts.length > 255) throw new RangeError('bridge: a packet has at most 255 parts');
  if (!Number.isSafeInteger(id) || id < 0) throw new RangeError('bridge: an id is a whole number below 2^53');
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  target[0] = kind;
  target[1] = parts.length;
  view.setUint16(2, 0);
  view.setUint32(4, id % 2 ** 32, true);
  view.setUint32(8, Math.floor(id / 2 ** 32), true);
  let at = headBytes;
  for (const part of parts) {
    let n: number;
    if (typeof part === 'string') {
      n = encoder.encodeInto(part, target.subarray(at + 4)).written;
    } else {
      n = part.length;
      target.set(part, at + 4);
    }
    view.setUint32(at, n, true);
    at += 4 + n;
  }
  return at;
}

/** Decodes exactly one packet; anything else throws. */
export function readPacket(bytes: Uint8Array): Packet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headBytes || view.getUint16(2) !== 0) throw malformed();
  const id = view.getUint32(8, true) * 2 ** 32 + view.getUint32(4, true);
  if (!Number.isSafeInteger(id)) throw malformed();
  const parts: Uint8Array[] = [];
  let at = headBytes;
  for (let i = bytes[1]; i > 0; i--) {
    if (at + 4 > bytes.length) throw malformed();
    const end = at + 4 + view.getUint32(at, true);
    if (end > bytes.length) throw malformed();
    parts.push(bytes.subarray(at + 4, end));
    at = end;
  }
  if (at !== bytes.length) throw malformed();
  return { kind: bytes[0], id, parts };
}

const malformed = () => new Error('bridge: malformed packet');
