/** What the agent writes: sends that have not reached the server, and what is half written. */

import { Drafts } from "../state/drafts.js";
import { Outbox } from "../state/outbox.js";
import { signal } from "../vendor/signals-core.js";

/** @typedef {import("../state/drafts.js").Draft} Draft */

export class WritingStore {
  /**
   * @param {object} parts
   * @param {(send: import("../state/outbox.js").Send) => Promise<any>} parts.post
   * @param {(message: any) => void} parts.onSent
   * @param {{load: () => any[], save: (kept: any[]) => void}} [parts.unsent] where unsent messages survive a reload; see Outbox
   * @param {{load: () => any[], save: (kept: any[]) => void}} [parts.drafts] where drafts do; see Drafts
   */
  constructor({ post, onSent, unsent = { load: () => [], save() {} }, drafts }) {
    /** @type {import("../vendor/signals-core.js").Signal<import("../state/outbox.js").Send[]>} */
    this.sends = signal([]);
    /** Grows with what this agent sends here, for the thread to go to its end. */
    this.sent = signal(0);
    this.outbox = new Outbox({ storage: unsent, post, onSent, onChange: () => this.#show() });
    this.drafts = new Drafts(drafts);
    this.#show();
  }

  #revision = signal(0);

  /** @param {string|null} conversationId @returns {Draft} */
  draftOf(conversationId) {
    return this.#revision.value >= 0 ? this.drafts.of(conversationId) : this.drafts.of(null);
  }

  /** @param {string|null} conversationId @param {Partial<Draft>} change */
  draft(conversationId, change) {
    this.drafts.write(conversationId, change);
    this.#revision.value++;
  }

  /** @param {string|null} conversationId */
  discardDraft(conversationId) {
    this.drafts.discard(conversationId);
    this.#revision.value++;
  }

  /** Sends, or has it wait. @param {Omit<import("../state/outbox.js").Send, "state"|"error">} send */
  send(send) {
    this.sent.value++;
    return this.outbox.add(send);
  }

  /** A conversation was joined with another. @param {string} gone @param {string} home */
  move(gone, home) {
    this.outbox.move(gone, home);
    this.drafts.move(gone, home);
    this.#revision.value++;
  }

  /** Forgets everything, for when the agent logs out. */
  clear() {
    this.outbox.clear();
    this.drafts.clear();
  }

  /** Leaves everything to the storage, for when the session ended. */
  forget() {
    this.outbox.forget();
    this.drafts.forget();
    this.#show();
  }

  #show() {
    this.sends.value = this.outbox?.sends ?? [];
  }
}
