import type { Schema, SchemaField } from './schema.js';

// The schema of the unit tests: every kind of field, key and relation.

const scalar = (name: string, type: string, more: Partial<SchemaField> = {}): SchemaField => ({
  name,
  type,
  isArray: false,
  isRequired: false,
  attributes: [],
  ...more,
});

const fields = (...list: SchemaField[]) => Object.fromEntries(list.map((f) => [f.name, f]));
const id = scalar('id', 'ID', { isRequired: true });
const stamps = [
  scalar('createdAt', 'AWSDateTime', { isReadOnly: true }),
  scalar('updatedAt', 'AWSDateTime', { isReadOnly: true }),
];
const model = (name: string, list: SchemaField[], keys: object[] = []) => ({
  name,
  pluralName: `${name}s`,
  syncable: true,
  attributes: [
    { type: 'model', properties: {} },
    ...keys.map((properties) => ({ type: 'key', properties: properties as any })),
  ],
  fields: fields(...list),
});

export const testSchema: Schema = {
  version: 'abc',
  codegenVersion: '3.4.4',
  enums: { Status: { name: 'Status', values: ['DRAFT', 'LIVE'] } },
  nonModels: {
    Place: {
      name: 'Place',
      fields: fields(scalar('city', 'String', { isRequired: true }), scalar('extra', 'AWSJSON')),
    },
  },
  models: {
    Post: model('Post', [
      id,
      scalar('title', 'String', { isRequired: true }),
      scalar('rating', 'Int'),
      scalar('done', 'Boolean'),
      scalar('meta', 'AWSJSON'),
      scalar('tags', 'String', { isArray: true, isRequired: true, isArrayNullable: true }),
      scalar('words', 'String', { isArray: true, isRequired: true }),
      scalar('status', 'String', { type: { enum: 'Status' } }),
      scalar('place', 'String', { type: { nonModel: 'Place' } }),
      scalar('places', 'String', {
        type: { nonModel: 'Place' },
        isArray: true,
        isArrayNullable: true,
        isRequired: true,
      }),
      scalar('at', 'AWSDateTime'),
      scalar('day', 'AWSDate'),
      scalar('time', 'AWSTime'),
      scalar('stamp', 'AWSTimestamp'),
      scalar('mail', 'AWSEmail'),
      scalar('url', 'AWSURL'),
      scalar('phone', 'AWSPhone'),
      scalar('ip', 'AWSIPAddress'),
      scalar('comments', '', {
        type: { model: 'Comment' },
        isArray: true,
        isArrayNullable: true,
        association: { connectionType: 'HAS_MANY', associatedWith: ['post'] },
      }),
      ...stamps,
    ]),
    Comment: model('Comment', [
      id,
      scalar('content', 'String'),
      scalar('post', '', {
        type: { model: 'Post' },
        association: { connectionType: 'BELONGS_TO', targetNames: ['postId'] },
      }),
      ...stamps,
    ]),
    Tag: model('Tag', [scalar('id', 'ID', { isRequired: true }), scalar('label', 'String')], [{ fields: ['id'] }]),
    Seat: model(
      'Seat',
      [
        scalar('hall', 'ID', { isRequired: true }),
        scalar('row', 'String', { isRequired: true }),
        scalar('taken', 'Boolean'),
      ],
      [{ fields: ['hall', 'row'] }],
    ),
  },
};
