/**
 * How long to wait before trying again: twice as long each time, up to half a minute, and never the same
 * for two clients, so that a restarted server is not met by all of them at once.
 */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * @param {number} failures how many attempts have failed so far, 0 for the first wait
 * @param {() => number} [random] from 0 to 1
 * @returns {number} milliseconds, between half the doubled wait and all of it
 */
export function delay(failures, random = Math.random) {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return Math.round(whole * (0.5 + random() / 2));
}
