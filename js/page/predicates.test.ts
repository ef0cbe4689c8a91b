import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equals, filterOf, Predicates } from './predicates.js';
import { definitionNamed } from './registry.js';
import { initSchema } from './classes.js';
import type { Definition } from './schema.js';
import { pagingOf, sortOf } from './sort.js';
import { deleteTarget, observeTarget, queryTarget } from './targets.js';
import { testSchema } from './testschema.js';

const { Post, Comment, Seat } = initSchema(testSchema) as Record<string, any>;
const post = definitionNamed('Post');

const filters: [string, (m: any) => unknown, unknown][] = [
  ['one comparison', (m) => m.title.eq('a'), { title: { eq: 'a' } }],
  ['undefined becomes null', (m) => m.title.ne(undefined), { title: { ne: null } }],
  ['between', (m) => m.rating.between(1, 3), { rating: { between: [1, 3] } }],
  ['in', (m) => m.rating.in([1, undefined]), { rating: { in: [1, null] } }],
  ['foreign key', (m) => m.createdAt.gt('x'), { createdAt: { gt: 'x' } }],
  [
    'groups',
    (m) =>
      m.and((a: any) => [
        a.title.beginsWith('x'),
        a.or((o: any) => [o.rating.ge(1), o.not((n: any) => n.done.eq(true))]),
      ]),
    { and: [{ title: { beginsWith: 'x' } }, { or: [{ rating: { ge: 1 } }, { not: { done: { eq: true } } }] }] },
  ],
  ['identity', (m) => m, undefined],
  ['below Infinity', (m) => m.rating.lt(Infinity), { rating: { notIn: [] } }],
  ['at most -Infinity', (m) => m.rating.le(-Infinity), { rating: { in: [] } }],
  ['above Infinity', (m) => m.rating.gt(Infinity), { rating: { in: [] } }],
  ['above -Infinity', (m) => m.rating.ge(-Infinity), { rating: { notIn: [] } }],
  ['equal to Infinity', (m) => m.rating.eq(Infinity), { rating: { in: [] } }],
  ['other than Infinity', (m) => m.rating.ne(-Infinity), { rating: { notIn: [] } }],
  ['from 0 on', (m) => m.rating.between(0, Infinity), { and: [{ rating: { ge: 0 } }, { rating: { notIn: [] } }] }],
  ['one of', (m) => m.rating.in([1, Infinity, -0]), { rating: { in: [1, 0] } }],
  ['-0', (m) => m.rating.lt(-0), { rating: { lt: 0 } }],
  ['JSON', (m) => m.meta.eq({ a: 1 }), { meta: { eq: '{"a":1}' } }],
  ['JSON text', (m) => m.meta.eq('"5"'), { meta: { eq: '"5"' } }],
];
for (const [name, predicate, wanted] of filters) {
  test(`filter: ${name}`, () => assert.deepEqual(filterOf(post, predicate), wanted));
}

for (const [name, predicate] of Object.entries<(m: any) => unknown>({
  NaN: (m) => m.rating.eq(Number('twelve')),
  'not NaN': (m) => m.rating.ne(NaN),
  'NaN in a list': (m) => m.rating.in([1, NaN]),
  'to NaN': (m) => m.rating.between(1, NaN),
  'Infinity for a text': (m) => m.title.lt(Infinity),
  'a Date': (m) => m.at.gt(new Date(0)),
  'an invalid Date': (m) => m.at.gt(new Date(NaN)),
  BigInt: (m) => m.rating.eq(5n),
  'a symbol': (m) => m.title.eq(Symbol('x')),
  'a function': (m) => m.title.ne(() => 'x'),
  'a class': (m) => m.title.eq(Post),
  'a Map': (m) => m.title.eq(new Map()),
  'a boxed number': (m) => m.rating.eq(new Number(5)),
  'a list with NaN': (m) => m.tags.contains([NaN]),
})) {
  test(`refused as an operand: ${name}`, () =>
    assert.throws(() => filterOf(post, predicate), { code: 'invalid_value' }));
}

test('keys are texts or numbers', () => {
  for (const id of [NaN, {}, Symbol('x'), () => 1, 5n, new Date(0)])
    assert.throws(() => deleteTarget(Post, { id }), { code: 'invalid_value' });
});

test('Predicates.ALL matches everything, as a value and as a function', () => {
  assert.equal(filterOf(post, Predicates.ALL), undefined);
  assert.equal(
    filterOf(post, () => Predicates.ALL),
    undefined,
  );
});

const terminate =
  "Invalid predicate. Terminate your predicate with a valid condition (e.g., `p => p.field.eq('value')`) or pass `Predicates.ALL`.";
const refused: [string, unknown, string][] = [
  ['no operand', (m: any) => m.title.eq(), 'Incorrect usage of `eq()`: Exactly 1 argument is required.'],
  [
    'three operands',
    (m: any) => m.rating.between(1, 2, 3),
    'Incorrect usage of `between()`: Exactly 2 arguments are required.',
  ],
  [
    'reversed',
    (m: any) => m.rating.between(3, 1),
    'Incorrect usage of `between()`: The first argument must be less than or equal to the second argument.',
  ],
  ['in without a list', (m: any) => m.rating.in(1), 'Incorrect usage of `in()`: The argument must be an array.'],
  [
    'group without a list',
    (m: any) => m.and((a: any) => a.title.eq('x')),
    'Invalid predicate. `and` groups must return an array of child conditions.',
  ],
  ['unfinished', (m: any) => m.title, terminate],
  ['nothing', () => undefined, terminate],
  ['not a function', 5, terminate],
  ['unknown field', (m: any) => m.nothing.eq(1), 'Invalid field for model. field: nothing, model: Post'],
  [
    'relation',
    (m: any) => m.comments.content.eq('x'),
    'Predication on releated models is not supported in this context. The server evaluates it as well, and its filters ' +
      'know one model: compare fields of Post itself instead of comments, for example the foreign key.',
  ],
];
for (const [name, predicate, message] of refused) {
  test(`refused: ${name}`, () => assert.throws(() => filterOf(post, predicate), { message, code: 'bad_request' }));
}

const comment = definitionNamed('Comment');
const leading: [string, Definition, (m: any) => unknown, unknown][] = [
  ['to one', comment, (m) => m.post.title.eq('a'), { post: { title: { eq: 'a' } } }],
  ['to many', post, (m) => m.comments.content.in(['a']), { comments: { content: { in: ['a'] } } }],
  ['there and back', post, (m) => m.comments.post.rating.gt(1), { comments: { post: { rating: { gt: 1 } } } }],
  [
    'groups of the other model',
    post,
    (m) => m.comments.and((c: any) => [c.content.eq('a'), c.or((o: any) => [o.postId.eq('p'), o.post.done.ne(true)])]),
    {
      comments: {
        and: [{ content: { eq: 'a' } }, { or: [{ postId: { eq: 'p' } }, { post: { done: { ne: true } } }] }],
      },
    },
  ],
  [
    'within groups of this one',
    post,
    (m) => m.or((o: any) => [o.rating.gt(1), o.not((n: any) => n.comments.content.eq('a'))]),
    { or: [{ rating: { gt: 1 } }, { not: { comments: { content: { eq: 'a' } } } }] },
  ],
  [
    'not, of the other',
    comment,
    (m) => m.post.not((p: any) => p.done.eq(true)),
    { post: { not: { done: { eq: true } } } },
  ],
  ['that there is one', comment, (m) => m.post, { post: {} }],
  ['that there is none', comment, (m) => m.not((n: any) => n.post), { not: { post: {} } }],
  ['one of the other that there is', post, (m) => m.comments.post, { comments: { post: {} } }],
  ['any of the other', post, (m) => m.comments.and((c: any) => [c]), { comments: { and: [{ and: [] }] } }],
  ['a bound that all keep', comment, (m) => m.post.rating.lt(Infinity), { post: { rating: { notIn: [] } } }],
];
for (const [name, definition, predicate, wanted] of leading) {
  test(`related: ${name}`, () => {
    assert.deepEqual(filterOf(definition, predicate, 'allowed'), wanted);
    const model = definition === post ? Post : Comment;
    assert.deepEqual(queryTarget(model, predicate, undefined).filter, wanted);
    assert.deepEqual(observeTarget(model, predicate).filter, wanted);
    assert.deepEqual(deleteTarget(model, predicate).filter, wanted);
  });
}

test('related: unknown fields and wrong use name the other model', () => {
  const wrong = (predicate: (m: any) => unknown, message: string) =>
    assert.throws(() => filterOf(comment, predicate, 'allowed'), { message, code: 'bad_request' });
  wrong((m) => m.post.nothing.eq(1), 'Invalid field for model. field: nothing, model: Post');
  wrong((m) => m.post.title.eq(), 'Incorrect usage of `eq()`: Exactly 1 argument is required.');
  wrong((m) => m.post.title, terminate);
  wrong((m) => m.post.and(5), terminate);
  wrong(
    (m) => m.post.or((p: any) => p.title.eq('x')),
    'Invalid predicate. `or` groups must return an array of child conditions.',
  );
  assert.throws(() => deleteTarget(new Comment({ content: 'x' }), (c: any) => c.post.title.eq('x')), /releated models/);
});

test('the form of DataStore 4 is answered with the form of today', () => {
  const wrong = (predicate: (m: any) => unknown, message: string) =>
    assert.throws(() => queryTarget(Post, predicate, undefined), { message, code: 'bad_request' });
  const told = (now: string, then: string) =>
    `Predicates call the comparison, not the field: write \`m => m.${now}\` for \`m => m.${then}\`, ` +
    `and \`m => m.and(m => [m.${now}, ...])\` for several.`;
  wrong((m) => m.rating('gt', 3).title('eq', 'a'), told('rating.gt(3)', "rating('gt', 3)"));
  wrong((m) => m.or((q: any) => q.title('beginsWith', 'a')), told("title.beginsWith('a')", "title('beginsWith', 'a')"));
  wrong((m) => m.rating('between', 1, 5), told('rating.between(1, 5)', "rating('between', 1, 5)"));
  wrong((m) => m.title('ASCENDING'), terminate);
  wrong((m) => m.title, terminate);
});

test('sort and page', () => {
  assert.deepEqual(
    sortOf(post, (s: any) => s.rating('DESCENDING').title('ASCENDING')),
    [
      { field: 'rating', direction: 'DESCENDING' },
      { field: 'title', direction: 'ASCENDING' },
    ],
  );
  assert.throws(
    () => sortOf(post, (s: any) => s.nothing('ASCENDING')),
    /Invalid field for model. field: nothing, model: Post/,
  );
  assert.deepEqual(pagingOf({ page: 1, limit: 2 }), { page: 1, limit: 2 });
  assert.deepEqual(pagingOf({ page: 1e308, limit: 1e21 }), { page: 2 ** 53 - 1, limit: 2 ** 53 - 1 });
  const wrong: [object, string][] = [
    [{ page: 1 }, 'Limit is required when requesting a page'],
    [{ page: 'x', limit: 1 }, 'Page should be a number'],
    [{ page: -1, limit: 1 }, "Page can't be negative"],
    [{ limit: 'x' }, 'Limit should be a number'],
    [{ limit: -1 }, "Limit can't be negative"],
  ];
  for (const [options, message] of wrong) assert.throws(() => pagingOf(options as any), { message });
});

test('targets of query, delete and observe', (t) => {
  t.mock.method(console, 'warn', () => {});
  assert.equal(queryTarget(Post, 'x', undefined).id, 'x');
  assert.equal(queryTarget(Seat, { hall: 'a', row: 'b' }, undefined).id, 'a#b');
  assert.throws(() => queryTarget(Seat, 'x', undefined), /Models with composite primary keys cannot be queried/);
  assert.throws(() => queryTarget(Post, 'x', { page: 1 }), { message: 'Limit is required when requesting a page' });
  assert.throws(() => queryTarget(Post, { id: 'x' }, { limit: -1 }), { message: "Limit can't be negative" });
  assert.throws(() => queryTarget({}, 'x', undefined), { message: 'Constructor is not for a valid model' });
  assert.throws(() => deleteTarget(undefined, 1), { message: 'Model or Model Constructor required' });
  assert.throws(() => deleteTarget(Post, undefined), /Id to delete or criteria required/);
  assert.throws(() => deleteTarget(Seat, 'x'), /cannot be deleted by a single key value, unless using a predicate/);
  assert.throws(() => deleteTarget(Post, 5), /Criteria required/);
  assert.throws(() => deleteTarget(new Post({}), 'x'), { message: 'Invalid criteria' });
  assert.throws(() => deleteTarget({}, 'x'), { message: 'Object is not an instance of a valid model' });
  assert.deepEqual(observeTarget(undefined, undefined), {});
  assert.equal(observeTarget(new Comment({ content: 'x' }), undefined).model, 'Comment');
  assert.throws(() => observeTarget(undefined, 'x'), { message: 'Cannot provide criteria without a modelConstructor' });
  assert.throws(() => observeTarget({}, 'x'), {
    message: 'The model is not an instance of a PersistentModelConstructor',
  });
  assert.throws(() => observeTarget(Post, { id: 'x' }), /Object literal syntax cannot be used with observe/);
});

test('equals', () => {
  assert.deepEqual(equals({ a: 1 }), { a: { eq: 1 } });
  assert.deepEqual(equals({ a: 1, b: 2 }), { and: [{ a: { eq: 1 } }, { b: { eq: 2 } }] });
});
