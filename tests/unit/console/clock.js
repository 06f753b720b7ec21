const STEP_MS = 50;

/**
 * A clock that the test moves, so that a busy machine changes nothing: `pass(ms)` lets time go by, with all that falls
 * due in it.
 * @param {import("node:test").TestContext} t
 */
export function stopped(t) {
  let now = 1000;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(performance, "now", () => now);
  return async (/** @type {number} */ ms) => {
    await settled();
    for (const end = now + ms; now < end; await settled()) {
      const by = Math.min(STEP_MS, end - now);
      now += by;
      t.mock.timers.tick(by);
    }
  };
}

/** What waits for nothing but promises is done afterwards. */
async function settled() {
  for (let turn = 0; turn < 40; turn++) await null;
}
