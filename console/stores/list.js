/** What the list shows: the filter, the search, and how far it is loaded. */

import { delay } from "../backoff.js";
import { withConversations, withListAfterGap } from "../state/inbox.js";
import { signal } from "../vendor/signals-core.js";

/**
 * @typedef {object} Listing
 * @property {boolean} unreadOnly
 * @property {string} query
 * @property {Set<string>|null} found ids a search returned; null while there is none, or it has no answer yet
 * @property {string|null} more link to the next page
 * @property {"loading"|"ready"|"unreachable"|"failed"} state
 */

export class ListStore {
  /**
   * @param {object} parts
   * @param {import("../api.js").Api} parts.api
   * @param {import("./inbox.js").InboxStore} parts.inbox
   */
  constructor({ api, inbox }) {
    this.api = api;
    this.inbox = inbox;
    /** @type {import("../vendor/signals-core.js").Signal<Listing>} */
    this.listing = signal({ unreadOnly: false, query: "", found: null, more: null, state: "loading" });
  }

  #request = 0;
  #failures = 0;

  get now() {
    return this.listing.value;
  }

  /** @param {{unreadOnly?: boolean, query?: string}} choice what the list shows from now on */
  choose(choice) {
    this.#set({ ...choice, found: null });
    return this.refresh();
  }

  /** Fetches the first page. A slow answer to an earlier choice is dropped. */
  async refresh() {
    const request = ++this.#request;
    this.#set({ state: "loading" });
    try {
      const { data, next } = await this.api.conversations(this.#filters());
      if (request === this.#request) this.#got(withConversations(this.inbox.now, data), data, next);
    } catch (error) {
      if (request === this.#request) this.#failed(request, error);
    }
  }

  /** Fetches the next page. Rejects with an ApiError; the next scroll asks again. */
  async loadMore() {
    const { more } = this.now;
    const request = this.#request;
    if (!more) return;
    this.#set({ more: null });
    try {
      const { data, next } = await this.api.page(more);
      if (request !== this.#request) return;
      const { found } = this.now;
      this.#set({ more: next ?? null, found: found && new Set([...found, ...data.map((/** @type {{id: string}} */ each) => each.id)]) });
      this.inbox.change(withConversations(this.inbox.now, data));
    } catch (error) {
      if (request === this.#request) this.#set({ more });
      throw error;
    }
  }

  /** After a gap in the events: the first page anew. @param {import("./inbox.js").Inbox} before @param {string|null} openId */
  async refetch(before, openId) {
    const request = ++this.#request;
    const { data, next } = await this.api.conversations(this.#filters());
    if (request === this.#request) this.#got(withListAfterGap(this.inbox.now, before, data, openId), data, next);
  }

  /** Nothing came yet, and that is why. @param {number} [status] of the answer; 0 where there was none */
  unreached(status = 0) {
    if (this.now.state === "loading") this.#set({ state: status === 0 ? "unreachable" : "failed" });
  }

  /** Looks again where the server could not be reached. */
  lookAgain() {
    if (this.now.state === "unreachable") this.refresh();
  }

  close() {
    this.#request++;
    this.#set({ query: "", found: null, more: null });
  }

  /** @param {import("../state/inbox.js").Inbox} inbox @param {any[]} data @param {string|null} [next] */
  #got(inbox, data, next) {
    this.#failures = 0;
    const found = this.now.query ? new Set(data.map((each) => each.id)) : null;
    this.inbox.change(inbox);
    this.#set({ state: "ready", more: next ?? null, found });
  }

  /** @param {number} request @param {import("../api.js").ApiError} error */
  #failed(request, { status, retryable }) {
    this.#set({ state: status === 0 ? "unreachable" : "failed" });
    if (retryable) setTimeout(() => request === this.#request && this.refresh(), delay(this.#failures++));
  }

  #filters() {
    return { unread: this.now.unreadOnly, q: this.now.query };
  }

  /** @param {Partial<Listing>} changes */
  #set(changes) {
    this.listing.value = { ...this.now, ...changes };
  }
}
