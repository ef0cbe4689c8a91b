// The runtime's tables of functions, written anew with what the program needs to run: sizes of
// frames, which slots of them hold pointers, names. Left out is what only stack traces of crashes
// and the preemption that WebAssembly doesn't have would read: files and lines, inlined calls,
// arguments, unsafe points.
//
// A function's record refers to its name (in names), to tables over program counters (in pctab)
// and to maps of its frame (in gofunc). runtime/symtab.go and internal/abi/symtab.go have the layout.

const header = { magic: 0xfffffff1, nfunc: 8, names: 32, cutab: 40, pctab: 56, functab: 64 };
const record = {
  name: 4,
  pcsp: 16,
  pcfile: 20,
  pcln: 24,
  npcdata: 28,
  cuOffset: 32,
  startLine: 36,
  nfuncdata: 43,
  bytes: 44,
};

/** Words of runtime.moduledata: pointers, and of slices the pointers. */
const moduledata = { names: 1, pctab: 10, functab: 16, findfunctab: 19, gofunc: 40 };

const pcdataStackMap = 1;
const pcdataPanicBounds = 4;
const funcdata = { args: 0, locals: 1, stackObjects: 2, deferInfo: 4 };
const none = 0xffffffff;

/** The index by program counter points up to this many functions back; the runtime searches on from there. */
const indexStep = 4;

/** An entry of the index: a function's number and 16 offsets to it, for each 4 kB of program counters. */
const bucketBytes = 20;
const bucketsPerFunction = 16;

/** Slots that every record has: equal sizes make the table of functions regular. */
const slots = { pcdata: pcdataStackMap + 1, funcdata: funcdata.stackObjects + 1 };

export function shrinkTables(memory) {
  const tables = findTables(memory);
  const records = readRecords(memory, tables);
  writeNames(memory, tables, records);
  writePcTables(memory, tables, records);
  writeFuncdata(memory, tables, records);
  writeRecords(memory, tables, records);
  memory.fill(0, tables.cutab, tables.pctab); // compilation units and file names
  coarsenIndex(memory, tables);
}

function findTables(memory) {
  const magic = Buffer.alloc(8);
  magic.writeUInt32LE(header.magic);
  magic[6] = 1; // the smallest instruction
  magic[7] = 8; // bytes of a pointer
  const start = memory.indexOf(magic);
  if (start < 0 || memory.indexOf(magic, start + 1) >= 0) {
    throw new Error('the table of functions was not found; has Go changed its layout?');
  }
  const word = (at) => Number(memory.readBigUInt64LE(at));
  const tables = { count: word(start + header.nfunc) };
  for (const field of ['names', 'cutab', 'pctab', 'functab']) tables[field] = start + word(start + header[field]);
  const pointers = Buffer.alloc(16);
  pointers.writeBigUInt64LE(BigInt(start));
  pointers.writeBigUInt64LE(BigInt(tables.names), 8);
  const data = memory.indexOf(pointers);
  const same = (field) => word(data + 8 * moduledata[field]) === tables[field];
  tables.gofunc = word(data + 8 * moduledata.gofunc);
  tables.end = word(data + 8 * moduledata.findfunctab);
  if (
    data < 0 ||
    !same('pctab') ||
    !same('functab') ||
    !(tables.functab < tables.gofunc && tables.gofunc < tables.end)
  ) {
    throw new Error("the module's description was not found; has Go changed its layout?");
  }
  return tables;
}

function readRecords(memory, { functab, gofunc, count }) {
  return Array.from({ length: count }, (_, i) => {
    const at = functab + memory.readUInt32LE(functab + i * 8 + 4);
    const npcdata = memory.readUInt32LE(at + record.npcdata);
    const nfuncdata = memory[at + record.nfuncdata];
    const end = at + record.bytes + 4 * (npcdata + nfuncdata);
    if (end > gofunc) throw new Error('a function record lies outside of its table');
    const head = Buffer.from(memory.subarray(at, at + record.bytes));
    for (const field of [record.pcfile, record.pcln, record.cuOffset, record.startLine]) head.writeUInt32LE(0, field);
    const list = (from, length) => Array.from({ length }, (_, k) => memory.readUInt32LE(from + 4 * k));
    const pcdata = list(at + record.bytes, npcdata).map((offset, k) =>
      k === pcdataStackMap || k === pcdataPanicBounds ? offset : 0,
    );
    const kept = Object.values(funcdata);
    const data = list(end - 4 * nfuncdata, nfuncdata).map((offset, k) => (kept.includes(k) ? offset : none));
    return { head, pcdata: fit(pcdata, slots.pcdata, 0), funcdata: fit(data, slots.funcdata, none) };
  });
}

/** Drops empty slots at the end and fills up to the smallest number. */
function fit(list, least, empty) {
  while (list.length > least && list.at(-1) === empty) list.pop();
  while (list.length < least) list.push(empty);
  return list;
}

/** Copies pieces of memory one after the other; of equal ones there is one. */
class Pieces {
  #memory;
  #start;
  #bytes;
  #moved = new Map();
  #same = new Map();

  constructor(memory, start, first = []) {
    this.#memory = memory;
    this.#start = start;
    this.#bytes = [...first];
  }

  /** The new offset of the piece at an old offset. */
  move(offset, end, align = 1, change = (bytes) => bytes) {
    if (this.#moved.has(offset)) return this.#moved.get(offset);
    const bytes = change(this.#memory.subarray(this.#start + offset, end(this.#start + offset)));
    const key = `${align} ${bytes.toString('latin1')}`;
    if (!this.#same.has(key)) {
      while (this.#bytes.length % align) this.#bytes.push(0);
      this.#same.set(key, this.#bytes.length);
      for (const byte of bytes) this.#bytes.push(byte);
    }
    this.#moved.set(offset, this.#same.get(key));
    return this.#same.get(key);
  }

  write(end) {
    if (this.#start + this.#bytes.length > end) throw new Error('a table has grown');
    this.#memory.fill(0, this.#start, end);
    this.#memory.set(this.#bytes, this.#start);
  }
}

function writeNames(memory, { names, cutab }, records) {
  const pieces = new Pieces(memory, names);
  for (const { head } of records) {
    const offset = pieces.move(head.readUInt32LE(record.name), (at) => memory.indexOf(0, at) + 1, 1, shortName);
    head.writeUInt32LE(offset, record.name);
  }
  pieces.write(cutab);
}

/** Type arguments, which stack traces print as [...], and the types of equality functions are left out. */
function shortName(bytes) {
  const name = bytes.toString('latin1');
  if (name.startsWith('type:')) return Buffer.from(`${name.split('.', 2).join('.')}\0`, 'latin1');
  const [open, close] = [name.indexOf('['), name.lastIndexOf(']')];
  return open < 0 || close < open ? bytes : Buffer.from(name.slice(0, open + 1) + name.slice(close), 'latin1');
}

function writePcTables(memory, { pctab, functab }, records) {
  const pieces = new Pieces(memory, pctab, [0]); // offset 0 stands for no table
  const move = (offset) => (offset === 0 ? 0 : pieces.move(offset, (at) => endOfPcTable(memory, at)));
  for (const entry of records) {
    entry.head.writeUInt32LE(move(entry.head.readUInt32LE(record.pcsp)), record.pcsp);
    entry.pcdata = entry.pcdata.map(move);
  }
  pieces.write(functab);
}

/** A table is pairs of numbers (value, program counter) and ends with a value of 0, the first excepted. */
function endOfPcTable(memory, start) {
  let at = start;
  for (let first = true; ; first = false) {
    if (memory[at] === 0 && !first) return at + 1;
    at = endOfNumber(memory, endOfNumber(memory, at));
  }
}

function endOfNumber(memory, at) {
  while (memory[at] >= 0x80) at++;
  return at + 1;
}

function writeFuncdata(memory, { gofunc, end }, records) {
  const word = (at) => memory.readUInt32LE(at);
  const bitmaps = (at) => at + 8 + word(at) * ((word(at + 4) + 7) >> 3);
  const kinds = [
    [funcdata.args, 4, bitmaps],
    [funcdata.locals, 4, bitmaps],
    [funcdata.stackObjects, 8, (at) => at + 8 + 16 * word(at)],
    [funcdata.deferInfo, 1, (at) => endOfNumber(memory, endOfNumber(memory, at))],
  ];
  const pieces = new Pieces(memory, gofunc);
  for (const [kind, align, endOf] of kinds) {
    for (const { funcdata: list } of records) {
      if (kind < list.length && list[kind] !== none) list[kind] = pieces.move(list[kind], endOf, align);
    }
  }
  pieces.write(end);
}

function writeRecords(memory, { functab, gofunc, count }, records) {
  let offset = count * 8 + 8;
  const bytes = records.map(({ head, pcdata, funcdata: list }, i) => {
    head.writeUInt32LE(pcdata.length, record.npcdata);
    head[record.nfuncdata] = list.length;
    memory.writeUInt32LE(offset, functab + i * 8 + 4);
    const rest = Buffer.alloc(4 * (pcdata.length + list.length));
    for (const [k, value] of [...pcdata, ...list].entries()) rest.writeUInt32LE(value, 4 * k);
    offset += head.length + rest.length;
    return Buffer.concat([head, rest]);
  });
  if (functab + offset > gofunc) throw new Error('the table of functions has grown');
  memory.fill(0, functab + count * 8 + 8, gofunc);
  memory.set(Buffer.concat(bytes), functab + count * 8 + 8);
}

/** Without this every function has a number of its own in the index; now a few in a row have the same. */
function coarsenIndex(memory, { end, count }) {
  for (let i = 0; i < (count - 1) * bucketsPerFunction; i++) {
    const at = end + i * bucketBytes;
    const own = memory.readUInt32LE(at);
    if (
      own !== Math.floor(i / bucketsPerFunction) ||
      memory.readBigUInt64LE(at + 4) ||
      memory.readBigUInt64LE(at + 12)
    ) {
      throw new Error('the index of functions is not the one that is known; has Go changed its layout?');
    }
    memory.writeUInt32LE(own - (own % indexStep), at);
  }
}
