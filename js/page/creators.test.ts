import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import * as deltabase from '../index.js';
import type {
  AsyncCollection,
  AuthModeStrategy,
  AuthProviders,
  CompositeIdentifier,
  ConflictHandler,
  CustomIdentifier,
  DataStoreConfig,
  DataStoreSchema,
  DataStoreSnapshot,
  ErrorHandler,
  ErrorType,
  IdentifierFields,
  LazyLoading,
  LazyLoadingDisabled,
  ManagedIdentifier,
  ModelInit,
  ModelPredicate,
  ModelPredicateExtender,
  MutableModel,
  NonModelTypeConstructor,
  ObserveQueryOptions,
  OptionallyManagedIdentifier,
  PaginationInput,
  PersistentModel,
  PersistentModelConstructor,
  PersistentModelMetaData,
  PredicateObject,
  PredicatesGroup,
  ProducerPaginationInput,
  ProducerSortPredicate,
  RecursiveModelPredicate,
  RecursiveModelPredicateExtender,
  Schema,
  SortPredicate,
  SubscriptionMessage,
  SyncConflict,
  SyncError,
  SyncExpression,
  __modelMeta__,
} from '../index.js';
import { initSchema } from './classes.js';
import { filterOf } from './predicates.js';
import { definitionOfConstructor } from './registry.js';
import { testSchema } from './testschema.js';

/** The names of types that apps import from Amplify DataStore: compiled, and so exported. */
export type Imported<T extends PersistentModel> = [
  [AsyncCollection<T>, AuthModeStrategy, AuthProviders, CompositeIdentifier<T, ['a', 'b']>, ConflictHandler],
  [CustomIdentifier<T, 'a'>, DataStoreConfig, DataStoreSchema, DataStoreSnapshot<T>, ErrorHandler, ErrorType],
  [IdentifierFields<T>, LazyLoading, LazyLoadingDisabled, ManagedIdentifier<T, 'a'>, ModelInit<T>, ModelPredicate<T>],
  [
    ModelPredicateExtender<T>,
    MutableModel<T>,
    NonModelTypeConstructor<T>,
    ObserveQueryOptions<T>,
    Schema,
    SyncExpression,
  ],
  [OptionallyManagedIdentifier<T, 'id'>, PaginationInput<T>, PersistentModelConstructor<T>, PersistentModelMetaData<T>],
  [PredicateObject, PredicatesGroup, ProducerPaginationInput<T>, ProducerSortPredicate<T>, RecursiveModelPredicate<T>],
  [RecursiveModelPredicateExtender<T>, SortPredicate<T>, SubscriptionMessage<T>, SyncConflict<T>, SyncError<T>],
  typeof __modelMeta__,
];

test('every name that the published Amplify DataStore exports is exported', () => {
  const amplify = createRequire(join(process.cwd(), 'package.json'))('@aws-amplify/datastore') as object;
  const missing = Object.keys(amplify).filter((name) => !Object.hasOwn(deltabase, name));
  assert.ok(Object.keys(amplify).length > 30);
  assert.deepEqual(missing, []);
});

const { Post, Seat } = initSchema(testSchema) as Record<string, any>;
const { ModelPredicateCreator: creator, ModelSortPredicateCreator: sorts } = deltabase;

test('predicates that are made for any model are those that an app writes', () => {
  const filter = (model: unknown, predicate: unknown) => filterOf(definitionOfConstructor(model)!, predicate);
  const seat = new Seat({ hall: 'a', row: 'b' });
  assert.deepEqual(filter(Seat, creator.createForPk(Seat, seat)), {
    and: [{ hall: { eq: 'a' } }, { row: { eq: 'b' } }],
  });
  assert.throws(() => creator.createForPk(Seat, {}), { code: 'bad_request' });
  assert.deepEqual(filter(Post, creator.createFromFlatEqualities(Post, { title: 'x' })), {
    and: [{ title: { eq: 'x' } }],
  });
  const ast = {
    or: [{ rating: { between: [1, 3] } }, { not: { title: { beginsWith: 'a' } } }, { rating: { gt: 4, lt: 9 } }],
  };
  assert.deepEqual(filter(Post, creator.createFromAST(Post, ast)), {
    or: [...ast.or.slice(0, 2), { and: [{ rating: { gt: 4 } }, { rating: { lt: 9 } }] }],
  });
  assert.throws(() => filter(Post, creator.createFromAST(Post, { title: { like: 'x' } })), { code: 'bad_request' });
  assert.deepEqual([creator.isValidPredicate(() => ({})), creator.isValidPredicate({})], [true, false]);
});

test('predicates and sorts are read', () => {
  assert.deepEqual(
    creator.getPredicates((m) => m.or((o: any) => [o.a.eq(1), o.not((n: any) => n.b.between(1, 2))])),
    {
      type: 'or',
      predicates: [
        { field: 'a', operator: 'eq', operand: 1 },
        { type: 'not', predicates: [{ field: 'b', operator: 'between', operand: [1, 2] }] },
      ],
    },
  );
  const one = creator.getPredicates((m) => m.a.in([1]));
  assert.deepEqual(one, { type: 'and', predicates: [{ field: 'a', operator: 'in', operand: [1] }] });
  assert.deepEqual([deltabase.isPredicateGroup(one), deltabase.isPredicateObj(one)], [true, false]);
  assert.equal(deltabase.isPredicateObj(one.predicates[0]), true);
  assert.deepEqual(
    creator.getPredicates((m) => m),
    { type: 'and', predicates: [] },
  );
  const sort = sorts.createFromExisting<any>(Post, (s) => s.a('ASCENDING').b('DESCENDING'));
  assert.deepEqual(sorts.getPredicates(sort), [
    { field: 'a', sortDirection: 'ASCENDING' },
    { field: 'b', sortDirection: 'DESCENDING' },
  ]);
  assert.equal(sorts.isValidPredicate(sort), true);
  assert.deepEqual([deltabase.NAMESPACES.USER, deltabase.LimitTimerRaceResolvedValues.TIMER], ['user', 'TIMER']);
});
