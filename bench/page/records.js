// The records of every measurement, made from their number alone: the page, the server's import and the check of
// each answer make the same ones. With the server's fields a record is 350 bytes of JSON.

/** Each rating from 0 to 999 is that of one record in a thousand. */
export const ratings = 1000;

const words = 'delta base tide harbour lantern meadow copper violet summit anchor willow ember'.split(' ');
const word = (n) => words[((n % words.length) + words.length) % words.length];

/** Ids look like UUIDs and don't come in the order of the numbers. */
export function idOf(n) {
  const mixed = Math.imul(n + 1, 2654435761) >>> 0;
  return `${mixed.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export function record(n) {
  return {
    id: idOf(n),
    title: `${word(n)} ${word(n * 7 + 3)} ${n}`,
    body: `${word(n * 5)} ${word(n * 3 + 1)} ${word(n + 2)} ${word(n * 11)} ${word(n * 13 + 5)} ${word(n * 2)}`,
    rating: (n * 7919) % ratings,
    done: n % 3 === 0,
  };
}

/** How many of the first count records have a rating of at least from and below to. */
export function countBetween(count, from, to) {
  let found = 0;
  for (let n = 0; n < count; n++) {
    const { rating } = record(n);
    if (rating >= from && rating < to) found++;
  }
  return found;
}

/** The ratings of the first records in the order of rating. */
export const firstRatings = (count, length, descending) =>
  Array.from({ length: count }, (_, n) => record(n).rating)
    .sort((a, b) => (descending ? b - a : a - b))
    .slice(0, length);
