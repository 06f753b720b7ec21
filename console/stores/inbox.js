/**
 * The inbox: conversations, opened threads, who types. `now` is what is known; views read `shown`, which follows at
 * once, but not more than five times a second where events rain: nobody reads faster, and drawing is what costs.
 */

import { signal } from "../vendor/signals-core.js";
import { emptyInbox, withConversations, withEvent } from "../state/inbox.js";
import { shift, turned, UnreadTotal } from "../state/unread.js";

const SHOWN_AGAIN_MS = 200;

/** @typedef {import("../state/inbox.js").Inbox} Inbox */

export class InboxStore {
  /**
   * @param {object} parts
   * @param {import("../api.js").Api} parts.api
   * @param {{id: string, name: string}} parts.me
   */
  constructor({ api, me }) {
    this.api = api;
    this.#now = emptyInbox();
    this.closed = false;
    /** @type {import("../vendor/signals-core.js").Signal<Inbox>} */
    this.shown = signal(this.#now);
    /** Names of the agents by id. @type {import("../vendor/signals-core.js").Signal<Object<string, string>>} */
    this.agents = signal({ [me.id]: me.name });
    /** How many conversations hold something unread. */
    this.unread = signal({ count: 0, more: false });
    this.total = new UnreadTotal({ ask: () => api.counts(), onChange: () => { this.unread.value = this.total.now; } });
  }

  /** @type {Inbox} */
  #now;
  #shownAt = 0;
  /** @type {ReturnType<typeof setTimeout>|null} */
  #showing = null;

  /** What is known, for good: what is heard from here on makes another. */
  get now() {
    if (this.#now.own) this.#now = { ...this.#now, own: undefined };
    return this.#now;
  }

  /** A conversation as known, without a claim to the whole. @param {string|null|undefined} id */
  conversation(id) {
    return this.#now.conversations[id ?? ""] ?? null;
  }

  /** @param {string|null} id */
  thread(id) {
    return this.#now.threads[id ?? ""] ?? null;
  }

  /** @param {Inbox} inbox the next state @param {number} [by] how many conversations it made unread, less those read */
  change(inbox, by = shift(this.#now.conversations, inbox.conversations)) {
    if (this.closed || inbox === this.#now) return; // closed: an answer that was on its way
    this.total.count(by);
    this.unread.value = this.total.now;
    this.#now = inbox;
    this.#showSoon();
  }

  /** @param {any} event */
  heard(event) {
    if (event.type === "conversation_removed") return this.change(withEvent(this.now, event, Date.now()));
    const id = event.conversation_id ?? event.message?.conversation_id;
    const before = this.conversation(id);
    const mine = this.#now.own ? this.#now : { ...this.#now, own: new WeakSet() };
    const next = withEvent(mine, event, Date.now());
    const after = next.conversations[id];
    this.change(next, before && after ? turned(before, after) : 0);
  }

  /** Adds a conversation once it is here, to the inbox as it is by then: events came meanwhile. @param {Promise<any>} request */
  async learn(request) {
    const view = await request;
    this.change(withConversations(this.now, [view]));
  }

  /** Shows it anew although nothing came: time passed, and says something else now. */
  age() {
    this.#now = { ...this.#now };
    this.#showSoon();
  }

  async nameAgents() {
    try {
      const { data } = await this.api.agents();
      const named = Object.fromEntries(data.map(({ id, name }) => [id, name]));
      this.agents.value = { ...this.agents.value, ...named };
    } catch {
      // Colleagues are "Another agent" then; nothing else depends on their names.
    }
  }

  /** Forgets whatever customers wrote. */
  close() {
    this.closed = true;
    this.#now = emptyInbox();
    this.#show();
  }

  #showSoon() {
    if (this.#showing) return;
    const wait = this.#shownAt + SHOWN_AGAIN_MS - performance.now();
    if (wait <= 0) return this.#show();
    this.#showing = setTimeout(() => this.#show(), wait);
  }

  #show() {
    if (this.#showing) clearTimeout(this.#showing);
    this.#showing = null;
    this.#shownAt = performance.now();
    this.shown.value = this.now;
  }
}
