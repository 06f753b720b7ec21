/** The conversation that is open: its messages, how far they are loaded, and where the unread part begins. */

import { delay } from "../backoff.js";
import { withConversations, withMessages, withThread, withThreadAfterGap } from "../state/inbox.js";
import { messagesOf, firstUnread } from "../state/select.js";
import { signal } from "../vendor/signals-core.js";

const MARKED_AGAIN_MS = 300;

export class ThreadStore {
  /**
   * @param {object} parts
   * @param {import("../api.js").Api} parts.api
   * @param {import("../socket.js").ChatSocket} parts.socket
   * @param {import("./inbox.js").InboxStore} parts.inbox
   * @param {() => boolean} parts.attentive whether the agent is looking at the page
   */
  constructor({ api, socket, inbox, attentive }) {
    this.api = api;
    this.socket = socket;
    this.inbox = inbox;
    this.attentive = attentive;
    /** @type {import("../vendor/signals-core.js").Signal<string|null>} */
    this.openId = signal(null);
    /** Id of the first message that was unread, once it is loaded. @type {import("../vendor/signals-core.js").Signal<string|null>} */
    this.unreadFrom = signal(null);
    /** Why the messages are not here; "" where nothing is wrong. */
    this.problem = signal("");
  }

  /** What was unread as it was opened: how many, up to which message. */
  #unread = { count: 0, upTo: "" };
  #loadingOlder = false;
  #markedRead = "";
  /** Id of the conversation that was marked just now. */
  #marking = "";
  #failures = 0;

  get conversation() {
    return this.inbox.conversation(this.openId.value);
  }

  get messages() {
    return messagesOf(this.inbox.now, this.openId.value);
  }

  /** Whether the messages are here. */
  get loaded() {
    return this.inbox.thread(this.openId.value)?.older !== undefined;
  }

  /** Opens a conversation, or none. @param {string|null} conversationId */
  async open(conversationId) {
    if (this.openId.value === conversationId) return;
    this.unreadFrom.value = null;
    this.problem.value = "";
    this.openId.value = conversationId;
    this.#failures = 0;
    this.#unread = { count: 0, upTo: "" };
    this.socket.watch(conversationId);
    if (!conversationId) return;
    this.inbox.change(withThread(this.inbox.now, conversationId));
    await this.load();
  }

  /** Fetches what is missing, and marks where the unread part begins. What fails is tried again. */
  async load() {
    const id = this.openId.value;
    if (!id) return;
    this.problem.value = "";
    try {
      if (!this.conversation) await this.inbox.learn(this.api.conversation(id));
      const before = this.inbox.now.conversations[id];
      if (!isLoaded(this.inbox.now, id)) await this.#fetch(id, () => this.api.messages(id));
      if (this.openId.value === id) this.#countUnread(before);
    } catch (error) {
      if (this.openId.value === id) this.#failed(id, error);
    }
    this.#markUnread();
    this.attend();
  }

  /** Fetches the page of messages before those shown. Rejects with an ApiError. */
  async loadOlder() {
    const id = this.openId.value;
    const older = id && this.inbox.now.threads[id]?.older;
    if (!id || !older || this.#loadingOlder) return;
    this.#loadingOlder = true;
    try {
      await this.#fetch(id, () => this.api.page(older));
      this.#markUnread();
    } finally {
      this.#loadingOlder = false;
    }
  }

  /** After a gap in the events. @param {import("./inbox.js").Inbox} before */
  async refetch(before) {
    const id = this.openId.value;
    if (!id) return;
    const [conversation, { data, next }] = await Promise.all([this.api.conversation(id), this.api.messages(id)]);
    const inbox = withThreadAfterGap(this.inbox.now, before, id, data, next ?? null);
    this.inbox.change(withConversations(inbox, [conversation]));
    this.attend();
  }

  /** Marks it read if the agent looks at it and there is something to mark; where messages rain, now and then. */
  async attend() {
    const { conversation } = this;
    if (!conversation?.unread_count || !this.loaded || !this.attentive() || this.#marking === conversation.id) return;
    const state = `${conversation.id} ${conversation.revision}`;
    if (state === this.#markedRead) return;
    this.#markedRead = state;
    this.#marking = conversation.id;
    await this.inbox.learn(this.api.markRead(conversation.id)).catch(this.onProblem);
    setTimeout(() => this.#marked(), MARKED_AGAIN_MS);
  }

  #marked() {
    this.#marking = "";
    this.attend();
  }

  /** @type {(error: Error) => void} told of what goes wrong beside what the agent asked for */
  onProblem = () => {};

  /** Looks again where something could not be fetched. */
  lookAgain() {
    if (this.openId.value && this.problem.value) this.load();
  }

  /** @param {boolean} on */
  typing(on) {
    if (this.openId.value) this.socket.typing(this.openId.value, on);
  }

  close() {
    this.openId.value = null;
    this.problem.value = "";
  }

  /** @param {string} id @param {() => Promise<{data: any[], next: string|null}>} ask */
  async #fetch(id, ask) {
    const { data, next } = await ask();
    this.inbox.change(withMessages(this.inbox.now, id, data, next ?? null));
  }

  /** Another agent may have read it, or the customer written more, while its messages were on their way. @param {{unread_count: number}} before */
  #countUnread(before) {
    const count = Math.max(before.unread_count, this.conversation?.unread_count ?? 0, this.#unread.count);
    this.#unread = { count, upTo: this.#unread.upTo || (this.messages.at(-1)?.id ?? "") };
  }

  /** As often as older messages come: what was unread may begin before those that are loaded. */
  #markUnread() {
    const { count, upTo } = this.#unread;
    if (this.unreadFrom.value || !count || !this.loaded) return;
    const atBeginning = this.inbox.now.threads[this.openId.value ?? ""].older === null;
    this.unreadFrom.value = firstUnread(this.messages.filter(({ id }) => id <= upTo), count, atBeginning);
  }

  /** @param {string} id @param {import("../api.js").ApiError} error */
  #failed(id, { message, retryable }) {
    this.problem.value = message;
    if (retryable) setTimeout(() => this.openId.value === id && this.lookAgain(), delay(this.#failures++));
  }
}

/** Whether a thread's messages are here. @param {import("./inbox.js").Inbox} inbox @param {string|null} id */
export function isLoaded(inbox, id) {
  return inbox.threads[id ?? ""]?.older !== undefined;
}
