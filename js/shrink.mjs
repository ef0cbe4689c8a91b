// Makes a Go module smaller for the wire without changing what it does:
//
//   - The tables that map program counters to files and lines are blanked. Only stack traces of
//     crashes read them; functions keep their names there, positions show as "?".
//   - Go's linker writes tens of thousands of data segments, a new one after every eight zero
//     bytes. Few large ones compress better.
//
// Together this takes about 15 % off the compressed module. The layout is that of Go 1.20 and
// later; a module that looks different is refused.

/** Zero bytes in a row that are worth a new data segment. */
const gapBytesMin = 256

const dataSection = 11
const pageBytes = 65_536

/** Layout of the header of runtime.pclntab and of its function records (runtime/symtab.go). */
const header = { magic: 0xfffffff1, nfunc: 8, cutab: 40, filetab: 48, pctab: 56, functab: 64 }
const func = { pcsp: 16, pcfile: 20, pcln: 24, npcdata: 28, cuOffset: 32, startLine: 36, bytes: 44 }

export function shrink(wasm) {
  const sections = readSections(wasm)
  const data = sections.find((section) => section.id === dataSection)
  if (!data) throw new Error('the module has no data section')
  const memory = readSegments(wasm.subarray(data.start, data.end))
  blankLines(memory)
  const parts = [wasm.subarray(0, 8)]
  for (const { id, start, end } of sections) {
    const body = id === dataSection ? writeSegments(memory) : wasm.subarray(start, end)
    parts.push(Buffer.from([id]), unsigned(body.length), body)
  }
  return Buffer.concat(parts)
}

function readSections(wasm) {
  const sections = []
  const at = { i: 8 }
  while (at.i < wasm.length) {
    const id = wasm[at.i++]
    const length = readUnsigned(wasm, at)
    sections.push({ id, start: at.i, end: at.i + length })
    at.i += length
  }
  return sections
}

/** The memory that the data segments fill, from address 0. */
function readSegments(body) {
  const at = { i: 0 }
  const segments = []
  for (let n = readUnsigned(body, at); n > 0; n--) {
    const [mode, opcode] = [body[at.i++], body[at.i++]]
    if (mode !== 0 || opcode !== 0x41) throw new Error('a data segment is not placed by a constant')
    const address = readSigned(body, at)
    at.i++ // end of the expression
    const length = readUnsigned(body, at)
    segments.push({ address, bytes: body.subarray(at.i, at.i + length) })
    at.i += length
  }
  const end = Math.max(...segments.slice(-1).map(({ address, bytes }) => address + bytes.length))
  const memory = Buffer.alloc(Math.ceil(end / pageBytes) * pageBytes)
  for (const { address, bytes } of segments) memory.set(bytes, address)
  return memory
}

function writeSegments(memory) {
  const segments = []
  let start = -1
  let zeros = 0
  const close = (end) => {
    const bytes = memory.subarray(start, end)
    segments.push(Buffer.from([0, 0x41]), signed(start), Buffer.from([0x0b]), unsigned(bytes.length), bytes)
    start = -1
  }
  for (let i = 0; i < memory.length; i++) {
    if (memory[i] !== 0) {
      if (start < 0) start = i
      zeros = 0
    } else if (++zeros === gapBytesMin && start >= 0) {
      close(i + 1 - zeros)
    }
  }
  if (start >= 0) close(memory.length - zeros)
  return Buffer.concat([unsigned(segments.length / 5), ...segments])
}

function blankLines(memory) {
  const table = findTable(memory)
  const offset = (field) => table + Number(memory.readBigUInt64LE(table + field))
  const [cutab, pctab, functab] = [offset(header.cutab), offset(header.pctab), offset(header.functab)]
  const count = Number(memory.readBigUInt64LE(table + header.nfunc))
  const [needed, lines] = [new Set(), new Set()]
  for (let i = 0; i < count; i++) {
    const at = functab + memory.readUInt32LE(functab + i * 8 + 4)
    if (at + func.bytes > memory.length) throw new Error('a function record lies outside of the memory')
    needed.add(memory.readUInt32LE(at + func.pcsp))
    for (let k = memory.readUInt32LE(at + func.npcdata); k > 0; k--) {
      needed.add(memory.readUInt32LE(at + func.bytes + 4 * (k - 1)))
    }
    for (const field of [func.pcfile, func.pcln]) lines.add(memory.readUInt32LE(at + field))
    for (const field of [func.pcfile, func.pcln, func.cuOffset, func.startLine]) memory.writeUInt32LE(0, at + field)
  }
  for (const start of lines) {
    if (!needed.has(start)) memory.fill(0, pctab + start, endOfTable(memory, pctab + start))
  }
  memory.fill(0, cutab, pctab) // compilation units and file names
}

function findTable(memory) {
  const magic = Buffer.alloc(8)
  magic.writeUInt32LE(header.magic)
  magic[6] = 1 // the smallest instruction
  magic[7] = 8 // bytes of a pointer
  const table = memory.indexOf(magic)
  if (table < 0 || memory.indexOf(magic, table + 1) >= 0) {
    throw new Error('the table of functions was not found; has Go changed its layout?')
  }
  return table
}

/** A table is pairs of numbers (value, program counter) and ends with a value of 0, the first excepted. */
function endOfTable(memory, start) {
  const at = { i: start }
  for (let first = true; ; first = false) {
    if (readUnsigned(memory, at) === 0 && !first) return at.i
    readUnsigned(memory, at)
  }
}

function readUnsigned(bytes, at) {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at.i++]
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return value
  }
}

function readSigned(bytes, at) {
  let value = 0
  for (let shift = 0; ; ) {
    const byte = bytes[at.i++]
    value |= (byte & 0x7f) << shift
    shift += 7
    if (byte < 0x80) return shift < 32 && byte & 0x40 ? value | (-1 << shift) : value
  }
}

function unsigned(value) {
  const bytes = []
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80)
  return Buffer.from([...bytes, value])
}

function signed(value) {
  const bytes = []
  for (; value > 63 || value < -64; value >>= 7) bytes.push((value & 0x7f) | 0x80)
  return Buffer.from([...bytes, value & 0x7f])
}
