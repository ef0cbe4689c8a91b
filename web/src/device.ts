import {
  createDataStore, DeltabaseError, Hub, SortDirection,
  type ConflictHandler, type DataStoreError, type MutableModel, type OutboxEntry, type Store,
} from 'deltabase';
import { Post, type PostStatus as Status } from '../models/index.js';
import type { Address } from './address.js';
import type { DeviceName, EventLog } from './event-log.js';
import { quoted } from './fields.js';
import { sentenceOf } from './sentences.js';

export type Connection = 'starting' | 'connected' | 'unreachable' | 'cut' | 'failed';
export type SortBy = 'title' | 'rating';
export type NewPost = { title: string; body?: string; status?: Status; rating?: number; tags?: string[] };

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
  #outboxRunning = false;
  #saving = new Map<string, number>();
  #reached: boolean | null = null;

  constructor(readonly name: DeviceName, readonly address: Address, readonly log: EventLog) {
    this.database = `device-${name.toLowerCase()}${address.suffix}`;
    this.store = createDataStore({ database: this.database });
    Hub.listen('datastore', (capsule) => {
      if (capsule.source && capsule.source !== this.database) return;
      this.#heard(capsule.payload.event, (capsule.payload.data ?? {}) as Record<string, unknown>);
    });
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
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
        endpoint, apiKey, conflictHandler, errorHandler: (fault: DataStoreError) => this.#fault(fault),
      });
      if (sessionStorage.getItem(this.#cutKey) === 'yes') await this.cut(true);
      await this.store.start();
      if (this.connection === 'starting') this.#show(this.#reached === false ? 'unreachable' : 'connected');
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
    const fail = (fault: unknown): void => this.fail(fault);
    const sorted = this.#sort === 'rating'
      ? this.store.observeQuery(Post, undefined, { sort: (s) => s.rating(SortDirection.DESCENDING).title(SortDirection.ASCENDING) })
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
    if (own) return;
    const verb = { INSERT: 'New', UPDATE: 'Changed', DELETE: 'Deleted' }[opType] ?? opType;
    this.log.say(this.name, 'arrived', `${verb} from the server: ${quoted(post.title)}.`);
  }

  #heard(event: string, data: Record<string, unknown>): void {
    const title = quoted((data.element as { title?: string } | undefined)?.title);
    switch (event) {
      case 'networkStatus':
        this.#reach(data.active === true);
        break;
      case 'ready':
        this.problems.delete('network');
        break;
      case 'outboxMutationProcessed':
        this.log.say(this.name, 'sent', `The server took ${title}.`);
        break;
      case 'outboxMutationSuperseded':
        this.log.say(this.name, 'conflict', `The server kept its own ${(data.fields as string[] ?? []).join(', ')} of a post.`);
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

  #reach(active: boolean): void {
    if (this.#reached !== active && !this.store.offline) {
      this.log.say(this.name, 'network', active ? 'Reached the server.' : 'The server does not answer.');
    }
    this.#reached = active;
    if (active) {
      this.problems.delete('network');
      this.problems.delete('unauthorized');
    }
    if (this.connection !== 'failed') this.#show(active ? 'connected' : 'unreachable');
  }

  #show(connection: Connection): void {
    this.connection = this.store.offline && connection !== 'failed' ? 'cut' : connection;
    this.changed();
  }

  #fault(fault: DataStoreError): void {
    if (this.store.offline && fault.code === 'network') return;
    this.problems.set(fault.code, sentenceOf(fault, this.address));
    this.changed();
  }

  /** Shows why something did not work, in this device's pane. */
  fail(fault: unknown): void {
    const code = fault instanceof DeltabaseError ? fault.code : 'page';
    this.problems.set(code, sentenceOf(fault, this.address));
    this.changed();
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

  async refreshOutbox(): Promise<void> {
    this.#outboxAsked = true;
    if (this.#outboxRunning) return;
    this.#outboxRunning = true;
    try {
      while (this.#outboxAsked) {
        this.#outboxAsked = false;
        this.outbox = await this.store.outbox.list();
        this.changed();
      }
    } catch (fault) {
      if (this.connection !== 'failed') this.fail(fault);
    } finally {
      this.#outboxRunning = false;
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
    return this.#act(post.id, 'local', `Changed ${quoted(post.title)} on this device.`,
      () => this.store.save(Post.copyOf(post, edit)));
  }

  remove(post: Post): Promise<boolean> {
    return this.#act(post.id, 'local', `Deleted ${quoted(post.title)} on this device.`, () => this.store.delete(post));
  }

  async retry(mutationId: string, recordId: string, what: string): Promise<void> {
    await this.#act(recordId, 'decided', `Trying ${what} again.`, () => this.store.outbox.retry(mutationId));
  }

  async discard(mutationId: string, recordId: string, what: string): Promise<void> {
    await this.#act(recordId, 'decided', `Discarded the change of ${what}.`,
      () => this.store.outbox.discard(mutationId, { dependants: 'discard' }));
  }

  /** Cuts the device off from the server, or connects it again; survives a reload of the page. */
  async cut(off: boolean): Promise<void> {
    try {
      if (off) await this.store.goOffline();
      else await this.store.goOnline();
      sessionStorage.setItem(this.#cutKey, off ? 'yes' : 'no');
      this.log.say(this.name, 'network', off ? 'Cut off from the server.' : 'Connected again.');
      this.problems.delete('network');
      this.#show(this.#reached === false ? 'unreachable' : 'connected');
    } catch (fault) {
      this.fail(fault);
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
