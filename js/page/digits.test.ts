import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initSchema } from './classes.js';
import { definitionNamed } from './registry.js';
import { changesOf } from './models.js';
import { filterOf } from './predicates.js';
import { fieldsOf, reader, rowOf } from './rows.js';
import type { Schema } from './schema.js';
import { testSchema } from './testschema.js';

// Numbers that JavaScript can't hold keep their digits as long as the app leaves them as they are, wherever
// AWSJSON may stand.

const { Post: model } = testSchema.models;
const metas = { ...model.fields.meta, name: 'metas', isArray: true, isArrayNullable: true };
const schema: Schema = {
  ...testSchema,
  models: { ...testSchema.models, Post: { ...model, fields: { ...model.fields, metas } } },
};
const { Post, Place } = initSchema(schema) as Record<string, any>;
const definition = definitionNamed('Post');
const nowhere = { byId: async () => undefined, byFields: async () => [] };
const stored = (row: object) => reader(definition, nowhere)(row);

/** Random numbers below n, the same ones for a seed. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** A JSON text, often with numbers that are rounded when they are parsed. */
function text(below: (n: number) => number, depth = 0): string {
  const digits = () => String(1 + below(9)) + Array.from({ length: 15 + below(15) }, () => below(10)).join('');
  switch (below(depth > 2 ? 6 : 8)) {
    case 0:
    case 1:
      return digits();
    case 2:
      return below(2)
        ? `-${digits()}.${digits()}`
        : `${digits().slice(0, 8)}.${digits().slice(0, 13).replace(/0+$/, '')}1`;
    case 3:
      return String(below(100));
    case 4:
      return JSON.stringify(digits());
    case 5:
      return below(2) ? 'true' : '9007199254740993';
    case 6:
      return `[${Array.from({ length: below(4) }, () => text(below, depth + 1)).join()}]`;
    default:
      return `{${Array.from({ length: below(4) }, (_, i) => `"k${i}":${text(below, depth + 1)}`).join()}}`;
  }
}

test('every number that the app leaves as it is keeps its digits', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const below = dice(seed);
    const some = () => Array.from({ length: 1 + below(4) }, () => text(below));
    const row = {
      id: 'a',
      title: 'a',
      meta: text(below),
      metas: some(),
      place: { city: 'Rome', extra: text(below) },
      places: some().map((extra, i) => ({ city: `c${i}`, extra })),
    };
    const written = (post: object) => {
      const { meta, metas, place, places } = rowOf(definition, post as any);
      return { meta, metas, place, places };
    };
    const { id, title, ...wanted } = row;
    const told = `seed ${seed}`;
    const back = stored(row);
    assert.deepEqual(written(back), wanted, told);

    const made = new Post({ title, ...wanted, place: new Place(wanted.place) });
    assert.deepEqual(written(made), wanted, told);
    assert.deepEqual(
      written(new Post({ title, ...written(back), metas: back.metas, places: back.places })),
      wanted,
      told,
    );

    // An edit beside them: at the beginning, at the end, or in a field of its own.
    const copied = Post.copyOf(below(2) ? back : made, (d: any) => {
      d.metas.unshift('"new"');
      d.metas.push('7');
      d.place.city = 'Bari';
      d.places[0].city = 'Bonn';
      d.places.push({ city: 'new', extra: '9007199254740995' });
    });
    const edited = {
      meta: wanted.meta,
      metas: ['"new"', ...wanted.metas, '7'],
      place: { ...wanted.place, city: 'Bari' },
      places: [
        { ...wanted.places[0], city: 'Bonn' },
        ...wanted.places.slice(1),
        { city: 'new', extra: '9007199254740995' },
      ],
    };
    assert.deepEqual(written(copied), edited, told);
    const again = Post.copyOf(copied, (d: any) => {
      d.metas.shift();
      d.places.pop();
    });
    assert.deepEqual(
      written(again),
      { ...edited, metas: edited.metas.slice(1), places: edited.places.slice(0, -1) },
      told,
    );
  }
});

/** Texts of values as one text of all: each as it is, or as a text in it. */
function within(below: (n: number) => number, text: string): string {
  const space = below(3) ? '' : ' \n';
  return `${space}${text.startsWith('"') || below(3) === 0 ? JSON.stringify(text) : text}${space}`;
}

test('every number of a list or an embedded type that the app gives as one text keeps its digits', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const below = dice(seed);
    const some = Array.from({ length: 1 + below(4) }, () => text(below));
    const list = `[${some.map((one) => within(below, one)).join()}]`;
    const [city, extra] = [`a"]},\\${text(below)}`, text(below)];
    const place = `{"city":${JSON.stringify(city)}, "extra" :${within(below, extra)}}`;
    const wanted = {
      metas: some,
      place: { city, extra },
      places: [
        { city, extra },
        { city: 'b', extra: '5' },
      ],
    };
    const given = { metas: list, place, places: `[${place},{"city":"b","extra":5}]` };
    const written = (post: object) => {
      const { metas, place, places } = rowOf(definition, post as any);
      return { metas, place, places };
    };
    const told = `seed ${seed}: ${list} ${place}`;
    const made = new Post({ title: 'a', ...given });
    assert.deepEqual(written(made), wanted, told);
    assert.deepEqual(
      written(new Post({ title: 'a', ...given, place: new Place(JSON.parse(JSON.stringify({ city, extra }))) })),
      wanted,
      told,
    );
    const copied = Post.copyOf(stored({ id: 'a', title: 'a' }), (d: any) => void Object.assign(d, given));
    assert.deepEqual(written(copied), wanted, told);
    assert.deepEqual(changesOf(copied), ['place', 'places', 'metas'], told);
  }
});

test('a text for a list or an embedded type is what it is without such numbers', () => {
  const digits = '12345678901234567890';
  for (const [given, value] of [
    [`{"city":"x","city":"Rome","extra":${digits}}`, { city: 'Rome', extra: digits }],
    [`{"city":"Rome","extra":{"__proto__":${digits}}}`, { city: 'Rome', extra: `{"__proto__":${digits}}` }],
    [`{"city":"Rome","extra":[1e2, -0.5] }`, { city: 'Rome', extra: '[1e2, -0.5]' }],
    [`{"city":"Rome","city":"${digits}","extra":null}`, { city: digits, extra: null }],
  ] as const) {
    assert.deepEqual(rowOf(definition, new Post({ title: 'a', place: given })).place, value, given);
  }
  assert.deepEqual(rowOf(definition, new Post({ title: 'a', metas: ` [ ] ${' '.repeat(20)}` })).metas, []);
  for (const wrong of [`[${digits}`, digits, `{"a":${digits}}`, `"${digits}"`, `[${digits}]]`]) {
    assert.throws(() => new Post({ title: 'a', metas: wrong }), /Field metas/, wrong);
  }
});

test('a text with another number is a change, though both look the same to JavaScript', () => {
  const [was, is] = ['9007199254740993', '9007199254740992'];
  const before = { meta: `{"n":${was}}`, metas: [was, '1'], place: { city: 'Rome', extra: was } };
  const after = { meta: `{"n":${is}}`, metas: [is, '1'], place: { city: 'Rome', extra: is } };
  const source = stored({ id: 'a', title: 'a', ...before });
  for (const [name, value] of Object.entries(after)) {
    const copied = Post.copyOf(source, (d: any) => void (d[name] = value));
    assert.deepEqual(changesOf(copied), [name]);
    assert.deepEqual(fieldsOf(definition, copied, [name]), { [name]: value });
  }
  const same = Post.copyOf(source, (d: any) => void Object.assign(d, before));
  assert.deepEqual(changesOf(same), []);
});

test('an operand that was taken from a record is compared with all digits', () => {
  const back = stored({ id: 'a', title: 'a', meta: '{"n":9007199254740993}' });
  assert.deepEqual(
    filterOf(definition, (p: any) => p.meta.eq(back.meta)),
    { meta: { eq: '{"n":9007199254740993}' } },
  );
});

test('a number that the app sets itself is what JavaScript holds', () => {
  const back = stored({ id: 'a', title: 'a', metas: ['9007199254740993'], place: { city: 'Rome', extra: '1e400' } });
  const copied = Post.copyOf(back, (d: any) => {
    d.metas[0] = 9007199254740994;
    d.place.extra = 5;
  });
  const { metas, place } = rowOf(definition, copied);
  assert.deepEqual({ metas, place }, { metas: ['9007199254740994'], place: { city: 'Rome', extra: '5' } });
});
