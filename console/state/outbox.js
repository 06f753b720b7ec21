/**
 * Sends that have not reached the server. Each keeps one idempotency key through every attempt, so that a
 * send whose answer was lost can be repeated without the customer getting it twice.
 *
 * They go out one after another, in the order they were written. Where the server cannot be reached they
 * wait; where it refuses one, that one stays with its error until the agent retries or discards it.
 *
 * @typedef {object} Send
 * @property {string} key idempotency key
 * @property {string} conversationId
 * @property {string} text
 * @property {string|null} replyTo id of the quoted message
 * @property {string} agentId who wrote it
 * @property {string} createdAt RFC 3339
 * @property {string} after id of the newest message when it was written; its own will sort behind it
 * @property {"waiting"|"sending"|"refused"} state
 * @property {import("../types.js").MessageError|null} error why it was refused, shaped as a message's error
 */

import { delay } from "../backoff.js";

export class Outbox {
  /**
   * @param {object} parts
   * @param {(send: Send) => Promise<any>} parts.post resolves to the message; rejects with an error whose
   *   `retryable` tells whether the same request may succeed later
   * @param {{load: () => Send[], save: (sends: Send[]) => void}} parts.storage survives a reload
   * @param {(message: any) => void} parts.onSent
   * @param {() => void} parts.onChange
   * @param {(callback: () => void, ms: number) => unknown} [parts.later]
   */
  constructor({ post, storage, onSent, onChange, later = (callback, ms) => setTimeout(callback, ms) }) {
    this.post = post;
    this.storage = storage;
    this.onSent = onSent;
    this.onChange = onChange;
    this.later = later;
    /** @type {Send[]} */
    this.sends = storage.load().map((each) => (each.state === "sending" ? { ...each, state: "waiting" } : each));
    this.busy = false;
    this.failures = 0;
    this.scheduled = false;
  }

  /** @returns {Send[]} the sends of a conversation, oldest first @param {string} conversationId */
  of(conversationId) {
    return this.sends.filter((each) => each.conversationId === conversationId);
  }

  /** @param {Omit<Send, "state"|"error">} send */
  add(send) {
    this.#replace([...this.sends, { ...send, state: "waiting", error: null }]);
    return this.flush();
  }

  /** Tries a refused send again, with its own key. @param {string} key */
  retry(key) {
    this.#change(key, { state: "waiting", error: null });
    return this.flush();
  }

  /** @param {string} key */
  discard(key) {
    this.#replace(this.sends.filter((each) => each.key !== key));
  }

  /** What waits for a conversation that was joined with another goes there. @param {string} gone @param {string} home */
  move(gone, home) {
    if (!this.of(gone).length) return;
    this.#replace(this.sends.map((each) => (each.conversationId === gone ? { ...each, conversationId: home } : each)));
  }

  /** Forgets everything, for when the agent logs out. */
  clear() {
    this.#replace([]);
  }

  /** Leaves everything to the storage, for when the session ended: whoever logs in again goes on with it. */
  forget() {
    this.storage = { load: () => [], save: () => {} }; // also from an attempt under way, which tells how it went when nothing is left
    this.sends = [];
  }

  /** Sends what waits. To be called when the connection is back; does nothing while it is at it already. */
  async flush() {
    if (this.busy) return;
    this.busy = true;
    try {
      for (let send = this.#next(); send; send = this.#next()) {
        if (!(await this.#attempt(send))) break;
      }
    } finally {
      this.busy = false;
    }
  }

  #next() {
    return this.sends.find((each) => each.state === "waiting");
  }

  /** Whether to go on with the next one. @param {Send} send */
  async #attempt(send) {
    this.#change(send.key, { state: "sending" });
    try {
      const message = await this.post(send);
      this.failures = 0;
      this.onSent(message);
      this.discard(send.key);
      return true;
    } catch (error) {
      return this.#failed(send, error);
    }
  }

  /** @param {Send} send @param {any} error an ApiError */
  #failed(send, error) {
    if (!error.retryable) {
      this.#change(send.key, { state: "refused", error: asMessageError(error) });
      return true;
    }
    this.#change(send.key, { state: "waiting" });
    this.#tryLater();
    return false;
  }

  #tryLater() {
    if (this.scheduled) return;
    this.scheduled = true;
    this.later(() => {
      this.scheduled = false;
      this.flush();
    }, delay(this.failures++));
  }

  /** @param {string} key @param {Partial<Send>} changes */
  #change(key, changes) {
    this.#replace(this.sends.map((each) => (each.key === key ? { ...each, ...changes } : each)));
  }

  /** @param {Send[]} sends */
  #replace(sends) {
    this.sends = sends;
    this.storage.save(sends);
    this.onChange();
  }
}

/** @param {any} error an ApiError @returns {import("../types.js").MessageError} */
function asMessageError(error) {
  return { code: null, title: error.message, details: error.details ?? "", class: error.code ?? "", advice: "" };
}
