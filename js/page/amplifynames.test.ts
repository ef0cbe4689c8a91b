import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import type * as Esbuild from 'esbuild';
import { initSchema } from './classes.js';
import * as names from './amplifynames.js';
import { testSchema } from './testschema.js';

const { Post, Place } = initSchema(testSchema) as Record<string, any>;
const { models } = testSchema;

test('the enums have the values that Amplify has', () => {
  assert.deepEqual([names.QueryOne.FIRST, names.QueryOne.LAST, names.QueryOne[0]], [0, 1, 'FIRST']);
  assert.deepEqual([names.GraphQLScalarType.ID, names.GraphQLScalarType.AWSIPAddress], [0, 13]);
  assert.equal(names.GraphQLScalarType[7], 'AWSDateTime');
  assert.equal(names.ProcessName.subscribe, 'subscribe');
  assert.equal(names.ModelOperation.DELETE, 'DELETE');
  assert.equal(names.ModelAttributeAuthAllow.OWNER, 'owner');
  assert.equal(names.ModelAttributeAuthProvider.USER_POOLS, 'userPools');
});

test('guards tell the parts of a schema from each other', () => {
  const { Post: post, Comment: comment, Seat: seat } = models;
  const nothing = [undefined, null, {}, 'x', 5];
  const guards: [(v: any) => boolean, unknown[], unknown[]][] = [
    [names.isSchemaModel, [post], [testSchema.nonModels!.Place, ...nothing]],
    [names.isSchemaModelWithAttributes, [post], [{ pluralName: 'Posts' }, ...nothing]],
    [names.isAssociatedWith, [post.fields.comments.association], [comment.fields.post.association, ...nothing]],
    [
      names.isTargetNameAssociation,
      [comment.fields.post.association, { targetName: 'postId' }],
      [post.fields.comments.association, ...nothing],
    ],
    [(name) => names.isFieldAssociation(post, name), ['comments'], ['title', 'nothing', 'toString']],
    [
      names.isModelAttributeAuth,
      [{ type: 'auth', properties: { rules: [{ allow: 'owner' }] } }],
      [{ type: 'auth', properties: { rules: [] } }, { type: 'auth' }, seat.attributes![1], ...nothing],
    ],
    [names.isModelAttributeKey, seat.attributes!.slice(1), [post.attributes![0], { type: 'key' }, ...nothing]],
    [
      names.isModelAttributePrimaryKey,
      seat.attributes!.slice(1),
      [{ type: 'key', properties: { name: 'byRow', fields: ['row'] } }, ...nothing],
    ],
    [
      names.isModelAttributeCompositeKey,
      [{ type: 'key', properties: { name: 'n', fields: ['a', 'b', 'c'] } }],
      [
        { type: 'key', properties: { name: 'n', fields: ['a', 'b'] } },
        { type: 'key', properties: { fields: ['a', 'b', 'c'] } },
        ...nothing,
      ],
    ],
    [names.isGraphQLScalarType, ['ID', 'AWSJSON'], ['0', 'Foo', 'toString', { model: 'Post' }, ...nothing.slice(0, 3)]],
    [names.isModelFieldType, [{ model: 'Post' }], [{ nonModel: 'Place' }, 'ID', ...nothing]],
    [names.isNonModelFieldType, [{ nonModel: 'Place' }], [{ enum: 'Status' }, 'ID', ...nothing]],
    [names.isEnumFieldType, [{ enum: 'Status' }], [{ model: 'Post' }, 'ID', ...nothing]],
    [(v) => names.isIdentifierObject(v, post), [{ id: 'x' }, { id: 'x', title: 'a' }], [{ title: 'a' }, ...nothing]],
    [(v) => names.isIdentifierObject(v, seat), [{ hall: 'a', row: 'b' }], [{ hall: 'a' }, ...nothing]],
    [names.utils.isModelConstructor, [Post], [Place, class {}, ...nothing]],
    [names.utils.isNonModelConstructor, [Place], [Post, class {}, ...nothing]],
  ];
  for (const [guard, yes, no] of guards) {
    for (const v of yes) assert.equal(guard(v), true, `${guard}: ${JSON.stringify(v)}`);
    for (const v of no) assert.equal(guard(v), false, `${guard}: ${JSON.stringify(v)}`);
  }
});

test('a bundler leaves out the names that nobody imports', async () => {
  const { build } = createRequire(join(process.cwd(), 'package.json'))('esbuild') as typeof Esbuild;
  const kept = async (contents: string) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: 'js/page', loader: 'ts' },
      bundle: true,
      format: 'esm',
      write: false,
      define: { __BUILD__: '""', __MODULE__: '""' },
    });
    return outputFiles[0].text;
  };
  assert.match(await kept("export { QueryOne } from './amplifynames.js'"), /LAST/);
  assert.doesNotMatch(await kept("export { initSchema } from '../index.js'"), /USER_POOLS|isModelConstructor|LAST/);
});
