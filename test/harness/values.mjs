// Random values of every scalar, as apps give them and as instances show them. TEST_SEED=... repeats a run.
import { seeded } from './randomness.mjs';

export const random = seeded();
const below = (n) => Math.floor(random() * n);
export const one = (...list) => list[below(list.length)];
const many = (most, make) => Array.from({ length: below(most + 1) }, make);
const digits = (n) => Array.from({ length: n }, () => below(10)).join('');
const two = (n) => String(n).padStart(2, '0');

const character = () =>
  one(
    'a',
    'Z',
    '0',
    ' ',
    '"',
    '\\',
    "'",
    '/',
    '\n',
    '\t',
    '\u0000',
    '\u001f',
    '\u2028',
    'é',
    'ß',
    '漢',
    '\u{1f600}',
    '\u{10ffff}',
    '\ufeff',
    '{',
    '}',
    '[',
    '%',
    'null',
  );
const text = () => many(8, character).join('');
const double = () => {
  for (;;) {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setUint32(0, random() * 2 ** 32);
    bits.setUint32(4, random() * 2 ** 32);
    const value = one(
      bits.getFloat64(0),
      Math.round(random() * 1000) / 100,
      0,
      -1,
      1e21,
      2 ** 53,
      5e-324,
      Number.MAX_VALUE,
    );
    if (Number.isFinite(value)) return value;
  }
};
const jsonValue = (depth = 0) =>
  one(
    () => null,
    () => random() < 0.5,
    double,
    text,
    () => '5',
    () => 'null',
    () => JSON.stringify({ twice: text() }),
    () => (depth > 2 ? 1 : many(3, () => jsonValue(depth + 1))),
    () =>
      depth > 2 ? {} : Object.fromEntries(many(3, () => [one('a', 'b', 'toString', '', text()), jsonValue(depth + 1)])),
  )();
/** A JSON text: also with numbers beyond JavaScript, and encoded twice or three times. */
const jsonText = () =>
  one(
    () => JSON.stringify(jsonValue()),
    () => JSON.stringify(JSON.stringify(jsonValue())),
    () => JSON.stringify(JSON.stringify(JSON.stringify(jsonValue()))),
    () => `{"n":${one('', '-')}9${digits(20)}}`,
    () => `[1,9007199254740993,{"deep":1${digits(25)}}]`,
    () => '9007199254740993',
    () => '"5"',
    () => '5',
  )();
/** The text null is no value: the field is null, as in Amplify. */
const anyText = () => {
  for (;;) {
    const made = jsonText();
    if (made !== 'null') return made;
  }
};
const day = () => `${two(below(100))}${two(below(100))}-${two(1 + below(12))}-${two(1 + below(28))}`;
const zone = () => one('Z', `${one('+', '-')}${two(below(19))}:${two(below(60))}`);
const time = () =>
  `${two(below(24))}:${two(below(60))}${one('', `:${two(below(60))}`, `:${two(below(60))}.${digits(1 + below(9))}`)}`;
const hex = () => below(65536).toString(16);
const place = () => ({ city: text(), zip: one(null, below(99999)), extra: one(null, anyText()) });
const mail = () => `${one('a', 'b.c', "o'x")}@${one('b', 'b.example')}`;

export const value = () => ({
  text: text(),
  optional: one(null, text()),
  whole: one(null, 0, -(2 ** 31), 2 ** 31 - 1, below(1000)),
  ratio: one(null, double()),
  flag: one(null, true, false),
  json: one(null, anyText()),
  day: one(null, day(), day() + zone()),
  time: one(null, time(), time() + zone()),
  at: one(null, `${day()}T${time()}${zone()}`),
  stamp: one(null, 0, below(2 ** 40), 2 ** 53),
  mail: one(null, mail()),
  url: one(null, 'https://a.example/b?c=//d#e', 'urn:isbn:1', 'mailto:a@b'),
  phone: one(null, `+49 30 ${digits(5)}`, `555-${digits(3)}-${digits(4)}`),
  ip: one(null, `${below(256)}.${below(256)}.1.0`, `${hex()}::${hex()}`),
  status: one(null, 'DRAFT', 'LIVE'),
  statuses: one(
    null,
    many(3, () => one(null, 'DRAFT', 'LIVE')),
  ),
  place: one(null, place()),
  places: one(null, many(3, place)),
  words: one(null, many(3, text)),
  needed: many(3, () => one(null, text())),
  mails: one(null, many(2, mail)),
  jsons: one(null, many(3, anyText)),
});

/** The same as an app may give it as well: lists and embedded types as one text, with the JSON in them as it is. */
export const inOneText = (made) => {
  const raw = (json) => (json === null || json.startsWith('"') ? JSON.stringify(json) : json);
  const text = ({ city, zip, extra }) => `{"city":${JSON.stringify(city)},"zip":${zip},"extra":${raw(extra)}}`;
  return {
    ...made,
    place: made.place && text(made.place),
    places: made.places && `[${made.places.map(text).join()}]`,
    jsons: made.jsons && `[${made.jsons.map(raw).join(', ')}]`,
  };
};

/** What instances show of what was given. */
const inner = (given) => given && { ...given, extra: given.extra && JSON.parse(given.extra) };
export const shown = (given) => ({
  ...given,
  json: given.json && JSON.parse(given.json),
  place: inner(given.place),
  places: given.places?.map(inner) ?? null,
  jsons: given.jsons?.map((json) => JSON.parse(json)) ?? null,
});
