// The types that generated models (index.d.ts) and apps import. The names and the shapes are
// Amplify DataStore's, so that generated files only change where they import from.

/** Only a type: the property under which generated models describe themselves. */
export declare const __modelMeta__: unique symbol;

export interface PersistentModelMetaData {
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

type MetaOf<T> = T extends { readonly [__modelMeta__]: infer M } ? M : { identifier: ManagedIdentifier<T, 'id'> };
type IdentifierOf<T> = MetaOf<T> extends { identifier: infer I } ? I : ManagedIdentifier<T, 'id'>;
type KeyOf<T> = IdentifierOf<T> extends { field: infer F } ? F : 'id';
type ReadOnlyOf<T> = MetaOf<T> extends { readOnlyFields: infer R } ? R : 'createdAt' | 'updatedAt';
type Hidden<T> = typeof __modelMeta__ | Extract<ReadOnlyOf<T>, PropertyKey>;

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
export type ModelInit<T, _M = unknown> =
  IdentifierOf<T> extends { kind: 'managed' }
    ? Init<Omit<T, Hidden<T> | Extract<KeyOf<T>, PropertyKey>>>
    : IdentifierOf<T> extends { kind: 'optional' }
      ? Init<Omit<T, Hidden<T> | Extract<KeyOf<T>, PropertyKey>>> & { id?: string }
      : Init<Omit<T, Hidden<T>>>;

/** The draft that copyOf hands to its function. */
export type MutableModel<T, _M = unknown> = {
  -readonly [K in keyof Omit<T, Hidden<T> | Extract<KeyOf<T>, PropertyKey>>]: Settable<T[K]>;
} & { readonly [K in Extract<KeyOf<T>, keyof T>]: T[K] };

export type PersistentModelConstructor<T extends PersistentModel = PersistentModel> = {
  new (init: ModelInit<T>): T;
  readonly name: string;
  copyOf(source: T, mutator: (draft: MutableModel<T>) => MutableModel<T> | void): T;
  fromJSON?(json: unknown): T | T[];
};

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

/** What a predicate function gets: `m => m.and(m => [m.title.eq('a'), m.rating.gt(3)])`. */
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

export interface QueryOptions<T> {
  sort?: (s: SortPredicate<T>) => unknown;
  page?: number;
  limit?: number;
}

/** What observe() gives for each change. */
export interface Change<T> {
  opType: OpType;
  element: T;
  model: PersistentModelConstructor<any>;
  condition: null;
}

/** What start() resolves with. */
export interface StartResult {
  /** The browser offers no storage here (private mode, refused site data): what is saved is gone with the last tab. */
  ephemeral: boolean;
}

// The parameter is never[] so that T is found from what is made: from the shape that Amplify generates too.
export type Constructor<T extends PersistentModel> = { new (...init: never[]): T };
