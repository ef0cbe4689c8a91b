// The page's API against the engine, without a server: predicates.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { lifetime, openApi, serveApi } from './harness/api.mjs';

const terminate =
  "bad_request: Invalid predicate. Terminate your predicate with a valid condition (e.g., `p => p.field.eq('value')`) or pass `Predicates.ALL`.";

describe('predicates', () => {
  const t = lifetime();
  let run;
  before(async () => {
    ({ run } = await openApi(t, await serveApi(t)));
    await run(async () => {
      const rows = [
        [null, null, null],
        [-1, 'a', []],
        [0, 'ab', ['x']],
        [5, 'B', ['x', 'y']],
        [7, '', ['xy']],
      ];
      let n = 0;
      for (const [whole, optional, words] of rows)
        await DataStore.save(new Value({ text: `${n++}`, whole, optional, words, needed: [] }));
      window.found = async (predicate) => (await DataStore.query(Value, predicate)).map((row) => row.text).join('');
    });
  });

  // The comparisons as JavaScript has them: null counts as 0 beside numbers, and as nothing beside texts.
  const comparisons = {
    eq: (a, b) => a === b,
    ne: (a, b) => a !== b,
    gt: (a, b) => a > b,
    ge: (a, b) => a >= b,
    lt: (a, b) => a < b,
    le: (a, b) => a <= b,
  };
  const values = { whole: [null, -1, 0, 5, 7], optional: [null, 'a', 'ab', 'B', ''] };
  for (const [field, operands] of [
    ['whole', [-1, 0, 5, 6, null, undefined]],
    ['optional', ['a', 'B', '', null]],
  ]) {
    for (const [operator, holds] of Object.entries(comparisons)) {
      test(`${field} ${operator}`, async () => {
        for (const operand of operands) {
          const found = await run(([name, op, value]) => found((m) => m[name][op](value)), [field, operator, operand]);
          const expected = values[field].flatMap((value, n) => (holds(value, operand ?? null) ? [n] : [])).join('');
          assert.equal(found, expected, `${operator}(${operand})`);
        }
      });
    }
  }

  test('between, in, notIn, contains, notContains, beginsWith', async () => {
    assert.deepEqual(
      await run(() =>
        Promise.all([
          found((m) => m.whole.between(-1, 5)),
          found((m) => m.whole.between(0, 0)),
          found((m) => m.optional.between('a', 'b')),
          found((m) => m.whole.in([5, null])),
          found((m) => m.whole.in([])),
          found((m) => m.whole.notIn([5, null])),
          found((m) => m.whole.notIn([])),
          found((m) => m.whole.in([undefined])),
          found((m) => m.optional.contains('b')),
          found((m) => m.optional.notContains('b')),
          found((m) => m.optional.contains('')),
          found((m) => m.words.contains('x')),
          found((m) => m.words.notContains('x')),
          found((m) => m.optional.beginsWith('a')),
          found((m) => m.optional.beginsWith('')),
        ]),
      ),
      ['0123', '02', '12', '03', '', '124', '01234', '0', '2', '0134', '1234', '23', '014', '12', '1234'],
    );
  });

  test('groups, nested and negated', async () => {
    assert.deepEqual(
      await run(() =>
        Promise.all([
          found((m) => m.and((m) => [m.whole.ge(0), m.optional.ne('')])),
          found((m) => m.or((m) => [m.whole.eq(5), m.optional.eq('a')])),
          found((m) => m.or((m) => [m.and((m) => [m.whole.gt(0), m.optional.eq('B')]), m.whole.eq(-1)])),
          found((m) => m.not((m) => m.whole.between(0, 5))),
          found((m) => m.not((m) => m.optional.beginsWith('a'))),
          found((m) => m.not((m) => m.and((m) => [m.whole.gt(0), m.optional.eq('B')]))),
          found((m) => m.not((m) => m.or((m) => [m.whole.eq(5), m.whole.eq(7)]))),
          found((m) => m.not((m) => m.not((m) => m.whole.eq(5)))),
          found((m) => m.not((m) => m.whole.in([5]))),
          found((m) => m.not((m) => m.words.contains('x'))),
          found((m) => m.and(() => [])),
          found((m) => m.not((m) => m.whole.gt(5))),
          found((m) => m.and((m) => [m, m.whole.eq(5)])),
          found(Predicates.ALL),
        ]),
      ),
      ['023', '13', '13', '14', '034', '0124', '012', '3', '0124', '014', '01234', '0123', '3', '01234'],
    );
  });

  test('wrong use, and what it says', async () => {
    assert.deepEqual(
      await run(() =>
        Promise.all(
          [
            (m) => m.whole.eq(),
            (m) => m.whole.eq(1, 2),
            (m) => m.whole.between(1),
            (m) => m.whole.between(5, 1),
            (m) => m.whole.in(5),
            (m) => m.whole.notIn('ab'),
            (m) => m.and((m) => m.whole.eq(1)),
            (m) => m.or(5),
            () => true,
            (m) => m.whole,
            () => undefined,
            (m) => m.nothing.eq(1),
            () => {
              throw new RangeError('mine');
            },
          ].map((predicate) => rejected(() => DataStore.query(Value, predicate))),
        ),
      ),
      [
        'Incorrect usage of `eq()`: Exactly 1 argument is required.',
        'Incorrect usage of `eq()`: Exactly 1 argument is required.',
        'Incorrect usage of `between()`: Exactly 2 arguments are required.',
        'Incorrect usage of `between()`: The first argument must be less than or equal to the second argument.',
        'Incorrect usage of `in()`: The argument must be an array.',
        'Incorrect usage of `notIn()`: The argument must be an array.',
        'Invalid predicate. `and` groups must return an array of child conditions.',
      ]
        .map((message) => `bad_request: ${message}`)
        .concat([
          terminate,
          terminate,
          terminate,
          terminate,
          'bad_request: Invalid field for model. field: nothing, model: Value',
          'RangeError: mine',
        ]),
    );
  });

  test('enums, embedded lists, booleans and key fields', async () => {
    assert.deepEqual(
      await run(async () => {
        await savedAll(
          new Value({ text: 'L', status: 'LIVE', statuses: ['DRAFT'], flag: true, needed: [] }),
          new Value({ text: 'D', status: 'DRAFT', flag: false, needed: [] }),
        );
        const [seat] = await savedAll(
          new Seat({ hall: 'h', place: '1', taken: false }),
          new Seat({ hall: 'h', place: '2', taken: true }),
        );
        const one = (await DataStore.query(Value, (m) => m.text.eq('L')))[0];
        const seats = async (predicate) => (await DataStore.query(Seat, predicate)).map((row) => row.place).join('');
        return [
          await found((m) => m.status.eq('LIVE')),
          await found((m) => m.statuses.contains('DRAFT')),
          await found((m) => m.flag.eq(false)),
          await found((m) => m.flag.ne(true)),
          await found((m) => m.id.eq(one.id)),
          await found((m) => m.or((m) => [m.id.eq(one.id), m.text.eq('D')])),
          await seats((m) => m.hall.eq('h')),
          await seats((m) => m.and((m) => [m.hall.eq('h'), m.place.eq('2')])),
          seat.hall,
        ];
      }),
      ['L', 'L', 'D', '01234D', 'L', 'LD', '12', '2', 'h'],
    );
  });
});
