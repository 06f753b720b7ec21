/**
 * How many conversations hold something unread, of all and not only of those that are loaded. The server counts; what
 * is seen to change is counted along at once, and asked for again soon after, because an event about a conversation
 * that is not loaded does not tell whether it was unread before.
 */

import { delay } from "../backoff.js";
import { number } from "../locale.js";

/** Changes that come together are asked for together. */
const ASK_AFTER_MS = 800;

/** @typedef {{count: number, more: boolean}} Unread `more`: at least so many, the server counts no further */

/** "325", "10,000+", or "" where all is read. @param {Unread} unread */
export function unreadText({ count, more }) {
  return count ? `${number(count)}${more ? "+" : ""}` : "";
}

/**
 * How many conversations became unread less how many became read, of those known before and after.
 * @param {Object<string, import("../types.js").Conversation>} before conversations by id
 * @param {Object<string, import("../types.js").Conversation>} after
 */
export function shift(before, after) {
  if (before === after) return 0;
  let sum = 0;
  for (const [id, now] of Object.entries(after)) {
    const then = before[id];
    if (then && then !== now) sum += turned(then, now);
  }
  return sum;
}

/** 1 where a conversation became unread, -1 where it became read. @param {{unread_count: number}} before @param {{unread_count: number}} after */
export function turned(before, after) {
  return Number(after.unread_count > 0) - Number(before.unread_count > 0);
}

export class UnreadTotal {
  /**
   * @param {object} parts
   * @param {() => Promise<{unread: number, unread_more: boolean}>} parts.ask rejects with an error whose `retryable`
   *   tells whether it may succeed later
   * @param {() => void} parts.onChange
   * @param {(callback: () => void, ms: number) => unknown} [parts.later]
   */
  constructor({ ask, onChange, later = (callback, ms) => setTimeout(callback, ms) }) {
    this.ask = ask;
    this.onChange = onChange;
    this.later = later;
    /** @type {Unread} */
    this.now = { count: 0, more: false };
    this.outdated = this.asking = false;
    this.failures = 0;
  }

  /** Counts a change along. @param {number} by */
  count(by) {
    if (!by) return;
    this.now = { ...this.now, count: Math.max(0, this.now.count + by) };
    this.recount();
  }

  /** Has it counted anew soon, once for however many changes. */
  recount(ms = ASK_AFTER_MS) {
    this.outdated = true;
    if (this.asking) return;
    this.asking = true;
    this.later(() => this.#ask(), ms);
  }

  async #ask() {
    this.outdated = false;
    let again = ASK_AFTER_MS;
    try {
      const { unread, unread_more: more } = await this.ask();
      Object.assign(this, { now: { count: unread, more }, failures: 0 });
      this.onChange();
    } catch (error) {
      this.outdated ||= Boolean(error.retryable);
      again = delay(this.failures++);
    }
    this.asking = false;
    if (this.outdated) this.recount(again);
  }
}
