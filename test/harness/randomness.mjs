// Randomness by seed, so that a failure can be seen again: TEST_SEED=... repeats a run.

/** Returns a function that gives numbers from 0 up to 1, the same ones for the same seed. */
export function seeded(seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000)) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  next.seed = seed;
  return next;
}
