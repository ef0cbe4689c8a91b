import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { taken } from './rows.js';
import type { Schema } from './schema.js';
import { check, setLoose } from './validate.js';

// The table that schema/values_test.go runs too.
const table: { schema: Schema; cases: { field: string; value: any; strict: string | null; loose: string | null }[] } =
  JSON.parse(readFileSync('test/fixtures/values.json', 'utf8'));

const outcome = (name: string, value: unknown): string | null => {
  const field = table.schema.models.M.fields[name];
  try {
    check(table.schema, field, taken(table.schema, field, value), false);
    return null;
  } catch (e) {
    assert.equal((e as { code: string }).code, 'invalid_value');
    return (e as Error).message;
  }
};

for (const loose of [false, true]) {
  test(`one table of values for both sides: ${loose ? 'loose' : 'strict'}`, (t) => {
    setLoose(loose);
    t.after(() => setLoose(false));
    for (const c of table.cases)
      assert.equal(outcome(c.field, c.value), loose ? c.loose : c.strict, `${c.field} ${JSON.stringify(c.value)}`);
  });
}

test('values that have no text, or no JSON, are refused with a sentence', () => {
  const odd: [unknown, RegExp][] = [
    [Symbol('x'), /symbol received. Symbol\(x\)$/],
    [() => 1, /function received/],
    [5n, /bigint received. 5$/],
    [new Date(NaN), /object received. Invalid Date$/],
    [new String('x'), /object received. x$/],
    [Object.create(null), /object received. \[object Object\]$/],
    [[Symbol('x')], /object received. Symbol\(x\)$/],
  ];
  for (const [value, message] of odd) assert.match(outcome('text', value)!, message);
  for (const value of [NaN, Infinity, -Infinity, new Number(5)])
    assert.match(outcome('ratio', value)!, /^Field ratio should be of type/);
  assert.match(outcome('flag', NaN)!, /boolean, number received. NaN$/);
  for (const value of [new Map(), new Date(0), /x/])
    assert.match(outcome('place', value)!, /should be of type Place, object recieved/);
});
