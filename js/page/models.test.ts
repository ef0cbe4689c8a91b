import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initSchema } from './classes.js';
import { recordId } from './identity.js';
import type { Instance, RecordSource } from './instances.js';
import { changesOf, takeNewId } from './models.js';
import { definitionNamed } from './registry.js';
import { fieldsOf, reader, rowOf } from './rows.js';
import { testSchema } from './testschema.js';

const { Post, Comment, Tag, Seat, Place } = initSchema(testSchema) as Record<string, any>;

const nowhere: RecordSource = { byId: async () => undefined, byFields: async () => [] };
const stored = (model: string, row: Instance, source = nowhere) => reader(definitionNamed(model), source)(row);
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('a new instance is frozen, has a fresh id and null for what was left out', () => {
  const post = new Post({ title: 'a', id: 'mine' });
  assert.match(post.id, uuidForm);
  assert.equal(post.rating, null);
  assert.equal(post.createdAt, null);
  assert.equal(Post.name, 'Post');
  assert.throws(() => (post.title = 'b'), /Cannot assign to read only property 'title'/);
  assert.throws(
    () => (new Comment({}).post = null),
    /Cannot assign to read only property 'post' of object '#<Comment>'/,
  );
});

test("identifiers: optional and custom keys are the caller's", () => {
  assert.equal(new Tag({ id: 'x' }).id, 'x');
  assert.match(new Tag({}).id, uuidForm);
  assert.equal(new Seat({ hall: 'h', row: '1' }).row, '1');
  assert.throws(() => new Seat({ hall: '', row: '1' }), {
    message: 'An index field cannot contain an empty string value',
  });
  assert.equal(recordId(definitionNamed('Seat'), { hall: 'a#b', row: '\\' }), 'a\\#b#\\\\');
});

test('only the first save of an id that was made here is about a new id', () => {
  const post = new Post({ title: 'a' });
  const copied = Post.copyOf(post, (draft: Instance) => void (draft.title = 'b'));
  assert.deepEqual([takeNewId(copied), takeNewId(post), takeNewId(copied)], [true, false, false]);
  assert.deepEqual(
    [takeNewId(new Tag({})), takeNewId(new Tag({ id: 'x' })), takeNewId(new Seat({ hall: 'h', row: '1' }))],
    [true, false, false],
  );
  const known = reader(definitionNamed('Post'), nowhere)({ id: '1', title: 'a' });
  assert.equal(takeNewId(Post.copyOf(known, (draft: Instance) => void (draft.title = 'b'))), false);
});

test('a record that was never synced has no metadata', () => {
  const read = reader(definitionNamed('Post'), nowhere);
  const shown = ({ _version, _lastChangedAt, _deleted }: Instance) => [_version, _lastChangedAt, _deleted];
  const local = { id: '1', title: 'a', _version: null, _lastChangedAt: null, _deleted: null };
  for (const row of [local, { id: '1' }]) assert.deepEqual(shown(read(row)), [undefined, undefined, undefined]);
  assert.deepEqual(shown(read({ ...local, _version: 2, _lastChangedAt: 5 })), [2, 5, null]);
});

const messages: [string, object, string][] = [
  ['required null', { title: null }, 'Field title is required'],
  ['required undefined', { title: undefined }, 'Field title is required'],
  ['wrong type', { title: 1 }, 'Field title should be of type string, number received. 1'],
  ['number field', { rating: 'x' }, 'Field rating should be of type number, string received. x'],
  ['non-null array', { words: null }, 'Field words is required'],
  ['not an array', { words: 'x' }, 'Field words should be of type [string], string received. x'],
  [
    'elements',
    { tags: ['a', null] },
    'All elements in the tags array should be of type string, [string,null] received. a,',
  ],
  ['bad JSON', { meta: '{' }, 'Field meta is an invalid JSON object. {'],
  ['AWSDateTime', { at: 'today' }, 'Field at should be of type AWSDateTime, validation failed. today'],
  ['AWSDate', { day: '2024-1-1' }, 'Field day should be of type AWSDate, validation failed. 2024-1-1'],
  ['AWSTime', { time: 'noon' }, 'Field time should be of type AWSTime, validation failed. noon'],
  ['AWSTimestamp', { stamp: -1 }, 'Field stamp should be of type AWSTimestamp, validation failed. -1'],
  ['AWSEmail', { mail: 'a' }, 'Field mail should be of type AWSEmail, validation failed. a'],
  ['AWSURL', { url: 'a' }, 'Field url should be of type AWSURL, validation failed. a'],
  ['AWSPhone', { phone: 'a' }, 'Field phone should be of type AWSPhone, validation failed. a'],
  ['AWSIPAddress', { ip: '1.2.3.400' }, 'Field ip should be of type AWSIPAddress, validation failed. 1.2.3.400'],
  ['embedded type', { place: 5 }, 'Field place should be of type Place, number recieved. 5'],
  ['field of an embedded type', { place: { city: 7 } }, 'Field city should be of type string, number received. 7'],
  [
    'embedded element',
    { places: [3] },
    'All elements in the places array should be of type Place, [number] received. 3',
  ],
  ['read-only', { title: 'a', createdAt: '2024-01-01T00:00:00Z' }, 'createdAt is read-only.'],
];
for (const [name, init, message] of messages) {
  test(`refused: ${name}`, () => assert.throws(() => new Post(init), { message, code: 'invalid_value' }));
}

test('accepted: good formats, numbers as booleans, JSON text, left out required fields', () => {
  const post = new Post({
    at: '2024-01-02T03:04:05.678Z',
    day: '2024-01-02',
    time: '03:04',
    stamp: 12,
    mail: 'a@b.co',
    url: 'https://a.b/',
    phone: '+1 555-0100',
    ip: '::1',
    done: 1,
    meta: '{"a":1}',
    place: new Place({ city: 'Rome' }),
  });
  assert.equal(post.title, null);
  assert.equal(post.done, true);
  assert.deepEqual(post.meta, { a: 1 });
  assert.throws(() => (post.meta.a = 2), TypeError);
  assert.throws(() => new Place({ city: null }), { message: 'Field city is required' });
});

test('copyOf: changes only, keys and read-only fields kept, returns ignored', (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  const source = stored('Post', { id: '1', title: 'a', rating: 1, createdAt: 'x', _version: 4 });
  const copied = Post.copyOf(source, (d: Instance) => {
    d.id = '2';
    d.title = 'b';
    d.updatedAt = null;
    return { title: 'c' };
  });
  assert.equal(copied.id, '1');
  assert.equal(copied.title, 'b');
  assert.equal(copied._version, 4);
  assert.match(warn.mock.calls[0].arguments[0], /does not update PK fields. The 'id' update is being ignored/);
  assert.deepEqual(changesOf(copied), ['title']);
  const twice = Post.copyOf(copied, (d: Instance) => void (d.rating = 2));
  assert.deepEqual(fieldsOf(definitionNamed('Post'), twice, changesOf(twice)), { title: 'b', rating: 2 });
  assert.throws(() => Post.copyOf(source, (d: Instance) => void (d.createdAt = 'y')), /createdAt is read-only/);
  assert.throws(() => Post.copyOf(source, (d: Instance) => void (d.title = null)), /Field title is required/);
  assert.throws(() => Post.copyOf({ id: '1' }, () => {}), { message: 'The source object is not a valid model' });
  assert.deepEqual(changesOf(source), []);
});

test('a draft is a deep copy', () => {
  const source = stored('Post', { id: '1', title: 'a', tags: ['x'], meta: '{"a":[1]}' });
  const copied = Post.copyOf(source, (d: Instance) => {
    d.tags.push('y');
    d.meta.a.push(2);
  });
  assert.deepEqual([source.tags, copied.tags], [['x'], ['x', 'y']]);
  assert.deepEqual(fieldsOf(definitionNamed('Post'), copied, changesOf(copied)), {
    tags: ['x', 'y'],
    meta: '{"a":[1,2]}',
  });
});

test('rows: AWSJSON travels as text, also inside embedded types', () => {
  const post = new Post({ title: 'a', meta: { a: 1 }, place: { city: 'Rome', extra: { b: 2 } } });
  const row = rowOf(definitionNamed('Post'), post);
  assert.equal(row.meta, '{"a":1}');
  assert.deepEqual(row.place, { city: 'Rome', extra: '{"b":2}' });
  const back = stored('Post', row);
  assert.deepEqual(back.place, { city: 'Rome', extra: { b: 2 } });
  assert.deepEqual(changesOf(post), ['title', 'meta', 'place', 'id']);
});

test('relations: setters set keys, getters load', async () => {
  const post = new Post({ title: 'a' });
  const comment = new Comment({ content: 'c', post });
  assert.equal(comment.postId, post.id);
  assert.equal(await comment.post, post);
  assert.deepEqual(changesOf(comment).sort(), ['content', 'id', 'postId']);
  assert.throws(() => new Comment({ post: new Tag({}) }), /Value passed to Comment.post is not an instance of Post/);
  assert.throws(() => new Comment({ post: { _version: 1 } }), /is not a valid instance of a model/);

  const asked: unknown[] = [];
  const source: RecordSource = {
    byId: async (model, id) => (asked.push([model, id]), post),
    byFields: async (model, values) => (asked.push([model, values]), [comment]),
  };
  const read = stored('Comment', { id: 'c', postId: 'p' }, source);
  assert.equal(await read.post, post);
  assert.equal(read.post, read.post);
  const parent = stored('Post', { id: 'p', title: 'a' }, source);
  assert.deepEqual(await parent.comments.toArray({ max: 1 }), [comment]);
  for await (const each of parent.comments) assert.equal(each, comment);
  assert.deepEqual(asked, [
    ['Post', 'p'],
    ['Comment', { postId: 'p' }],
  ]);
  assert.equal(await stored('Comment', { id: 'c', postId: null }, source).post, undefined);

  const cleared = Comment.copyOf(read, (d: Instance) => void (d.post = null));
  assert.deepEqual(fieldsOf(definitionNamed('Comment'), cleared, changesOf(cleared)), { postId: null });
});
