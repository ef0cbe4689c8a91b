// The types that generated models (index.d.ts) and apps import. The names and the shapes are
// Amplify DataStore's, so that generated files only change where they import from.

/** Only a type: the property under which generated models describe themselves. */
export declare const __modelMeta__: unique symbol;

export interface PersistentModelMetaData<_T = unknown> {
  identifier?: unknown;
  readOnlyFields?: string;
}

export type ManagedIdentifier<_T, F extends string> = { field: F; kind: 'managed' };
export type OptionallyManagedIdentifier<_T, F extends string> = { field: F; kind: 'optional' };
export type CustomIdentifier<_T, F extends string> = { field: F; kind: 'custom' };
export type CompositeIdentifier<_T, F extends readonly string[]> = { field: F[number]; kind: 'composite' };

/** Generated files ask which of their two forms to use; relations are always lazy. */
export interface LazyLoading {
  readonly lazy: true;
}
export interface LazyLoadingDisabled {
  readonly lazy: false;
}

export type PersistentModel = Readonly<Record<string, any>>;

/** How a model describes itself; models of the first code generators pass it beside them, or say nothing. */
type MetaOf<T, M> = T extends { readonly [__modelMeta__]: infer Own }
  ? Own
  : unknown extends M
    ? { readOnlyFields: 'createdAt' | 'updatedAt' }
    : M;
type IdentifierOf<T, M> = MetaOf<T, M> extends { identifier: infer I } ? I : ManagedIdentifier<T, 'id'>;

/** The names of the fields that identify a record of a model. */
export type IdentifierFields<T, M = unknown> = Extract<
  IdentifierOf<T, M> extends { field: infer F } ? F : 'id',
  keyof T
>;
/** The names of the fields of a model that only the server sets. */
export type MetadataReadOnlyFields<T, M = unknown> = Extract<
  MetaOf<T, M> extends { readOnlyFields: infer R } ? R : never,
  keyof T
>;

/** What finds one record of a model: its id, where the key is one field, or an object with the key's fields. */
export type Key<T, M = unknown> = string extends keyof T
  ? string | Record<string, any>
  : IdentifierOf<T, M> extends { kind: 'composite' }
    ? Pick<T, IdentifierFields<T, M>>
    : string | Pick<T, IdentifierFields<T, M>>;

type Hidden<T, M> = typeof __modelMeta__ | MetadataReadOnlyFields<T, M>;

/** What a relation may be set to: lazy promises and collections stand for the model itself. */
type Settable<V> =
  V extends Promise<infer M> ? M | null | undefined : V extends AsyncCollection<infer M> ? M[] | null | undefined : V;

type Optional<T> = {
  [K in keyof T]-?: {} extends Pick<T, K>
    ? K
    : T[K] extends Promise<any> | AsyncCollection<any>
      ? undefined extends Settable<T[K]>
        ? K
        : never
      : never;
}[keyof T];
type Init<T> = { [K in Exclude<keyof T, Optional<T>>]: Settable<T[K]> } & { [K in Optional<T>]?: Settable<T[K]> };

/** The argument of a model's constructor. */
export type ModelInit<T, M = unknown> =
  IdentifierOf<T, M> extends { kind: 'managed' }
    ? Init<Omit<T, Hidden<T, M> | IdentifierFields<T, M>>>
    : IdentifierOf<T, M> extends { kind: 'optional' }
      ? Init<Omit<T, Hidden<T, M> | IdentifierFields<T, M>>> & { id?: string }
      : Init<Omit<T, Hidden<T, M>>>;

type Writable<T> = { -readonly [K in keyof T]: Settable<T[K]> };

/** The draft that copyOf hands to its function: key and read-only fields can be read in it. */
export type MutableModel<T, M = unknown> = Writable<Omit<T, Hidden<T, M> | IdentifierFields<T, M>>> &
  Readonly<Pick<T, IdentifierFields<T, M> | MetadataReadOnlyFields<T, M>>>;

export type PersistentModelConstructor<T extends PersistentModel = PersistentModel, M = unknown> = {
  new (init: ModelInit<T, M>): T;
  readonly name: string;
  copyOf(source: T, mutator: (draft: MutableModel<T, M>) => MutableModel<T, M> | void): T;
  fromJSON?(json: unknown): T | T[];
};

/** The class of an embedded type. */
export type NonModelTypeConstructor<T> = { new (init: T): T };

/** The records of a HAS_MANY relation, loaded when they are asked for. */
export class AsyncCollection<T> implements AsyncIterable<T> {
  readonly #values: T[] | Promise<T[]> | (() => Promise<T[]>);
  #loaded?: Promise<T[]>;

  constructor(values: T[] | Promise<T[]> | (() => Promise<T[]>)) {
    this.#values = values;
  }

  #load(): Promise<T[]> {
    const values = this.#values;
    return (this.#loaded ??= Promise.resolve(typeof values === 'function' ? values() : values));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    yield* await this.#load();
  }

  async toArray({ max = Number.MAX_SAFE_INTEGER }: { max?: number } = {}): Promise<T[]> {
    return (await this.#load()).slice(0, max);
  }
}

/** Kinds of change, in observers and conflicts. */
export const OpType = { INSERT: 'INSERT', UPDATE: 'UPDATE', DELETE: 'DELETE' } as const;
export type OpType = (typeof OpType)[keyof typeof OpType];

/** Amplify's names of 'default' and 'multiAuth', see Config.authModeStrategy. */
export const AuthModeStrategyType = { DEFAULT: 'DEFAULT', MULTI_AUTH: 'MULTI_AUTH' } as const;
export type AuthModeStrategyType = (typeof AuthModeStrategyType)[keyof typeof AuthModeStrategyType];

export const SortDirection = { ASCENDING: 'ASCENDING', DESCENDING: 'DESCENDING' } as const;
export type SortDirection = (typeof SortDirection)[keyof typeof SortDirection];

type Scalar<V> = NonNullable<V extends readonly (infer E)[] ? E : V>;
type Nullable<V> = V | null | undefined;

/** The comparisons of one field. */
export interface FieldPredicate<V> {
  eq(operand: Nullable<V>): Condition;
  ne(operand: Nullable<V>): Condition;
  gt(operand: Nullable<V>): Condition;
  ge(operand: Nullable<V>): Condition;
  lt(operand: Nullable<V>): Condition;
  le(operand: Nullable<V>): Condition;
  between(low: Nullable<V>, high: Nullable<V>): Condition;
  in(operands: Nullable<V>[]): Condition;
  notIn(operands: Nullable<V>[]): Condition;
  contains(operand: Nullable<V>): Condition;
  notContains(operand: Nullable<V>): Condition;
  beginsWith(operand: Nullable<V>): Condition;
}

declare const condition: unique symbol;
/** A finished condition: what a predicate function returns. */
export interface Condition {
  readonly [condition]?: true;
}

/**
 * What a predicate function gets: `m => m.and(m => [m.title.eq('a'), m.rating.gt(3)])`.
 *
 * A relation leads to the predicate of the other model: `post => post.blog.name.eq('x')`. It holds when one of the related
 * records meets the condition, `post => post.comments.and(c => [c.text.eq('a'), c.likes.gt(3)])` when one meets both; and
 * not where there is none. `not` goes inwards: `post => post.not(p => p.comments.text.eq('a'))` finds posts with a comment
 * of another text. The relation itself asks whether there is one: `post => post.not(p => p.comments)` finds posts without.
 *
 * Relations are for `query`, `observe`, `observeQuery` and `delete` by criteria. In the condition of a `save` or of the
 * `delete` of one record, and in sync expressions, they throw `bad_request`: a server evaluates those as well.
 */
export type ModelPredicate<T> = Condition & {
  [K in keyof T as K extends string ? K : never]-?: NonNullable<T[K]> extends Promise<infer M>
    ? ModelPredicate<NonNullable<M>>
    : NonNullable<T[K]> extends AsyncCollection<infer M>
      ? ModelPredicate<NonNullable<M>>
      : FieldPredicate<Scalar<T[K]>>;
} & {
  and(group: (m: ModelPredicate<T>) => Condition[]): Condition;
  or(group: (m: ModelPredicate<T>) => Condition[]): Condition;
  not(one: (m: ModelPredicate<T>) => Condition): Condition;
};

export type PredicateFunction<T> = (m: ModelPredicate<T>) => Condition;

export type SortPredicate<T> = {
  [K in keyof T as K extends string ? K : never]-?: (direction: SortDirection) => SortPredicate<T>;
};

/** The sort of a query: `s => s.rating('DESCENDING')`. */
export type ProducerSortPredicate<T> = (s: SortPredicate<T>) => unknown;

export interface QueryOptions<T> {
  sort?: ProducerSortPredicate<T>;
  page?: number;
  limit?: number;
}

export interface LiveOptions<T, K extends keyof T & string> extends QueryOptions<T> {
  /** The items are plain objects with these fields only, and a change of other fields is not told. */
  select: readonly K[];
}

/** What observe() gives for each change. */
export interface Change<T> {
  opType: OpType;
  element: T;
  model: PersistentModelConstructor<any>;
  condition: null;
}

/** What start() resolves with; void is part of it so that it also fits where Amplify's Promise<void> is expected. */
export type StartResult = void & {
  /** The browser offers no storage here (private mode, refused site data): what is saved is gone with the last tab. */
  ephemeral: boolean;
};

// The parameter is never[] so that T is found from what is made: from the shape that Amplify generates too.
export type Constructor<T extends PersistentModel> = { new (...init: never[]): T };
