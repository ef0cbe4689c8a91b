import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type __modelMeta__,
  type AsyncCollection,
  AsyncItem,
  type CompositeIdentifier,
  type CustomIdentifier,
  type DataStore,
  DataStoreClass,
  type DataStoreConfig,
  DISCARD,
  type ErrorHandler,
  type IdentifierFields,
  type ManagedIdentifier,
  type ModelInit,
  type MutableModel,
  type NonModelTypeConstructor,
  type OptionallyManagedIdentifier,
  type PersistentModelConstructor,
  Predicates,
  ProcessName,
  type ProducerPaginationInput,
  retryLocal,
  SortDirection,
  type SyncConflict,
  type SyncError,
  syncExpression,
} from '../index.js';

// What the compiler takes and refuses of the models that code generators write and of the settings. A line under
// "@ts-expect-error" that had no error would be one.

/** A model whose timestamps only the server sets. */
type Page = {
  readonly [__modelMeta__]: { identifier: ManagedIdentifier<Page, 'id'>; readOnlyFields: 'createdAt' | 'updatedAt' };
  readonly id: string;
  readonly title: string;
  readonly stars?: number | null;
  readonly notes: AsyncCollection<Note>;
  readonly createdAt?: string | null;
  readonly updatedAt?: string | null;
};
/** One that declares them itself: its description names no read-only field. */
type Note = {
  readonly [__modelMeta__]: { identifier: OptionallyManagedIdentifier<Note, 'id'> };
  readonly id: string;
  readonly text: string;
  readonly page: AsyncItem<Page | undefined>;
  readonly createdAt?: string | null;
};
type Shelf = {
  readonly [__modelMeta__]: { identifier: CompositeIdentifier<Shelf, ['hall', 'row']> };
  readonly hall: string;
  readonly row: number;
  readonly full?: boolean | null;
};
type Code = {
  readonly [__modelMeta__]: { identifier: CustomIdentifier<Code, 'code'> };
  readonly code: string;
  readonly use?: string | null;
};
/** One of the first code generators, which describe a model beside it. */
type Old = { readonly id: string; readonly name: string; readonly createdAt?: string | null };
type OldMeta = { readOnlyFields: 'createdAt' };
declare class OldClass {
  readonly id: string;
  readonly name: string;
  readonly createdAt?: string | null;
  constructor(init: ModelInit<OldClass, OldMeta>);
  static copyOf(
    source: OldClass,
    mutator: (draft: MutableModel<OldClass, OldMeta>) => MutableModel<OldClass, OldMeta> | void,
  ): OldClass;
}
type Place = { readonly city: string };

interface Models {
  Page: PersistentModelConstructor<Page>;
  Note: PersistentModelConstructor<Note>;
  Shelf: PersistentModelConstructor<Shelf>;
  Code: PersistentModelConstructor<Code>;
  Old: PersistentModelConstructor<Old>;
  Place: NonModelTypeConstructor<Place>;
}

/** Compiled and never called. */
export function drafts({ Page, Note, Shelf, Code, Old, Place }: Models, page: Page, note: Note, shelf: Shelf) {
  Page.copyOf(page, (draft) => {
    if (draft.createdAt) draft.title = draft.id + draft.createdAt.slice(0, 4);
    draft.stars = null;
    // @ts-expect-error the server sets it
    draft.updatedAt = 'x';
    // @ts-expect-error a key is for ever
    draft.id = 'x';
    // @ts-expect-error a title is required
    draft.title = null;
  });
  Note.copyOf(note, (draft) => {
    draft.createdAt = '2026-01-01T00:00:00Z';
    draft.page = page;
    // @ts-expect-error another model
    draft.page = note;
  });
  Shelf.copyOf(shelf, (draft) => {
    draft.full = draft.row > 3 && draft.hall === 'a';
    // @ts-expect-error part of the key
    draft.row = 4;
  });
  new Note({ text: 'a', id: 'own', createdAt: '2026-01-01T00:00:00Z', page });
  new Note({ text: 'a', page: undefined });
  new Code({ code: 'x' });
  new Old({ name: 'a' });
  new Place({ city: 'Ulm' });
  // @ts-expect-error the server sets it
  new Page({ title: 'a', createdAt: 'x' });
  // @ts-expect-error so it does in models that say nothing of themselves
  new Old({ name: 'a', createdAt: 'x' });
  // @ts-expect-error both parts of the key are required
  new Shelf({ hall: 'a' });
  // @ts-expect-error the app gives this key
  new Code({ use: 'x' });
  // @ts-expect-error a city is required
  new Place({});
  OldClass.copyOf(new OldClass({ name: 'a' }), (draft) => {
    draft.name = draft.createdAt ?? draft.id;
    // @ts-expect-error read-only, by the second parameter
    draft.createdAt = 'x';
  });
  const watched = new DataStoreClass({ database: 'select' });
  watched.observeQuery(Shelf, null, { select: ['hall', 'full'], limit: 3 }).subscribe(({ items }) => {
    const [{ hall, full }]: { hall: string; full?: boolean | null }[] = items;
    // @ts-expect-error not selected
    return [hall, full, items[0].row];
  });
  watched.observeQuery(Shelf).subscribe(({ items }) => Shelf.copyOf(items[0], () => {}));
  // @ts-expect-error no field
  watched.observeQuery(Shelf, null, { select: ['none'] });
  const keys: [IdentifierFields<Page>, IdentifierFields<Shelf>, IdentifierFields<Code>] = ['id', 'row', 'code'];
  // @ts-expect-error no part of the key
  keys[1] = 'full';
  return keys;
}

/** What rxjs's from() asks of a stream. */
interface Interop<T> {
  [Symbol.observable]: () => { subscribe(observer: { next?: (value: T) => void }): { unsubscribe(): void } };
}

/** Compiled and never called. */
export function streams(store: typeof DataStore, { Page }: Models): Interop<unknown>[] {
  const pages: Interop<{ element: Page }> = store.observe(Page);
  // @ts-expect-error another model
  const notes: Interop<{ element: Note }> = store.observe(Page);
  return [pages, notes];
}

/** Compiled and never called. */
export async function calls(store: typeof DataStore, { Page, Shelf, Code }: Models) {
  const started: Promise<void> = store.start();
  const { ephemeral } = await store.start();
  const paged: ProducerPaginationInput<Page> = { limit: 5, page: 1, sort: (s) => s.title('ASCENDING') };
  const pages: Page[] = await store.query(Page, Predicates.ALL, paged);
  const page: Page | undefined = await store.query(Page, 'id');
  const shelf: Shelf | undefined = await store.query(Shelf, { hall: 'a', row: 1 });
  const sorted: Page[] = await store.query(Page, (p) => p.stars.gt(3), {
    sort: (s) => s.stars(SortDirection.DESCENDING).title('ASCENDING'),
  });
  const deleted: Page[] = await store.delete(Page, (p) => p.stars.eq(null));
  // @ts-expect-error a composite key has several parts
  await store.query(Shelf, 'a');
  // @ts-expect-error both of them
  await store.query(Shelf, { hall: 'a' });
  // @ts-expect-error fields that are no key find no record
  await store.query(Page, { title: 'a' });
  // @ts-expect-error nor do they in a delete
  await store.delete(Code, { use: 'x' });
  return [started, ephemeral, pages, page, shelf, sorted, deleted];
}

/** Compiled and never called. */
export function settings({ Page, Note }: Models): DataStoreConfig[] {
  const onError: ErrorHandler = async (error: SyncError<Page>) => {
    if (error.process === ProcessName.mutate) console.warn(error.localModel.title, error.remoteModel.stars);
    // @ts-expect-error a page has no such field
    console.warn(error.localModel.text);
  };
  const decide = ({ modelConstructor, localModel, remoteModel, base }: SyncConflict<Page>) =>
    modelConstructor.copyOf(remoteModel, (draft) => {
      draft.stars = (localModel.stars ?? 0) + (base?.stars ?? 0);
      // @ts-expect-error a page has no such field
      draft.text = 'x';
    });
  return [
    { errorHandler: onError, conflictHandler: decide },
    { conflictHandler: () => DISCARD },
    { conflictHandler: async ({ remoteModel }) => ({ ...remoteModel, title: 'both' }) },
    { conflictHandler: async ({ attempts }) => (attempts > 3 ? DISCARD : retryLocal()) },
    // @ts-expect-error a number decides nothing
    { conflictHandler: () => 3 },
    // @ts-expect-error nor does nothing
    { conflictHandler: async () => {} },
    {
      syncExpressions: [
        syncExpression(Page, (p) => p.and((q) => [q.stars.gt(3), q.title.beginsWith('a')])),
        syncExpression(Page, () => (p) => p.stars.gt(3)),
        syncExpression(Page, async () => (p) => p.stars.gt(3)),
        syncExpression(Page, () => Predicates.ALL),
        syncExpression(Page, Predicates.ALL),
        // @ts-expect-error a page has no such field
        syncExpression(Page, (p) => p.text.eq('a')),
        // @ts-expect-error stars are counted
        syncExpression(Note, () => (n) => n.text.gt(3)),
        // @ts-expect-error not a model
        syncExpression({}, (p) => p.title.eq('a')),
        // @ts-expect-error not a condition
        syncExpression(Page, () => 3),
      ],
    },
  ];
}

test('what is exported under two names is one thing, and an AsyncItem is awaited', async () => {
  assert.ok(new DataStoreClass({ database: 'named' }) instanceof DataStoreClass);
  assert.equal(await new AsyncItem<number>((resolve) => resolve(5)), 5);
});

test('methods work without their store, and a subclass has its own', async () => {
  class Counting extends DataStoreClass {
    observed = 0;
    override observe(...args: any[]) {
      this.observed++;
      return super.observe(...(args as []));
    }
  }
  const store = new Counting({ database: 'detached' });
  const { observe, query, configure } = store;
  observe();
  assert.equal(store.observed, 1);
  await Promise.all([
    assert.rejects(query({} as any), { code: 'bad_request', message: 'Constructor is not for a valid model' }),
    assert.rejects(configure({ endpoint: '' }), { code: 'invalid_config' }),
  ]);
});

test('a store shows what apps call, and nothing of its inside', () => {
  const store = new DataStoreClass({ database: 'shown' });
  const shown = new Set([
    ...Object.getOwnPropertyNames(store),
    ...Object.getOwnPropertyNames(DataStoreClass.prototype),
  ]);
  const calls =
    'avg clear configure connection count database debug delete deleteAll goOffline goOnline groupBy max min observe observeQuery observeStatus offline outbox pause paused resume sum sync';
  assert.deepEqual(
    [...shown].sort(),
    [...calls.split(' '), 'constructor', 'query', 'save', 'saveAll', 'start', 'status', 'stop', 'upsert'].sort(),
  );
});
