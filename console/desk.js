/**
 * An agent's desk: the stores, and what joins them. It hears the socket, sends what is written, fetches anew what was
 * missed, and knows no DOM.
 */

import { delay } from "./backoff.js";
import { InboxStore } from "./stores/inbox.js";
import { ListStore } from "./stores/list.js";
import { NumbersStore } from "./stores/numbers.js";
import { ThreadStore } from "./stores/thread.js";
import { WritingStore } from "./stores/writing.js";
import { withOnlyThread } from "./state/inbox.js";
import { TYPING_MS } from "./state/select.js";
import { batch, signal } from "./vendor/signals-core.js";

export class Desk {
  /**
   * @param {object} parts
   * @param {import("./api.js").Api} parts.api
   * @param {import("./socket.js").ChatSocket} parts.socket
   * @param {import("./types.js").Agent} parts.me
   * @param {{unsent?: any, drafts?: any}} [parts.storage] where `unsent` and `drafts` survive a reload; see WritingStore
   * @param {() => boolean} parts.attentive whether the agent is looking at the page
   * @param {(isOver: boolean) => void} [parts.onSessionEnd] the socket ended for good; `isOver`: because the login is
   * @param {(conversationId: string) => void} [parts.onMoved] the open conversation was joined with this one
   */
  constructor({ api, socket, me, attentive, storage = {}, onSessionEnd = () => {}, onMoved = () => {} }) {
    this.api = api;
    this.socket = socket;
    this.me = me;
    this.onSessionEnd = onSessionEnd;
    this.onMoved = onMoved;
    this.inbox = new InboxStore({ api, me });
    this.list = new ListStore({ api, inbox: this.inbox });
    this.thread = new ThreadStore({ api, socket, inbox: this.inbox, attentive });
    this.numbers = new NumbersStore({ api });
    this.writing = new WritingStore({ post: (send) => api.sendText(send), onSent: (view) => this.#gotMessage(view), ...storage });
    /** The socket's state, as ChatSocket tells it. */
    this.connection = signal(socket.state);
    /** A sentence for the agent, for a while. */
    this.notice = signal("");
    this.thread.onProblem = (error) => this.tell(error.message);
    this.#listen();
  }

  /** Begins. The socket's first ticket is a gap too: it has all that is shown fetched, once. */
  start() {
    this.socket.start();
  }

  stop() {
    this.socket.stop();
  }

  /** Ends for good and forgets whatever customers wrote. */
  close() {
    this.stop();
    this.socket.onEvent = this.socket.onGap = this.socket.onState = () => {};
    batch(() => {
      for (const store of [this.list, this.thread, this.numbers, this.inbox]) store.close();
      this.writing.forget();
      this.notice.value = "";
    });
  }

  /** Shows the agent a sentence for a while. @param {string} notice */
  tell(notice) {
    this.notice.value = notice;
  }

  /** Fetches more where the agent has scrolled to. What goes wrong is told, and the next scroll asks again. */
  loadOlder() {
    return this.#try(() => this.thread.loadOlder());
  }

  loadMore() {
    return this.#try(() => this.list.loadMore());
  }

  /** Sends a text in the open conversation; where the server is away it waits in the outbox. @param {string} text @param {string|null} replyTo */
  send(text, replyTo) {
    const after = this.thread.messages.at(-1)?.id ?? "";
    return this.writing.send({
      key: crypto.randomUUID(), conversationId: this.thread.openId.value ?? "", text, replyTo, agentId: this.me.id,
      createdAt: new Date().toISOString(), after,
    });
  }

  /** Tries a message again: one that never reached the server, or one WhatsApp did not take. @param {import("./types.js").Shown} message */
  async retry(message) {
    if (message.local) return this.writing.outbox.retry(message.id);
    return this.#try(async () => this.#gotMessage(await this.api.retry(message.id)));
  }

  /**
   * Writes to a phone number. Rejects with an ApiError, for the dialog to show.
   * @param {string} phone
   * @param {string} text
   * @param {string} key idempotency key; the same for the same words
   * @returns {Promise<string>} the conversation's id
   */
  async writeTo(phone, text, key) {
    const message = await this.api.sendTextTo(phone, text, key);
    await this.#try(() => this.inbox.learn(this.api.conversation(message.conversation_id)));
    return message.conversation_id;
  }

  /** The approved templates of a conversation's number, by name. Rejects with an ApiError. @param {{phone_number_id: string}} conversation @returns {Promise<any[]>} */
  async templatesOf({ phone_number_id: number }) {
    await this.numbers.refetch();
    const account = this.numbers.numbers.value[number]?.account_id;
    let { data, next } = await this.api.templates(account);
    while (next) {
      const page = await this.api.page(next);
      data.push(...page.data);
      next = page.next;
    }
    return data.toSorted((one, other) => one.name.localeCompare(other.name) || one.language.localeCompare(other.language));
  }

  /** Sends a template message. Rejects with an ApiError, for the dialog to show. @param {string} conversationId @param {object} template @param {string} key */
  async sendTemplate(conversationId, template, key) {
    const message = await this.api.sendTemplate({ conversationId, template, key });
    this.writing.sent.value++;
    this.#gotMessage(message);
  }

  #listen() {
    this.socket.onEvent = (event) => this.#handle(event);
    this.socket.onGap = () => this.#refetch();
    this.socket.onState = (connection) => {
      this.connection.value = connection;
      if (connection.state === "live") this.#goOn();
      if (connection.state === "offline") this.list.unreached();
      if (connection.state === "ended") this.onSessionEnd(Boolean(connection.sessionOver));
    };
  }

  #goOn() {
    this.writing.outbox.flush();
    this.thread.lookAgain();
    this.list.lookAgain();
  }

  /** @param {any} event */
  #handle(event) {
    if (event.type === "number_updated") return this.#try(() => this.numbers.heard(event.number));
    const known = this.inbox.conversation(event.conversation?.id);
    const unheardOf = event.type === "conversation_updated" && !known;
    if (event.type === "conversation_removed" || (event.conversation && !known)) this.inbox.total.recount();
    this.inbox.heard(event);
    // Nobody tells when an agent who went away stops typing: look again once it is too old.
    if (event.type === "agent_typing" && event.on) setTimeout(() => this.inbox.age(), TYPING_MS);
    // The event leaves the last message out, and the list would show none.
    if (unheardOf) this.#try(() => this.inbox.learn(this.api.conversation(event.conversation.id)));
    if (event.type === "conversation_removed") this.#follow(event);
    this.thread.attend();
  }

  /** A customer's new number joined two conversations: whoever looks at either looks at both now. @param {any} event */
  #follow({ removed_id: gone, merged_into: home }) {
    this.writing.move(gone, home);
    const open = this.thread.openId.value;
    if (open === gone) this.onMoved(home);
    else if (open === home && !this.thread.loaded) this.thread.load();
  }

  /**
   * After a gap in the events: what is shown is fetched anew, and merged with what comes meanwhile. No event
   * will tell of the gap again, so this goes on until it succeeds.
   */
  async #refetch(failures = 0) {
    const open = this.thread.openId.value;
    const before = withOnlyThread(this.inbox.now, open);
    this.inbox.change(before);
    try {
      this.inbox.total.recount(0);
      this.inbox.nameAgents();
      await Promise.all([this.list.refetch(before, open), this.thread.refetch(before), this.numbers.refetch()]);
    } catch (error) {
      this.list.unreached(error.status);
      if (error.retryable) setTimeout(() => this.#refetch(failures + 1), delay(failures));
      else this.tell(error.message);
    }
  }

  /** @param {any} view */
  #gotMessage(view) {
    this.inbox.heard({ type: "message_updated", message: view });
  }

  /** Runs an action; what goes wrong is told to the agent and goes no further. @param {() => unknown} action */
  async #try(action) {
    try {
      await action();
    } catch (error) {
      this.tell(error.message);
    }
  }
}
