import {
  In,
  momentBytes,
  Out,
  type Packet,
  type Part,
  packetBytesMax,
  protocolVersion,
  readPacket,
  textOf,
  writePacket,
} from './bridge.js';
import { compiledCode } from './code.js';

// One run of the Go program: packets in, packets out, and the news of its death. The compiled code
// is kept, so the next run after a death starts in milliseconds.

/** The hash of the Go sources that this file was built with; the build script puts it in. */
declare const __MODULE__: string;

/** Go's own loader, see $(go env GOROOT)/lib/wasm/wasm_exec.js; the build script bundles it. */
interface GoRun {
  importObject: WebAssembly.Imports;
  exited: boolean;
  run(instance: WebAssembly.Instance): Promise<void>;
  _resume(): void;
}
declare const Go: new () => GoRun;

interface Exports {
  buffer(bytes: number): number;
  receive(bytes: number): number;
  mem: WebAssembly.Memory;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** Compiles the module while it downloads, once per worker. */
export function compile(): Promise<WebAssembly.Module> {
  compiled ??= compiledCode().catch((e) => {
    compiled = undefined;
    throw e;
  });
  return compiled;
}

export interface ModuleListener {
  packet(packet: Packet): void;
  /** Called once, when the program ended or damaged itself. */
  died(message: string): void;
}

export class Module {
  readonly #listener: ModuleListener;
  #go: GoRun | null = null;
  #exports: Exports | null = null;
  #resuming = false;
  #scratch = new Uint8Array(64 * 1024);
  #random = new BigUint64Array(64);
  #randomLeft = 0;

  private constructor(listener: ModuleListener) {
    this.#listener = listener;
  }

  /** Starts the program and exchanges version packets. Rejects when the builds differ. ahead: the database is read ahead. */
  static async start(database: string, listener: ModuleListener, ahead: boolean): Promise<Module> {
    const code = await compile();
    let greeted: (p: Packet) => void;
    const greeting = new Promise<Packet>((resolve) => (greeted = resolve));
    let failed: (e: Error) => void;
    const failure = new Promise<never>((_, reject) => (failed = reject));
    const module = new Module({
      packet: (p) => (p.kind === Out.version ? greeted(p) : listener.packet(p)),
      died: (message) => {
        failed(new Error(message));
        listener.died(message);
      },
    });
    failure.catch(() => {});
    await module.#run(code);
    module.send(In.version, 0, [protocolVersion, __MODULE__, database, ahead ? '1' : '0']);
    const { parts } = await Promise.race([greeting, failure]);
    if (textOf(parts[0]) !== protocolVersion || textOf(parts[1]) !== __MODULE__) {
      module.#go = null;
      throw new Skew(
        `deltabase.wasm was built from other sources (${textOf(parts[1])}) than engine.js (${__MODULE__}).`,
      );
    }
    return module;
  }

  async #run(code: WebAssembly.Module): Promise<void> {
    const go = new Go();
    go.importObject.deltabase = { emit: (at: number, bytes: number) => this.#emitted(at, bytes) };
    const instance = await WebAssembly.instantiate(code, go.importObject);
    this.#exports = instance.exports as unknown as Exports;
    this.#go = go;
    const ended = (why: string) => this.#die(why);
    go.run(instance).then(
      () => ended('the program ended'),
      (e) => ended(String(e)),
    );
  }

  #emitted(at: number, bytes: number): void {
    if (!this.#exports) return;
    // A copy, made at once: the module reuses its buffer, and its memory may grow.
    const packet = readPacket(new Uint8Array(this.#exports.mem.buffer, at >>> 0, bytes >>> 0).slice());
    if (packet.kind === Out.died) this.#die(textOf(packet.parts[0]));
    else this.#listener.packet(packet);
  }

  /** Hands a packet in. The program works on it when this task's other packets are in as well. */
  send(kind: number, id: number, parts: readonly Part[] = []): void {
    if (!this.#go || !this.#exports) return;
    const most = momentBytes + packetBytesMax(parts);
    if (this.#scratch.length < most) this.#scratch = new Uint8Array(Math.max(most, this.#scratch.length * 2));
    const moment = new DataView(this.#scratch.buffer);
    moment.setFloat64(0, Date.now(), true);
    moment.setBigUint64(8, this.#nextRandom(), true);
    const bytes = momentBytes + writePacket(this.#scratch.subarray(momentBytes), kind, id, parts);
    try {
      const at = this.#exports.buffer(bytes) >>> 0;
      // Made anew each time: buffer() may have grown the memory.
      new Uint8Array(this.#exports.mem.buffer, at, bytes).set(this.#scratch.subarray(0, bytes));
      if (this.#go.exited || this.#exports.receive(bytes) !== 1) return this.#die('the program no longer listens');
    } catch (e) {
      return this.#die(String(e));
    }
    if (this.#scratch.length > scratchBytesKept) this.#scratch = new Uint8Array(64 * 1024);
    if (!this.#resuming) {
      this.#resuming = true;
      queueMicrotask(() => this.#resume());
    }
  }

  #resume(): void {
    this.#resuming = false;
    try {
      if (this.#go && !this.#go.exited) this.#go._resume();
    } catch (e) {
      this.#die(String(e));
    }
  }

  #nextRandom(): bigint {
    if (this.#randomLeft === 0) {
      crypto.getRandomValues(this.#random);
      this.#randomLeft = this.#random.length;
    }
    return this.#random[--this.#randomLeft];
  }

  #die(message: string): void {
    if (!this.#go) return;
    this.#go = null;
    this.#exports = null;
    this.#listener.died(message);
  }

  /** Stops listening to a program that closed its database. */
  abandon(): void {
    this.#go = null;
    this.#exports = null;
  }
}

/** A scratch buffer above this is given back after use. */
const scratchBytesKept = 1 << 20;

/** The worker's script and its module come from different builds. */
export class Skew extends Error {}
