// Makes a Go module smaller for the wire without changing what it does:
//
//   - The runtime's tables of functions are written anew without what only stack traces of crashes
//     read (js/build/shrinktables.mjs); functions keep their names there, positions show as "?".
//   - Go's linker writes tens of thousands of data segments, a new one after every eight zero
//     bytes. Few large ones compress better.
//
// Together this takes about a fifth off the compressed module. The layout is that of Go 1.26; a
// module that looks different is refused.
import { shrinkTables } from './shrinktables.mjs';

/** Zero bytes in a row that are worth a new data segment. */
const gapBytesMin = 256;

const dataSection = 11;
const pageBytes = 65_536;

export function shrink(wasm) {
  const sections = readSections(wasm);
  const data = sections.find((section) => section.id === dataSection);
  if (!data) throw new Error('the module has no data section');
  const memory = readSegments(wasm.subarray(data.start, data.end));
  shrinkTables(memory);
  const parts = [wasm.subarray(0, 8)];
  for (const { id, start, end } of sections) {
    const body = id === dataSection ? writeSegments(memory) : wasm.subarray(start, end);
    parts.push(Buffer.from([id]), unsigned(body.length), body);
  }
  return Buffer.concat(parts);
}

function readSections(wasm) {
  const sections = [];
  const at = { i: 8 };
  while (at.i < wasm.length) {
    const id = wasm[at.i++];
    const length = readUnsigned(wasm, at);
    sections.push({ id, start: at.i, end: at.i + length });
    at.i += length;
  }
  return sections;
}

/** The memory that the data segments fill, from address 0. */
function readSegments(body) {
  const at = { i: 0 };
  const segments = [];
  for (let n = readUnsigned(body, at); n > 0; n--) {
    const [mode, opcode] = [body[at.i++], body[at.i++]];
    if (mode !== 0 || opcode !== 0x41) throw new Error('a data segment is not placed by a constant');
    const address = readSigned(body, at);
    at.i++; // end of the expression
    const length = readUnsigned(body, at);
    segments.push({ address, bytes: body.subarray(at.i, at.i + length) });
    at.i += length;
  }
  const end = Math.max(...segments.slice(-1).map(({ address, bytes }) => address + bytes.length));
  const memory = Buffer.alloc(Math.ceil(end / pageBytes) * pageBytes);
  for (const { address, bytes } of segments) memory.set(bytes, address);
  return memory;
}

function writeSegments(memory) {
  const segments = [];
  let start = -1;
  let zeros = 0;
  const close = (end) => {
    const bytes = memory.subarray(start, end);
    segments.push(Buffer.from([0, 0x41]), signed(start), Buffer.from([0x0b]), unsigned(bytes.length), bytes);
    start = -1;
  };
  for (let i = 0; i < memory.length; i++) {
    if (memory[i] !== 0) {
      if (start < 0) start = i;
      zeros = 0;
    } else if (++zeros === gapBytesMin && start >= 0) {
      close(i + 1 - zeros);
    }
  }
  if (start >= 0) close(memory.length - zeros);
  return Buffer.concat([unsigned(segments.length / 5), ...segments]);
}

function readUnsigned(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at.i++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
}

function readSigned(bytes, at) {
  let value = 0;
  for (let shift = 0; ; ) {
    const byte = bytes[at.i++];
    value |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte < 0x80) return shift < 32 && byte & 0x40 ? value | (-1 << shift) : value;
  }
}

function unsigned(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return Buffer.from([...bytes, value]);
}

function signed(value) {
  const bytes = [];
  for (; value > 63 || value < -64; value >>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value & 0x7f]);
}
