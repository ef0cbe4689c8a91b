// Waiting for conditions. Nothing in the tests sleeps for a fixed time: they poll a condition and
// fail with what was last seen when it does not come true.

const giveUpAfterMs = Number(process.env.TEST_PATIENCE_MS ?? 30_000);
const betweenLooksMs = 25;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls look() until it returns something truthy and returns that. An error thrown by look()
 * counts as "not yet" and is shown when time runs out.
 */
export async function until(what, look, { patienceMs = giveUpAfterMs } = {}) {
  const end = Date.now() + patienceMs;
  let last;
  for (;;) {
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(`gave up waiting until ${what}; last seen: ${shown(last)}`, { cause: last });
    }
    await pause(betweenLooksMs);
  }
}

/** Waits until look() deeply equals expected; the failure shows both. */
export async function untilEqual(what, look, expected, options) {
  const want = JSON.stringify(expected);
  let last;
  try {
    await until(
      what,
      async () => {
        last = JSON.stringify(await look());
        return last === want;
      },
      options,
    );
  } catch (error) {
    throw new Error(`gave up waiting until ${what}\n  expected ${want}\n  last     ${last}`, { cause: error });
  }
}

const shown = (value) => (value instanceof Error ? value.message : (JSON.stringify(value) ?? String(value)));
