// The page's API: model classes. Nothing here needs the engine.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { lifetime, openApi, serveApi } from './harness/api.mjs';

describe('model classes', () => {
  const t = lifetime();
  let run;
  before(async () => {
    ({ run } = await openApi(t, await serveApi(t)));
  });

  test('an instance is frozen', async () => {
    const [errors, ...rest] = await run(() => {
      // biome-ignore lint/suspicious/noRedundantUseStrict: this function is sent to the page, as a script
      'use strict';
      const post = new Post({ title: 'a' });
      const deep = new Value({ text: 'a', needed: ['x'], place: { city: 'Rome' }, json: { a: [1] } });
      const errors = [
        () => {
          post.title = 'b';
        },
        () => {
          post.other = 'b';
        },
        () => {
          delete post.title;
        },
        () => {
          post.blog = null;
        },
        () => deep.needed.push('y'),
        () => {
          deep.place.city = 'Oslo';
        },
        () => deep.json.a.push(2),
      ].map(thrown);
      return [errors, post.title, post instanceof Post, Post.name];
    });
    for (const error of errors) assert.match(error, /^TypeError: Cannot (assign|add|delete)/);
    assert.deepEqual(rest, ['a', true, 'Post']);
  });

  test("the app's own objects are neither frozen nor shared", async () => {
    assert.deepEqual(
      await run(() => {
        const json = { a: 1 };
        const needed = ['x'];
        const value = new Value({ text: 'a', needed, json });
        json.a = 2;
        needed.push('y');
        return [value.json, value.needed, Object.isFrozen(json)];
      }),
      [{ a: 1 }, ['x'], false],
    );
  });

  test('ids: managed, optional, custom, composite', async () => {
    const [managed, given, made, empties, missing, custom, composite] = await run(() => [
      new Post({ id: 'x', title: 'a' }).id,
      new Tag({ id: 'x' }).id,
      new Tag({}).id,
      [
        thrown(() => new Country({ code: '', name: 'n' })),
        thrown(() => new Seat({ hall: 'a', place: '' })),
        thrown(() => new Tag({ id: '' })),
      ],
      [thrown(() => new Country({ code: null, name: 'n' })), thrown(() => new Seat({ hall: 'a', place: undefined }))],
      new Country({ code: 'it' }).code,
      plain(new Seat({ hall: 'a', place: 'b' })),
    ]);
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    assert.match(managed, uuid);
    assert.match(made, uuid);
    assert.equal(given, 'x');
    for (const error of empties)
      assert.equal(error, 'invalid_value: An index field cannot contain an empty string value');
    assert.deepEqual(missing, ['invalid_value: Field code is required', 'invalid_value: Field place is required']);
    assert.equal(custom, 'it');
    assert.deepEqual(composite, { hall: 'a', place: 'b', taken: null, createdAt: null, updatedAt: null });
  });

  test('required fields: explicit null is refused, an omitted key is null', async () => {
    assert.deepEqual(
      await run(() => [
        thrown(() => new Post({ title: null })),
        thrown(() => new Post({ title: undefined })),
        new Post({}).title,
        new Post({ title: 'a' }).rating,
        thrown(() => new Value({ text: 'a', needed: null })),
        new Value({ text: 'a' }).needed,
        new Value({ text: 'a', words: null }).words,
        new Value({ text: 'a', needed: [null] }).needed,
      ]),
      [
        'invalid_value: Field title is required',
        'invalid_value: Field title is required',
        null,
        null,
        'invalid_value: Field needed is required',
        null,
        null,
        [null],
      ],
    );
  });

  for (const [field, value, message] of [
    ['text', 1, 'Field text should be of type string, number received. 1'],
    ['text', true, 'Field text should be of type string, boolean received. true'],
    ['whole', '1', 'Field whole should be of type number, string received. 1'],
    ['ratio', 'x', 'Field ratio should be of type number, string received. x'],
    ['flag', 'true', 'Field flag should be of type boolean, string received. true'],
    ['at', [], 'Field at should be of type string, object received. '],
    ['day', '2026-1-1', 'Field day should be of type AWSDate, validation failed. 2026-1-1'],
    ['time', '9:00', 'Field time should be of type AWSTime, validation failed. 9:00'],
    ['at', '2026-01-01', 'Field at should be of type AWSDateTime, validation failed. 2026-01-01'],
    ['stamp', -1, 'Field stamp should be of type AWSTimestamp, validation failed. -1'],
    ['stamp', '12', 'Field stamp should be of type number, string received. 12'],
    ['mail', 'nobody', 'Field mail should be of type AWSEmail, validation failed. nobody'],
    ['url', 'nowhere', 'Field url should be of type AWSURL, validation failed. nowhere'],
    ['phone', 'none', 'Field phone should be of type AWSPhone, validation failed. none'],
    ['ip', '1.2.3.256', 'Field ip should be of type AWSIPAddress, validation failed. 1.2.3.256'],
    ['json', '{bad', 'Field json is an invalid JSON object. {bad'],
    ['words', [null], 'All elements in the words array should be of type string, [null] received. '],
    ['words', ['a', 1], 'All elements in the words array should be of type string, [string,number] received. a,1'],
    ['words', 'a', 'Field words should be of type [string], string received. a'],
    ['needed', 'a', 'Field needed should be of type [string | null | undefined], string received. a'],
    [
      'needed',
      [1],
      'All elements in the needed array should be of type string | null | undefined, [number] received. 1',
    ],
    [
      'mails',
      ['a@b.c', 'x'],
      'All elements in the mails array should be of type AWSEmail, validation failed for one or more elements. a@b.c,x',
    ],
    ['place', 1, 'Field place should be of type Place, number recieved. 1'],
    ['place', 'x', 'Field place should be of type Place, string recieved. x'],
    ['place', { city: 1 }, 'Field city should be of type string, number received. 1'],
    ['place', { city: null }, 'Field city is required'],
    ['places', [1], 'All elements in the places array should be of type Place, [number] received. 1'],
    ['places', [{ city: 'a', zip: 'b' }], 'Field zip should be of type number, string received. b'],
  ]) {
    test(`${field}: ${JSON.stringify(value)} is refused, by the constructor and by copyOf`, async () => {
      assert.deepEqual(
        await run(
          ([name, bad]) => {
            const good = new Value({ text: 'a' });
            return [
              thrown(() => new Value({ [name]: bad })),
              thrown(() =>
                Value.copyOf(good, (draft) => {
                  draft[name] = bad;
                }),
              ),
            ];
          },
          [field, value],
        ),
        [`invalid_value: ${message}`, `invalid_value: ${message}`],
      );
    });
  }

  test('what JSON does not have is refused, not changed; a Date in JSON is a text', async () => {
    const [json, date, dates, ...errors] = await run(() => {
      const circle = {};
      circle.circle = circle;
      return [
        new Value({ text: 'a', json: { at: new Date(0), list: [new Date(0)] } }).json,
        thrown(() => new Value({ text: 'a', at: new Date(0) })),
        thrown(() => new Value({ text: 'a', mails: [new Date(0)] })),
        ...[NaN, Infinity].flatMap((number) => [
          thrown(() => new Post({ rating: number })),
          thrown(() => new Value({ ratio: number })),
        ]),
        thrown(() => new Value({ text: 'a', json: circle })),
        thrown(() => new Value({ text: 'a', json: { a: 5n } })),
        thrown(() => new Post({ title: 5n })),
      ];
    });
    assert.deepEqual(json, { at: '1970-01-01T00:00:00.000Z', list: ['1970-01-01T00:00:00.000Z'] });
    assert.match(date, /^invalid_value: Field at should be of type string, object received\. Thu Jan 01 1970/);
    assert.match(
      dates,
      /^invalid_value: All elements in the mails array should be of type string \| null \| undefined, \[object\] received/,
    );
    assert.deepEqual(errors.slice(0, 2), [
      'invalid_value: Field rating should be of type Int, validation failed. NaN',
      'invalid_value: Field ratio should be of type Float, validation failed. NaN',
    ]);
    for (const error of errors.slice(2))
      assert.match(error, /^invalid_value: Field \w+ (should be|can't be written as JSON)/);
  });

  test('what fits is taken, and cast where Amplify casts', async () => {
    const good = {
      text: 'a',
      whole: 1,
      ratio: 1.5,
      flag: true,
      day: '2026-01-31Z',
      time: '12:30:24.500Z',
      at: '2026-01-31T12:30:00.000Z',
      stamp: 1,
      mail: 'a@b.example',
      url: 'https://a.example/b?c#d',
      phone: '+49 30 123-45',
      ip: '::1',
      status: 'LIVE',
      statuses: ['LIVE', 'DRAFT'],
      place: { city: 'Rome', zip: 1, extra: { a: 1 } },
      places: [{ city: 'Oslo' }],
      words: ['a'],
      needed: [null, 'b'],
    };
    const [all, cast] = await run(
      (init) => [
        plain(new Value(init)),
        plain(
          new Value({ text: 'a', json: '{"a":1}', flag: 1, words: '["x"]', place: '{"city":"Rome"}', status: 'DRAFT' }),
        ),
      ],
      good,
    );
    for (const [name, value] of Object.entries(good)) assert.deepEqual(all[name], value, name);
    assert.deepEqual(
      [cast.json, cast.flag, cast.words, cast.place.city, cast.status],
      [{ a: 1 }, true, ['x'], 'Rome', 'DRAFT'],
    );
  });

  test('read-only fields: refused at construction; a copy may only empty them', async () => {
    assert.deepEqual(
      await run(() => {
        const post = new Post({ title: 'a' });
        return [
          thrown(() => new Post({ title: 'a', createdAt: '2026-01-01T00:00:00Z' })),
          thrown(() =>
            Post.copyOf(post, (draft) => {
              draft.updatedAt = '2026-01-01T00:00:00Z';
            }),
          ),
          Post.copyOf(post, (draft) => {
            draft.createdAt = null;
          }).createdAt,
          post.createdAt,
        ];
      }),
      ['invalid_value: createdAt is read-only.', 'invalid_value: updatedAt is read-only.', null, null],
    );
  });

  test('copyOf: a new frozen instance, its key unchanged, the return value ignored', async () => {
    assert.deepEqual(
      await run(() => {
        const post = new Post({ title: 'a', rating: 1 });
        warnings.length = 0;
        const copy = Post.copyOf(post, (draft) => {
          draft.id = 'other';
          draft.title = 'b';
          return { title: 'ignored' };
        });
        const seat = Seat.copyOf(new Seat({ hall: 'h', place: '1' }), (draft) => {
          draft.place = '2';
        });
        return [
          copy.id === post.id,
          copy.title,
          copy.rating,
          post.title,
          copy !== post,
          Object.isFrozen(copy),
          copy instanceof Post,
          seat.place,
          warnings,
        ];
      }),
      [
        true,
        'b',
        1,
        'a',
        true,
        true,
        true,
        '1',
        [
          "copyOf() does not update PK fields. The 'id' update is being ignored.",
          "copyOf() does not update PK fields. The 'place' update is being ignored.",
        ],
      ],
    );
  });

  test('copyOf of what is no instance of the class', async () => {
    const errors = await run(() =>
      [{ title: 'a' }, null, undefined, 'x', new Blog({ name: 'b' })].map((source) =>
        thrown(() => Post.copyOf(source, () => {})),
      ),
    );
    for (const error of errors) assert.equal(error, 'invalid_value: The source object is not a valid model');
  });

  test('nested values can be changed in a draft, without touching the source', async () => {
    assert.deepEqual(
      await run(() => {
        const value = new Value({ text: 'a', needed: ['x'], json: { a: [1] }, place: { city: 'Rome' } });
        const copy = Value.copyOf(value, (draft) => {
          draft.needed.push('y');
          draft.json.a.push(2);
          draft.place.city = 'Oslo';
        });
        return [value.needed, value.json, value.place, copy.needed, copy.json, copy.place];
      }),
      [['x'], { a: [1] }, { city: 'Rome' }, ['x', 'y'], { a: [1, 2] }, { city: 'Oslo' }],
    );
  });

  test('extra keys are kept, embedded types are frozen and checked, relations are checked', async () => {
    assert.deepEqual(
      await run(() => {
        const place = new Place({ city: 'Rome' });
        return [
          new Post({ title: 'a', extra: 1 }).extra,
          Object.isFrozen(place),
          place.city,
          thrown(() => new Place({ city: 1 })),
          thrown(() => new Post({ title: 'a', blog: new Tag({}) })),
          thrown(() => new Post({ title: 'a', blog: { _version: 1, id: 'x' } })),
          new Post({ title: 'a', blog: new Blog({ name: 'b' }) }).blogPostsId.length,
        ];
      }),
      [
        1,
        true,
        'Rome',
        'invalid_value: Field city should be of type string, number received. 1',
        'invalid_value: Value passed to Post.blog is not an instance of Blog',
        'invalid_value: Value passed to Post.blog is not a valid instance of a model',
        36,
      ],
    );
  });
});
