import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeEvent, decodeRow, type Queued, queuedOf } from './adoptrows.js';
import { initSchema } from './classes.js';
import { definitionNamed } from './registry.js';

// The layout is what the published aws-amplify wrote in Chromium.

const id = { name: 'id', isArray: false, type: 'ID', isRequired: true, attributes: [] };
const field = (name: string, type: any, more = {}) => ({ name, isArray: false, type, isRequired: false, ...more });
const model = (name: string, fields: Record<string, any>, attributes: any[] = []) => ({
  name,
  pluralName: `${name}s`,
  syncable: true,
  attributes: [{ type: 'model', properties: {} }, ...attributes],
  fields,
});

initSchema({
  version: 'v1',
  codegenVersion: '3.4.4',
  enums: {},
  nonModels: {},
  models: {
    Blog: model('Blog', { id, name: field('name', 'String') }),
    Post: model('Post', {
      id,
      title: field('title', 'String'),
      data: field('data', 'AWSJSON'),
      blog: field(
        'blog',
        { model: 'Blog' },
        { association: { connectionType: 'BELONGS_TO', targetNames: ['blogPostsId'] } },
      ),
      createdAt: field('createdAt', 'AWSDateTime', { isReadOnly: true }),
    }),
    Seat: model(
      'Seat',
      { hall: field('hall', 'String'), number: field('number', 'Int'), name: field('name', 'String') },
      [{ type: 'key', properties: { fields: ['hall', 'number'] } }],
    ),
  },
} as any);

const queuedBy = (...events: any[]) => {
  const all = new Map<string, Queued>();
  for (const event of events) queuedOf(all, event);
  return all;
};
const rowOf = (name: string, value: any, ...events: any[]) =>
  decodeRow(definitionNamed(name), value, queuedBy(...events));
const event = (operation: string, name: string, modelId: string, data: object, condition = '{}') => ({
  id: '01M8',
  model: name,
  modelId,
  operation,
  data: JSON.stringify(data),
  condition,
});
const version = { _version: 2, _lastChangedAt: 7, _deleted: null };

test('a row with a version is one of the server', () => {
  assert.deepEqual(
    rowOf('Post', { id: 'p', title: 't', data: { a: [1] }, blogPostsId: 'b', createdAt: null, ...version }),
    {
      row: {
        model: 'Post',
        row: { id: 'p', title: 't', data: '{"a":[1]}', createdAt: null, blogPostsId: 'b', ...version },
      },
    },
  );
});

test('a text in AWSJSON stays the text that it is', () => {
  const { row } = rowOf('Post', { id: 'p', data: 'five', ...version }) as any;
  assert.equal(row.row.data, '"five"');
  const { change } = decodeEvent(event('Update', 'Post', 'p', { id: 'p', data: '{"x":2}', ...version }), false) as any;
  assert.equal(change.fields.data, '{"x":2}'); // this is how aws-amplify queues it
});

test('what queued updates have put into a row is not the server’s', () => {
  const update = event('Update', 'Post', 'p', { id: 'p', title: 'mine', ...version });
  assert.deepEqual(rowOf('Post', { id: 'p', title: 'mine', data: null, ...version }, update), {
    row: { model: 'Post', row: { id: 'p', data: null, ...version } },
  });
});

test('a row without a version gets that of the update that is queued', () => {
  const update = event('Update', 'Post', 'p', { id: 'p', title: 'mine', ...version });
  assert.deepEqual(rowOf('Post', { id: 'p', title: 'mine', _version: undefined }, update), {
    row: { model: 'Post', row: { id: 'p', ...version } },
  });
});

test('a row whose create is queued is that create', () => {
  assert.deepEqual(rowOf('Post', { id: 'p', title: 't' }, event('Create', 'Post', 'p', { id: 'p', title: 't' })), {});
  const seat = { hall: 'A-1', number: 2, name: 'x' };
  assert.deepEqual(rowOf('Seat', seat, event('Create', 'Seat', 'A-1-2', seat)), {});
});

test('a row that no server knows becomes a create', () => {
  const { change } = rowOf('Post', { id: 'p', title: 't', data: null, _version: undefined }) as any;
  assert.match(change.id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    { ...change, id: '' },
    {
      id: '',
      model: 'Post',
      recordId: '',
      operation: 'create',
      fields: { id: 'p', title: 't' },
      unqueued: true,
    },
  );
});

test('a related record in the place of its foreign key is that key', () => {
  const { row } = rowOf('Post', { id: 'p', blog: { id: 'b', name: 'n' }, ...version }) as any;
  assert.equal(row.row.blogPostsId, 'b');
  assert.equal('blog' in row.row, false);
});

test('rows of a model that is gone, and damaged ones', () => {
  assert.deepEqual(decodeRow(undefined, { id: 'x', ...version }, new Map()), {}); // the server has it
  assert.equal(decodeRow(undefined, { id: 'x' }, new Map()), 'left');
  assert.equal(rowOf('Post', undefined), 'left');
  assert.equal(rowOf('Post', { title: 'no key' }), 'left');
});

test('a queued create, update and delete', () => {
  assert.deepEqual(
    decodeEvent(event('Create', 'Post', 'p', { id: 'p', title: 't', data: [1], blogPostsId: null }), true),
    {
      change: {
        id: '01M8',
        model: 'Post',
        recordId: 'p',
        operation: 'create',
        fields: { id: 'p', title: 't', data: '[1]' },
        condition: undefined,
        newId: true,
        sent: true,
      },
    },
  );
  const update = decodeEvent(
    event(
      'Update',
      'Seat',
      'A-1-2',
      { hall: 'A-1', number: 2, name: null, ...version },
      '{"and":[{"name":{"eq":"x"}}]}',
    ),
    false,
  ) as any;
  assert.deepEqual(update.change.fields, { hall: 'A-1', number: 2, name: null, ...version });
  assert.deepEqual(update.change.condition, { and: [{ name: { eq: 'x' } }] });
  assert.equal(update.change.newId, false);
  const gone = decodeEvent(event('Delete', 'Post', 'p', { id: 'p', title: 't', ...version }), false) as any;
  assert.equal(gone.change.operation, 'delete');
  assert.deepEqual(gone.row, { model: 'Post', row: { id: 'p', title: 't', ...version } });
});

test('fields and models that the schema no longer has stay in the change', () => {
  const { change } = decodeEvent(event('Update', 'Post', 'p', { id: 'p', mood: 'good', ...version }), false) as any;
  assert.equal(change.fields.mood, 'good');
  const other = decodeEvent(event('Create', 'Gone', 'g', { id: 'g', a: 1 }), false) as any;
  assert.deepEqual([other.change.model, other.change.recordId, other.change.fields], ['Gone', 'g', { id: 'g', a: 1 }]);
});

test('a create that was taken before and has grown is an update under an id of its own', () => {
  const { change } = decodeEvent(event('Create', 'Post', 'p', { id: 'p', title: 'later' }), false, 'abc') as any;
  assert.deepEqual([change.id, change.operation, change.fields], ['01M8.abc', 'update', { id: 'p', title: 'later' }]);
});

test('a change that can’t be read is left', () => {
  const good = event('Create', 'Post', 'p', { id: 'p' });
  for (const bad of [
    undefined,
    { ...good, data: '{' },
    { ...good, operation: 'Merge' },
    { ...good, condition: '{' },
    { ...good, id: '' },
    { ...good, data: '5' },
  ])
    assert.equal(decodeEvent(bad as any, false), 'left');
});
