import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initSchema } from './classes.js';
import { definitionNamed } from './registry.js';
import { reader, rowOf } from './rows.js';
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
      return `-${digits()}.${digits()}`;
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

test('a number that the app sets itself is what JavaScript holds', () => {
  const back = stored({ id: 'a', title: 'a', metas: ['9007199254740993'], place: { city: 'Rome', extra: '1e400' } });
  const copied = Post.copyOf(back, (d: any) => {
    d.metas[0] = 9007199254740994;
    d.place.extra = 5;
  });
  const { metas, place } = rowOf(definition, copied);
  assert.deepEqual({ metas, place }, { metas: ['9007199254740994'], place: { city: 'Rome', extra: '5' } });
});
