// The page's API: initSchema(), what it refuses and what calls before it are told. Nothing here needs the engine.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { lifetime, openApi, serveApi } from './harness/api.mjs';
import { openProfile } from './harness/chromium.mjs';

describe('initSchema', () => {
  const t = lifetime();
  let context;
  let site;
  before(async () => {
    site = await serveApi(t);
    context = await openProfile(t);
  });

  const unused = async (fn, argument) => {
    const { page, run } = await openApi(null, site, { context, path: '/blank.html' });
    try {
      return await run(fn, argument);
    } finally {
      await page.close();
    }
  };

  test('refuses other code generators, and says which one it wants', async () => {
    for (const [version, shown] of [
      ['2.9.0', '2.9.0'],
      [undefined, 'an unknown version'],
      ['3.1.9', '3.1.9'],
    ]) {
      const error = await unused(async (codegenVersion) => {
        const { initSchema } = await import('/dist/index.js');
        try {
          return initSchema({ version: 'x', models: {}, codegenVersion });
        } catch (e) {
          return { code: e.code, message: e.message };
        }
      }, version);
      assert.deepEqual(error, {
        code: 'schema_invalid',
        message:
          `Models were generated with an unsupported version of codegen. Codegen artifacts are from ${shown}, ` +
          "whereas ^3.2.0 is required. Update to the latest CLI and run 'amplify codegen models'.",
      });
    }
  });

  test('refuses models that belong to each other in a circle', async () => {
    const message = await unused(async () => {
      const { initSchema } = await import('/dist/index.js');
      const belonging = (name, other) => ({
        name,
        pluralName: `${name}s`,
        syncable: true,
        attributes: [],
        fields: {
          id: { name: 'id', type: 'ID', isRequired: true, isArray: false },
          other: {
            name: 'other',
            type: { model: other },
            isArray: false,
            association: { connectionType: 'BELONGS_TO', targetNames: ['otherId'] },
          },
        },
      });
      try {
        return initSchema({
          version: 'x',
          codegenVersion: '3.4.4',
          models: { A: belonging('A', 'B'), B: belonging('B', 'A') },
        });
      } catch (e) {
        return e.message;
      }
    });
    assert.equal(message, 'Models are not topologically sortable. Please verify your schema.');
  });

  test('refuses what is no schema, and names that every object has', async () => {
    const errors = await unused(async () => {
      const { initSchema } = await import('/dist/index.js');
      const field = (name, type = 'String') => ({ name, type, isArray: false, isRequired: false });
      const withField = (name) => ({
        A: {
          name: 'A',
          attributes: [],
          fields: JSON.parse(JSON.stringify({ id: field('id', 'ID'), renamed: field(name) }).replace('renamed', name)),
        },
      });
      const code = (schema) => {
        try {
          return initSchema(schema);
        } catch (e) {
          return `${e.code}: ${e.message}`;
        }
      };
      const tried = ['constructor', '__proto__', 'prototype', 'and', 'or', 'not'].map((name) =>
        code({ version: 'x', codegenVersion: '3.4.4', models: withField(name) }),
      );
      const then = { name: 'then', attributes: [], fields: { id: field('id', 'ID') } };
      return [
        ...tried,
        code({ version: 'x', codegenVersion: '3.4.4', models: { then } }),
        code({ codegenVersion: '3.4.4' }),
        code(undefined),
      ];
    });
    for (const error of errors.splice(0, 7))
      assert.match(error, /^schema_invalid: .* is a name that JavaScript or filters need themselves/);
    assert.match(errors[0], /^schema_invalid: initSchema\(\) takes the schema of a generated schema\.js/);
    assert.match(errors[1], /^schema_invalid: Models were generated with an unsupported version/);
  });

  test('a second call warns, asks for a reload where models differ, and gives the first classes', async () => {
    assert.deepEqual(
      await unused(async () => {
        const { initSchema } = await import('/dist/index.js');
        const { schema } = await import('/models/schema.js');
        const warnings = [];
        console.warn = (text) => warnings.push(text);
        const first = initSchema(schema);
        const again = [initSchema(schema), initSchema({ ...schema, models: {} })].map((classes) => classes === first);
        return [again, warnings, first.Post.name, Object.keys(first).sort()];
      }),
      [
        [true, true],
        [
          'The schema has already been initialized',
          'The schema has already been initialized, and the models that came now differ: this page goes on with the ' +
            'first ones. Reload it for the new ones.',
        ],
        'Post',
        'Author Blog Book Comment Country Cover Diary Hall Order Place Post Seat Show Tag Value Writing'.split(' '),
      ],
    );
  });

  test('without it nothing starts, and the error says what to call', async () => {
    const errors = await unused(async () => {
      const { DataStore, createDataStore } = await import('/dist/index.js');
      const errorOf = (call) =>
        call().then(
          () => 'no error',
          (e) => `${e.code}: ${e.message}`,
        );
      return [
        await errorOf(() => DataStore.start()),
        await errorOf(() => DataStore.clear()),
        await errorOf(() => createDataStore({ database: 'x' }).start()),
      ];
    });
    for (const error of errors)
      assert.match(error, /^not_configured: Schema is not initialized\. DataStore will not function as expected/);
  });
});
