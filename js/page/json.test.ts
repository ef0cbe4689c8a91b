import assert from 'node:assert/strict';
import { test } from 'node:test';
import { json } from './json.js';
import { changesOf } from './models.js';
import { definitionNamed } from './registry.js';
import { initSchema } from './classes.js';
import { fieldsOf, reader, rowOf } from './rows.js';
import { testSchema } from './testschema.js';

const { Post, Place } = initSchema(testSchema) as Record<string, any>;
const definition = definitionNamed('Post');
const nowhere = { byId: async () => undefined, byFields: async () => [] };
const stored = (row: object) => reader(definition, nowhere)(row);

test('what JSON lacks is refused, what it has is kept', () => {
  for (const value of [
    NaN,
    [Infinity],
    { a: -Infinity },
    () => 1,
    { a: Symbol('x') },
    5n,
    new Map(),
    new Set([1]),
    /x/,
    new Uint8Array(1),
    { a: [new WeakMap()] },
  ]) {
    assert.throws(() => json(value), TypeError);
  }
  const at = new Date(0);
  assert.deepEqual(
    json({ a: -0, at, none: undefined, list: [undefined, , new Number(5), new String('x'), new Boolean(false)] }),
    { a: 0, at: at.toJSON(), list: [null, null, 5, 'x', false] },
  );
});

// A text that the app gives is JSON text; the row holds a text with the same meaning, to the last digit.
for (const [text, value] of [
  ['"5"', '5'],
  ['5', 5],
  ['"{\\"a\\":1}"', '{"a":1}'],
  ['"\\"twice\\""', '"twice"'],
  ['true', true],
  ['""', ''],
  ['" "', ' '],
  ['{"__proto__":{"a":"5"},"toString":1}', JSON.parse('{"__proto__":{"a":"5"},"toString":1}')],
  ['{"n":9007199254740993}', { n: 9007199254740992 }],
  ['[123456789012345678901234567890]', [1.2345678901234568e29]],
  ['9007199254740993', 9007199254740992],
] as [string, unknown][]) {
  test(`AWSJSON ${text}`, () => {
    const post = new Post({ title: 'a', meta: text });
    assert.deepEqual(post.meta, value);
    const row = rowOf(definition, post);
    assert.equal(row.meta, text);
    const back = stored(row);
    assert.deepEqual(back.meta, value);
    assert.equal(rowOf(definition, back).meta, text);
    const copied = Post.copyOf(back, (d: any) => void (d.title = 'b'));
    assert.deepEqual(changesOf(copied), ['title']);
    assert.equal(rowOf(definition, copied).meta, text);
    assert.equal(
      fieldsOf(
        definition,
        Post.copyOf(back, (d: any) => void (d.meta = text)),
        ['meta'],
      ).meta,
      text,
    );
  });

  test(`AWSJSON ${text} inside an embedded type`, () => {
    const made = new Post({ title: 'a', place: new Place({ city: 'Rome', extra: text }) });
    const plain = new Post({
      title: 'a',
      place: { city: 'Rome', extra: text },
      places: [{ city: 'Oslo', extra: text }],
    });
    for (const post of [made, plain, new Post({ title: 'a', place: plain.place, places: plain.places })]) {
      assert.deepEqual(post.place, { city: 'Rome', extra: value });
      assert.deepEqual(rowOf(definition, post).place, { city: 'Rome', extra: text });
      const copied = Post.copyOf(stored(rowOf(definition, post)), (d: any) => void (d.place.city = 'Bari'));
      assert.deepEqual(rowOf(definition, copied).place, { city: 'Bari', extra: text });
    }
    const more = Post.copyOf(plain, (d: any) => void d.places.unshift({ city: 'Bonn', extra: '"6"' }));
    assert.deepEqual(rowOf(definition, more).places, [
      { city: 'Bonn', extra: '"6"' },
      { city: 'Oslo', extra: text },
    ]);
  });
}

test('a Date in a draft is a change; an absent element is null', () => {
  const source = new Post({ title: 'a', meta: {} });
  const copied = Post.copyOf(source, (d: any) => void (d.meta = new Date(0)));
  assert.equal(copied.meta, '1970-01-01T00:00:00.000Z');
  assert.equal(rowOf(definition, copied).meta, '"1970-01-01T00:00:00.000Z"');
  assert.ok(Object.is(new Post({ title: 'a', rating: -0 }).rating, 0));
});
