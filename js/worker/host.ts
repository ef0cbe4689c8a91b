import { In, Out, type Packet, textOf } from './bridge.js';
import { messageOf } from '../shared/errors.js';
import { uuid } from '../shared/ids.js';
import { limits } from '../shared/limits.js';
import { Pulse } from './pulse.js';
import {
  type Body,
  build,
  buildChannel,
  databaseLock,
  type FromWorker,
  hasLocks,
  type Hint,
  hold,
  type Outbound,
  tabLock,
  type ToWorker,
  whenReleased,
  workerLock,
} from '../shared/messages.js';
import { Module, Skew } from './module.js';
import { preread, tell } from './preread.js';
import { Transport } from './transport.js';

// The engine of one database, for all its tabs:
//
//	 closed ── hello ──► opening: lock, module, version ──► running
//	   ▲                    │ second_tab                      │ died (the lock stays; tabs greet again)
//	   │                    ▼                                 │ another build, fenced
//	   └──────────────── tabs told ◄── finishing: close ◄─────┘

interface Tab {
  name: string;
  schema: string;
  out: Outbound<FromWorker>;
  unwatch: () => void;
}

type State = 'closed' | 'opening' | 'running' | 'finishing';

/** What engines of one database tell each other. */
interface Yield {
  type: 'yield' | 'stay';
  from: string;
  build: string;
  dedicated: boolean;
}

const allowWasm =
  " A Content-Security-Policy that engine.js is served with needs script-src 'self' 'wasm-unsafe-eval'.";
const skewMessage = 'Another version of this app has taken over its database. Reload the page.';

/** Short bodies cross as text: to detach and to move many small buffers costs more than to copy them. */
const bodyOf = (part: Uint8Array | undefined): Body =>
  part && part.length > limits.textBodyBytesMax ? part : textOf(part);

export class Host {
  readonly id = uuid();
  readonly #dedicated: boolean;
  readonly #tabs = new Map<string, Tab>();
  #database = '';
  #state: State = 'closed';
  #module: Module | null = null;
  #transport: Transport | null = null;
  /** Packets for a module that is not running yet. */
  #early: [kind: number, id: number, parts: string[]][] = [];
  #releaseDatabase: (() => void) | null = null;
  #channel: BroadcastChannel | null = null;
  #finished: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #pulse = new Pulse((hint, slept) => this.#hinted(hint, slept));
  #gateClosed = false;

  /** ended: its worker was to be replaced, and it is done. */
  constructor(
    dedicated: boolean,
    readonly ended: () => void = () => self.close(),
  ) {
    this.#dedicated = dedicated;
  }

  /** A message of a tab; out is the way back to it. */
  receive(message: ToWorker, out: Outbound<FromWorker>, tab: string | undefined): void {
    if (message.type === 'hello') return this.#greeted(message, out);
    if (message.type === 'replace') return void this.#replace();
    if (tab === undefined || this.#tabs.get(tab)?.out !== out) return;
    switch (message.type) {
      case 'call':
        return this.#tell(In.call, message.id, [tab, message.operation, message.body]);
      case 'unobserve':
        return this.#tell(In.unobserve, message.observer, [tab]);
      case 'decided':
        return this.#tell(In.handlerAnswered, message.id, [message.decision, message.model]);
      case 'undecided':
        return this.#tell(In.handlerFailed, message.id, [message.message]);
      case 'token':
        return this.#tell(In.tokenAnswered, message.id, [message.credentials]);
      case 'noToken':
        return this.#tell(In.tokenFailed, message.id, [message.message]);
      case 'hint':
        return this.#hinted(message.hint, false);
      case 'bye':
        return this.#gone(tab);
    }
  }

  #greeted(hello: ToWorker & { type: 'hello' }, out: Outbound<FromWorker>): void {
    if (hello.build !== build) return out.send({ type: 'otherBuild', lock: workerLock(hello.database, this.id) });
    this.#database ||= hello.database;
    for (const tab of [...this.#tabs.values()]) {
      // One engine serves one schema: the newcomer's (rule 11).
      if (tab.schema !== hello.schema) this.#lose(tab, 'version_skew', skewMessage);
    }
    this.#tabs.get(hello.tab)?.unwatch();
    const unwatch = hello.locked
      ? whenReleased(tabLock(this.#database, hello.tab), () => this.#gone(hello.tab))
      : () => {};
    this.#tabs.set(hello.tab, { name: hello.tab, schema: hello.schema, out, unwatch });
    out.send({ type: 'welcome', lock: workerLock(this.#database, this.id) });
    if (this.#gateClosed) out.send({ type: 'gate', closed: true });
    this.#tell(In.tabJoined, 0, [hello.tab]);
    if (this.#state === 'closed') void this.#open();
  }

  #gone(name: string): void {
    const tab = this.#tabs.get(name);
    if (!tab) return;
    tab.unwatch();
    this.#tabs.delete(name);
    if (this.#state !== 'closed') this.#tell(In.tabGone, 0, [name]);
  }

  #lose(tab: Tab, code: string, message: string): void {
    tab.out.send({ type: 'lost', code, message });
    tab.out.flush();
    this.#gone(tab.name);
  }

  #loseAll(code: string, message: string): void {
    for (const tab of [...this.#tabs.values()]) this.#lose(tab, code, message);
  }

  #tell(kind: number, id = 0, parts: string[] = []): void {
    if (this.#state === 'running') this.#module!.send(kind, id, parts);
    else if (this.#state !== 'finishing') this.#early.push([kind, id, parts]);
  }

  #hinted(hint: Hint, slept: boolean): void {
    if (this.#state !== 'running') return;
    if (hint === 'resumed') this.#tell(In.resumed, 0, [slept ? '1' : '0']);
    else this.#tell(In[hint]);
  }

  async #open(): Promise<void> {
    this.#state = 'opening';
    try {
      const lock = await this.#lock();
      if (!lock) {
        this.#closeUp();
        return this.#loseAll(
          'second_tab',
          'This app is already open in another tab, and this browser lets only one work. Close the other one, then try again.',
        );
      }
      const transport = new Transport(uuid(), (kind, id, parts) => this.#module?.send(kind, id, parts));
      // Nobody else had it, so that nobody still writes what was begun: what is read now is what the module will find.
      const ahead = lock === 'free' ? preread(this.#database) : undefined;
      const listener = { packet: (p: Packet) => this.#packet(p), died: (message: string) => this.#died(message) };
      const module = await Module.start(this.#database, listener, ahead !== undefined);
      void ahead?.then((found) => tell(module, found));
      this.#transport = transport;
      this.#module = module;
      this.#state = 'running';
      this.#pulse.begin();
      const early = this.#early;
      this.#early = [];
      for (const [kind, id, parts] of early) module.send(kind, id, parts);
    } catch (e) {
      this.#closeUp();
      if (e instanceof Skew) this.#loseAll('version_skew', `${e.message} Clear the caches between you and the server.`);
      else
        this.#loseAll(
          'engine_died',
          `The engine could not be started: ${messageOf(e)}${e instanceof WebAssembly.CompileError ? allowWasm : ''}`,
        );
    }
  }

  /** Takes the database's lock, from an engine of another build if need be. free: nobody had it before. */
  async #lock(): Promise<'free' | 'taken' | null> {
    if (this.#releaseDatabase) return 'taken';
    const name = databaseLock(this.#database);
    const stolen = () => this.#fenced('fenced', 'Another engine took over the database.');
    this.#releaseDatabase = await hold(name, { ifAvailable: true }, stolen);
    const free = this.#releaseDatabase !== null && hasLocks();
    if (!this.#releaseDatabase) this.#releaseDatabase = await this.#askForLock(name, stolen);
    if (!this.#releaseDatabase) return null;
    this.#listen();
    return free ? 'free' : 'taken';
  }

  async #askForLock(name: string, stolen: () => void): Promise<(() => void) | null> {
    const channel = new BroadcastChannel(buildChannel(this.#database));
    const abort = new AbortController();
    const ask: Yield = { type: 'yield', from: this.id, build, dedicated: this.#dedicated };
    const repeat = setInterval(() => channel.postMessage(ask), limits.yieldRepeatMs);
    const limit = setTimeout(() => abort.abort(), limits.lockMsMax);
    channel.onmessage = (event: MessageEvent<Yield>) => {
      if (event.data.type === 'stay' && this.#dedicated) abort.abort();
    };
    channel.postMessage(ask);
    const release = await hold(name, { signal: abort.signal }, stolen);
    clearInterval(repeat);
    clearTimeout(limit);
    channel.close();
    // An engine that doesn't let go hangs. What it may still write collides with our first row
    // and is refused (rule 10), so taking the lock by force can't harm the data.
    return release ?? (this.#dedicated ? null : hold(name, { steal: true }, stolen));
  }

  #listen(): void {
    if (this.#channel) return;
    this.#channel = new BroadcastChannel(buildChannel(this.#database));
    this.#channel.onmessage = (event: MessageEvent<Yield>) => {
      const other = event.data;
      if (other.type !== 'yield' || other.from === this.id) return;
      if (this.#dedicated && other.dedicated && other.build === build) {
        this.#channel?.postMessage({ type: 'stay', from: this.id, build, dedicated: true } satisfies Yield);
        return;
      }
      void this.#finish().then(() => this.#loseAll('version_skew', skewMessage));
    };
  }

  #packet({ kind, id, parts }: Packet): void {
    const text = (i: number) => textOf(parts[i]);
    switch (kind) {
      case Out.reply:
        return id === 0 ? undefined : this.#to(text(0), { type: 'reply', id, body: bodyOf(parts[1]) });
      case Out.refusal:
        return id === 0
          ? undefined
          : this.#to(text(0), { type: 'refusal', id, code: text(1), message: text(2), detail: text(3) });
      case Out.notify:
        return this.#to(text(0), { type: 'notify', observer: id, body: bodyOf(parts[1]) });
      case Out.report:
        return this.#to(text(0), { type: 'report', body: bodyOf(parts[1]) });
      case Out.announce:
        return this.#to(text(0), { type: 'announce', event: text(1), body: bodyOf(parts[2]) });
      case Out.askHandler:
        return this.#to(text(0), { type: 'ask', id, body: bodyOf(parts[1]) });
      case Out.askMigration:
        return this.#to(text(0), { type: 'askMigration', id, body: bodyOf(parts[1]) });
      case Out.askToken:
        return this.#to(text(0), { type: 'askToken', id, mode: text(1), refresh: text(2) === '1' });
      case Out.setGate:
        return this.#setGate(text(0) === '1');
      case Out.wake:
        return this.#wake(Number(text(0)));
      case Out.halt:
        return this.#fenced(text(0), text(1));
      case Out.closed:
        return this.#finished?.();
      default:
        return this.#network({ kind, id, parts });
    }
  }

  #network(p: Packet): void {
    const transport = this.#transport;
    if (!transport) return;
    switch (p.kind) {
      case Out.send:
        return void transport.send(p);
      case Out.openSocket:
        return transport.open(p);
      case Out.writeSocket:
        return transport.write(p);
      case Out.closeSocket:
        return transport.close(p);
      case Out.cancel:
        return transport.cancel(p.id);
    }
  }

  /** Sends to one tab, or to all when the name is empty. A body goes to each in bytes of its own. */
  #to(name: string, message: FromWorker): void {
    if (name !== '') return this.#tabs.get(name)?.out.send(message);
    for (const tab of this.#tabs.values()) {
      tab.out.send('body' in message ? { ...message, body: message.body.slice() as Body } : message);
    }
  }

  #setGate(closed: boolean): void {
    this.#gateClosed = closed;
    this.#transport?.setGate(closed);
    this.#to('', { type: 'gate', closed });
  }

  #wake(atMs: number): void {
    clearTimeout(this.#timer);
    if (atMs === 0) return;
    const waitMs = Math.max(0, atMs - Date.now());
    const reached = waitMs <= limits.timerMsMax;
    this.#timer = setTimeout(
      () => (reached ? this.#tell(In.tick) : this.#wake(atMs)),
      Math.min(waitMs, limits.timerMsMax),
    );
  }

  /** The module died of a bug. The tabs greet again, and with their first greeting comes the next. */
  #died(message: string): void {
    if (this.#state !== 'running') return; // start() rejects, or it was finishing anyway
    const tabs = [...this.#tabs.values()];
    this.#stopModule();
    for (const tab of tabs) {
      tab.unwatch();
      tab.out.send({ type: 'died', message });
    }
    this.#tabs.clear();
  }

  /** This engine must not write again (rule 10). */
  #fenced(code: string, message: string): void {
    this.#closeUp();
    this.#loseAll(code, message);
  }

  #stopModule(): void {
    clearTimeout(this.#timer);
    this.#pulse.end();
    this.#transport?.end();
    this.#module?.abandon();
    this.#transport = null;
    this.#module = null;
    this.#gateClosed = false;
    this.#early = [];
    this.#state = 'closed';
  }

  #closeUp(): void {
    this.#stopModule();
    this.#channel?.close();
    this.#channel = null;
    this.#releaseDatabase?.();
    this.#releaseDatabase = null;
  }

  /** Lets the module write what it has begun and close the database, then lets the lock go. */
  async #finish(): Promise<void> {
    if (this.#state === 'running') {
      const closed = new Promise<void>((resolve) => (this.#finished = resolve));
      this.#module!.send(In.close, 0);
      this.#state = 'finishing';
      const late = new Promise<void>((resolve) => setTimeout(resolve, limits.finishMsMax));
      await Promise.race([closed, late]);
      this.#finished = null;
    }
    this.#closeUp();
  }

  /** The page is of a newer build at the same address: end, so that the browser loads it. */
  async #replace(): Promise<void> {
    await this.#finish();
    this.#loseAll('version_skew', skewMessage);
    this.ended();
  }
}
