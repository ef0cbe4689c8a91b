import {
  createDataStore,
  DeltabaseError,
  Hub,
  SortDirection,
  type ConflictHandler,
  type SyncError,
  type MutableModel,
  type OutboxEntry,
  type Store,
} from 'deltabase';
import { Post } from '../models/index.js';
import type { Address } from './address.js';
import type { DeviceName, EventLog } from './event-log.js';
import { quoted } from './fields.js';
import { sentenceOf } from './sentences.js';

export type Connection = 'starting' | 'connecting' | 'connected' | 'unreachable' | 'refused' | 'cut' | 'failed';
export type SortBy = 'title' | 'rating';
export type NewPost = Pick<Post, 'title'> & Partial<Pick<Post, 'body' | 'status' | 'rating' | 'tags'>>;

const lookAgain_ms = 1_000;
/** Why a change is held; its post shows the reason and what can be done. */
const heldCodes = new Set(['tombstone', 'rejected', 'condition', 'schema', 'attempts', 'handler']);
/** Problems that are over as soon as the server answers again. */
const connectionCodes = ['network', 'unauthorized', 'server_error'];

/** One device: a database of its own, what it knows, and what went wrong with it. */
export class Device {
  readonly store: Store;
  readonly database: string;
  posts: readonly Post[] = [];
  outbox: readonly OutboxEntry[] = [];
  connection: Connection = 'starting';
  /** First snapshot is here; until then the list is neither empty nor full. */
  loaded = false;
  /** Sentences for people, by error code; a newer one of the same code replaces the older. */
  readonly problems = new Map<string, string>();
  #sort: SortBy = 'title';
  #listeners = new Set<() => void>();
  #live: { unsubscribe(): void }[] = [];
  #announced = false;
  #outboxAsked = false;
  #reading: Promise<void> | null = null;
  #lookAgain: ReturnType<typeof setTimeout> | undefined;
  /** The person's word about the network, while the engine is being told of it. */
  #cutOff = false;
  #cutting = false;
  /** A sync is told in one line, not post by post. */
  #syncing = false;
  #saving = new Map<string, number>();

  constructor(
    readonly name: DeviceName,
    readonly address: Address,
    readonly log: EventLog,
  ) {
    this.database = `device-${name.toLowerCase()}${address.suffix}`;
    this.store = createDataStore({ database: this.database });
    Hub.listen('datastore', (capsule) => {
      if (capsule.source && capsule.source !== this.database) return;
      this.#heard(capsule.payload.event, (capsule.payload.data ?? {}) as Record<string, unknown>);
    });
  }

  /** Calls back after each change; returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells everyone that watches, once for all changes of one turn. */
  changed(): void {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      for (const listener of this.#listeners) listener();
    });
  }

  async start(conflictHandler: ConflictHandler): Promise<void> {
    const { endpoint, apiKey } = this.address;
    try {
      await this.store.configure({
        endpoint,
        apiKey,
        conflictHandler,
        errorHandler: (fault: SyncError) => this.#fault(fault),
      });
      if (sessionStorage.getItem(this.#cutKey) === 'yes') await this.cut(true);
      await this.store.start();
      if (this.connection === 'starting') this.#show('connecting');
      this.#observe();
      await this.refreshOutbox();
    } catch (fault) {
      this.#show('failed');
      this.fail(fault);
    }
  }

  get #cutKey(): string {
    return `cut/${this.database}`;
  }

  get sort(): SortBy {
    return this.#sort;
  }

  set sort(by: SortBy) {
    this.#sort = by;
    if (this.#live.length > 0) this.#observe();
  }

  #observe(): void {
    for (const each of this.#live) each.unsubscribe();
    const fail = (fault: unknown): void => this.#ended(fault);
    const sorted =
      this.#sort === 'rating'
        ? this.store.observeQuery(Post, undefined, {
            sort: (s) => s.rating(SortDirection.DESCENDING).title(SortDirection.ASCENDING),
          })
        : this.store.observeQuery(Post, undefined, { sort: (s) => s.title(SortDirection.ASCENDING) });
    this.#live = [
      sorted.subscribe({
        next: ({ items }) => {
          this.posts = items;
          this.loaded = true;
          void this.refreshOutbox();
          this.changed();
        },
        error: fail,
      }),
      this.store.observe(Post).subscribe({
        next: ({ opType, element }) => this.#seen(opType, element),
        error: fail,
      }),
    ];
  }

  /** A change of a record became visible; says so when it came from elsewhere. */
  #seen(opType: string, post: Post): void {
    const own = this.#saving.has(post.id) || this.outbox.some((entry) => entry.recordId === post.id);
    if (own || this.#syncing) return;
    const verb = { INSERT: 'New', UPDATE: 'Changed', DELETE: 'Deleted' }[opType] ?? opType;
    this.log.say(this.name, 'arrived', `${verb} from the server: ${quoted(post.title)}.`);
  }

  #heard(event: string, data: Record<string, unknown>): void {
    const title = quoted((data.element as { title?: string } | undefined)?.title);
    switch (event) {
      case 'networkStatus':
        // The browser's word about the network, and the switch; not yet whether the server answers.
        if (!this.#cutting) this.#cutOff = this.store.offline;
        if (data.active === true) this.#show('connecting');
        else this.#lost('The browser has no network.');
        break;
      case 'subscriptionsEstablished':
        this.#reached();
        break;
      case 'syncQueriesStarted':
        this.#syncing = true;
        break;
      case 'modelSynced':
        this.#fetched((data.counts ?? {}) as Record<string, number>);
        break;
      case 'syncQueriesReady':
        this.#syncing = false;
        this.#reached();
        break;
      case 'outboxMutationProcessed':
        this.#reached();
        this.log.say(this.name, 'sent', `In step with the server: ${title}.`);
        break;
      case 'outboxMutationSuperseded':
        this.log.say(
          this.name,
          'conflict',
          `The server kept its own ${((data.fields as string[]) ?? []).join(', ')} of a post.`,
        );
        break;
      case 'outboxMutationFailed':
        this.log.say(this.name, 'problem', `Held: ${String(data.message ?? data.code ?? 'the server refused it')}`);
        break;
      case 'unsent_parked':
        this.log.say(this.name, 'problem', 'Changes that were not sent were put aside.');
        break;
      default:
    }
    void this.refreshOutbox();
    this.changed();
  }

  #fetched(counts: Record<string, number>): void {
    const parts = [
      ['new', 'new'],
      ['updated', 'changed'],
      ['deleted', 'deleted'],
    ] as const;
    const said = parts.filter(([name]) => (counts[name] ?? 0) > 0).map(([name, word]) => `${counts[name]} ${word}`);
    if (said.length > 0) this.log.say(this.name, 'arrived', `Caught up with the server: ${said.join(', ')}.`);
  }

  #reached(): void {
    if (this.#cutOff || this.connection === 'connected') return;
    for (const code of connectionCodes) this.problems.delete(code);
    this.#show('connected');
    this.log.say(this.name, 'network', 'Connected to the server.');
  }

  #lost(said: string): void {
    if (this.#cutOff || this.connection === 'unreachable') return;
    this.#show('unreachable');
    this.log.say(this.name, 'network', said);
  }

  #show(connection: Connection): void {
    if (this.connection === 'failed') return;
    this.connection = this.#cutOff && connection !== 'failed' ? 'cut' : connection;
    this.changed();
  }

  /** What goes wrong in the background. Trouble with the network of a device that is cut off is none. */
  #fault(fault: SyncError): void {
    const network = fault.code === 'network';
    if (network && this.#cutOff) return;
    if (fault.process === 'mutate' && heldCodes.has(fault.code)) return;
    if (network) this.#lost('The server does not answer.');
    if (fault.code === 'unauthorized' && this.connection !== 'connected') this.#show('refused');
    this.problems.set(network ? 'network' : fault.code, sentenceOf(fault, this.address));
    this.changed();
  }

  /** Shows why something did not work, in this device's pane. */
  fail(fault: unknown): void {
    const code = fault instanceof DeltabaseError ? fault.code : 'page';
    this.problems.set(code, sentenceOf(fault, this.address));
    this.changed();
  }

  /** The engine let go of this page: nothing more will be heard. */
  #ended(fault: unknown): void {
    this.#show('failed');
    this.fail(fault);
  }

  /** This device will not start, and why. */
  refuse(sentence: string): void {
    this.#show('failed');
    this.problems.set('page', sentence);
    this.changed();
  }

  dismiss(code: string): void {
    this.problems.delete(code);
    this.changed();
  }

  /** Reads the outbox; resolves when it has been read after this call began. */
  refreshOutbox(): Promise<void> {
    this.#outboxAsked = true;
    this.#reading ??= this.#readOutbox();
    return this.#reading;
  }

  async #readOutbox(): Promise<void> {
    try {
      while (this.#outboxAsked) {
        this.#outboxAsked = false;
        this.outbox = await this.store.outbox.list();
        this.changed();
      }
      // A change has no event of its own when it is sent, or when another tab is asked about it.
      if (
        this.connection === 'connected' &&
        this.outbox.some((entry) => entry.state === 'sent' || entry.state === 'pending')
      ) {
        clearTimeout(this.#lookAgain);
        this.#lookAgain = setTimeout(() => void this.refreshOutbox(), lookAgain_ms);
      }
    } catch (fault) {
      if (this.connection !== 'failed') this.fail(fault);
    } finally {
      this.#reading = null;
    }
  }

  /** Does something with a record; false when it failed, the reason then stands in the pane. */
  async #act(id: string, kind: 'local' | 'decided', said: string, act: () => Promise<unknown>): Promise<boolean> {
    this.#saving.set(id, (this.#saving.get(id) ?? 0) + 1);
    try {
      await act();
      this.log.say(this.name, kind, said);
      await this.refreshOutbox();
      return true;
    } catch (fault) {
      this.fail(fault);
      return false;
    } finally {
      const left = (this.#saving.get(id) ?? 1) - 1;
      if (left > 0) this.#saving.set(id, left);
      else this.#saving.delete(id);
    }
  }

  async create(fields: NewPost): Promise<boolean> {
    let post: Post;
    try {
      post = new Post(fields);
    } catch (fault) {
      this.fail(fault);
      return false;
    }
    return this.#act(post.id, 'local', `Wrote ${quoted(fields.title)} on this device.`, () => this.store.save(post));
  }

  change(post: Post, edit: (draft: MutableModel<Post>) => void): Promise<boolean> {
    return this.#act(post.id, 'local', `Changed ${quoted(post.title)} on this device.`, () =>
      this.store.save(Post.copyOf(post, edit)),
    );
  }

  remove(post: Post): Promise<boolean> {
    return this.#act(post.id, 'local', `Deleted ${quoted(post.title)} on this device.`, () => this.store.delete(post));
  }

  async retry(mutationId: string, recordId: string, what: string): Promise<void> {
    await this.#act(recordId, 'decided', `Trying ${what} again.`, () => this.store.outbox.retry(mutationId));
  }

  async discard(mutationId: string, recordId: string, what: string): Promise<void> {
    await this.#act(recordId, 'decided', `Dropped this device’s change: ${what}.`, () =>
      this.store.outbox.discard(mutationId, { dependants: 'discard' }),
    );
  }

  /** Cuts the device off from the server, or connects it again; survives a reload of the page. */
  async cut(off: boolean): Promise<void> {
    this.#cutting = true;
    this.#cutOff = off;
    try {
      if (off) await this.store.goOffline();
      else await this.store.goOnline();
      sessionStorage.setItem(this.#cutKey, off ? 'yes' : 'no');
      for (const code of connectionCodes) this.problems.delete(code);
      if (off) this.log.say(this.name, 'network', 'Cut off from the server.');
      if (off || this.connection === 'cut') this.#show('connecting');
    } catch (fault) {
      this.#cutOff = this.store.offline;
      this.fail(fault);
    } finally {
      this.#cutting = false;
      this.changed();
    }
  }

  /** Forgets everything on this device and begins again from the server. */
  async reset(): Promise<void> {
    for (const each of this.#live) each.unsubscribe();
    this.#live = [];
    await this.store.clear({ discardUnsent: true });
    this.posts = [];
    this.outbox = [];
    this.loaded = false;
    this.problems.clear();
    await this.store.start();
    this.#observe();
    await this.refreshOutbox();
  }
}
