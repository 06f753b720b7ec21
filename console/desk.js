/**
 * An agent's desk: what is open, filtered and searched, and everything an agent can do. It joins the REST
 * client, the socket and the state, and knows no DOM; views read it and are told when it changed.
 */

import { delay } from "./backoff.js";
import { Drafts } from "./state/drafts.js";
import { Outbox } from "./state/outbox.js";
import {
  emptyInbox, withConversations, withEvent, withListAfterGap, withMessages, withOnlyThread, withThread,
  withThreadAfterGap,
} from "./state/inbox.js";
import { withNumbers, withStanding } from "./state/numbers.js";
import { firstUnread, messagesOf, TYPING_MS } from "./state/select.js";
import { shift, UnreadTotal } from "./state/unread.js";

export class Desk {
  /**
   * @param {object} parts
   * @param {import("./api.js").Api} parts.api
   * @param {import("./socket.js").ChatSocket} parts.socket
   * @param {object} parts.me the agent
   * @param {object} parts.storage where unsent messages survive a reload; see Outbox
   * @param {import("./state/drafts.js").Drafts} [parts.drafts]
   * @param {() => boolean} parts.attentive whether the agent is looking at the page
   * @param {() => void} parts.onChange told after every change
   * @param {(isOver: boolean) => void} [parts.onSessionEnd] the socket ended for good; `isOver`: because the login is
   * @param {(conversationId: string) => void} [parts.onMoved] the open conversation was joined with this one
   */
  constructor({
    api, socket, me, storage, attentive, onChange, drafts = new Drafts(), onSessionEnd = () => {}, onMoved = () => {},
  }) {
    Object.assign(this, { api, socket, me, attentive, onChange, drafts, onSessionEnd, onMoved });
    this.closed = false;
    this.inbox = emptyInbox();
    this.numbers = {};
    this.agents = { [me.id]: me.name };
    this.openId = null;
    this.unreadFrom = null;
    this.threadError = "";
    this.list = { unreadOnly: false, query: "", found: null, more: null, state: "loading", request: 0 };
    this.notice = "";
    this.written = 0; // by this agent here, for the thread to go to its end
    this.outbox = new Outbox({
      storage, post: (send) => api.sendText(send), onSent: (view) => this.#gotMessage(view), onChange,
    });
    this.#total = new UnreadTotal({ ask: () => api.counts(), onChange });
    this.#listen();
  }

  #total;
  #loadingOlder = false;
  #markedRead = "";
  #threadFailures = 0;
  #listFailures = 0;

  /** How many conversations hold something unread. @returns {import("./state/unread.js").Unread} */
  get unread() {
    return this.#total.now;
  }

  /** Begins: the list by REST at once, the socket beside it. */
  start() {
    this.socket.start();
    this.refreshList();
    this.#total.recount(0);
    this.#nameAgents();
    this.#refetchNumbers().catch(() => {}); // the socket, once live, has them fetched until that succeeds
  }

  stop() {
    this.socket.stop();
  }

  /** Ends for good and forgets whatever customers wrote; `closed` says so. */
  close() {
    this.closed = true;
    this.stop();
    this.socket.onEvent = this.socket.onGap = this.socket.onState = () => {};
    Object.assign(this, { inbox: emptyInbox(), numbers: {}, openId: null, notice: "", threadError: "" });
    Object.assign(this.list, { query: "", found: null, more: null, request: this.list.request + 1 });
    this.outbox.forget();
    this.drafts.forget();
  }

  get conversation() {
    return this.inbox.conversations[this.openId] ?? null;
  }

  get messages() {
    return messagesOf(this.inbox, this.openId);
  }

  /** Whether the open thread's messages are here. */
  get threadLoaded() {
    return this.inbox.threads[this.openId]?.older !== undefined;
  }

  /** Opens a conversation, or none. */
  async open(conversationId) {
    if (this.openId === conversationId) return;
    Object.assign(this, { openId: conversationId, unreadFrom: null, threadError: "" });
    this.#threadFailures = 0;
    this.socket.watch(conversationId);
    if (conversationId) {
      this.inbox = withThread(this.inbox, conversationId);
      this.onChange();
      await this.loadThread();
    }
    this.onChange();
  }

  /** Fetches what is missing of the open thread, and marks where the unread part begins. What fails is tried again. */
  async loadThread() {
    const id = this.openId;
    this.threadError = "";
    try {
      if (!this.conversation) await this.#learn(this.api.conversation(id));
      const unread = this.inbox.conversations[id].unread_count;
      if (this.inbox.threads[id].older === undefined) {
        const { data, next } = await this.api.messages(id);
        this.#change(withMessages(this.inbox, id, data, next ?? null));
      }
      if (this.openId === id) this.unreadFrom = firstUnread(this.messages, unread);
    } catch (error) {
      if (this.openId === id) this.#threadFailed(id, error);
    }
    this.attend();
    this.onChange();
  }

  #threadFailed(id, { message, retryable }) {
    this.threadError = message;
    if (retryable) setTimeout(() => this.openId === id && this.#lookAgain(), delay(this.#threadFailures++));
  }

  /** Fetches what could not be fetched of what is shown. */
  #lookAgain() {
    if (this.openId && this.threadError) this.loadThread();
    if (this.list.state === "unreachable") this.refreshList();
  }

  /** Fetches the page of messages before those shown. Resolves when they are here, or there are none. */
  async loadOlder() {
    const id = this.openId;
    const older = this.inbox.threads[id]?.older;
    if (!older || this.#loadingOlder) return;
    this.#loadingOlder = true;
    await this.#try(async () => {
      const { data, next } = await this.api.page(older);
      this.#change(withMessages(this.inbox, id, data, next ?? null));
    });
    this.#loadingOlder = false;
  }

  /** @param {{unreadOnly?: boolean, query?: string}} choice what the list shows from now on */
  choose(choice) {
    Object.assign(this.list, choice, { found: null });
    return this.refreshList();
  }

  /** Fetches the list's first page. A slow answer to an earlier choice is dropped. */
  async refreshList() {
    const request = ++this.list.request;
    this.list.state = "loading";
    this.onChange();
    try {
      const { data, next } = await this.api.conversations(this.#filters());
      if (request !== this.list.request) return;
      Object.assign(this.list, { state: "ready", more: next ?? null, found: this.#found(data) });
      this.#listFailures = 0;
      this.#change(withConversations(this.inbox, data));
    } catch (error) {
      if (request === this.list.request) this.#listFailed(request, error);
    }
    this.onChange();
  }

  #listFailed(request, { status, retryable }) {
    this.list.state = status === 0 ? "unreachable" : "failed";
    if (retryable) setTimeout(() => request === this.list.request && this.refreshList(), delay(this.#listFailures++));
  }

  async loadMore() {
    const { more, request } = this.list;
    if (!more) return;
    this.list.more = null;
    await this.#try(async () => {
      const { data, next } = await this.api.page(more).catch((error) => {
        if (request === this.list.request) this.list.more = more; // the next scroll asks again
        throw error;
      });
      if (request !== this.list.request) return;
      data.forEach((each) => this.list.found?.add(each.id));
      this.list.more = next ?? null;
      this.#change(withConversations(this.inbox, data));
    });
  }

  /** Sends a text in the open conversation; where the server is away it waits in the outbox. */
  send(text, replyTo) {
    this.written++;
    return this.outbox.add({
      key: crypto.randomUUID(), conversationId: this.openId, text, replyTo, agentId: this.me.id,
      createdAt: new Date().toISOString(), after: this.messages.reduce((last, { id }) => (id > last ? id : last), ""),
    });
  }

  /** Tries a message again: one that never reached the server, or one WhatsApp did not take. */
  async retry(message) {
    if (message.local) return this.outbox.retry(message.id);
    return this.#try(async () => this.#gotMessage(await this.api.retry(message.id)));
  }

  /**
   * Writes to a phone number. Rejects with an ApiError, for the dialog to show.
   * @param {string} key idempotency key; the same for the same words
   * @returns {Promise<string>} the conversation's id
   */
  async writeTo(phone, text, key) {
    const message = await this.api.sendTextTo(phone, text, key);
    await this.#try(() => this.#learn(this.api.conversation(message.conversation_id)));
    return message.conversation_id;
  }

  /** The approved templates of a conversation's number, by name. Rejects with an ApiError. */
  async templatesOf({ phone_number_id: number }) {
    await this.#refetchNumbers();
    const account = this.numbers[number]?.account_id;
    let { data, next } = await this.api.templates(account);
    while (next) {
      const page = await this.api.page(next);
      [data, next] = [[...data, ...page.data], page.next];
    }
    return data.toSorted((one, other) => one.name.localeCompare(other.name) || one.language.localeCompare(other.language));
  }

  /** Sends a template message. Rejects with an ApiError, for the dialog to show. */
  async sendTemplate(conversationId, template, key) {
    const message = await this.api.sendTemplate({ conversationId, template, key });
    this.written++;
    this.#gotMessage(message);
  }

  /** Marks the open conversation read if the agent looks at it and there is something to mark. */
  attend() {
    const { conversation } = this;
    if (!conversation?.unread_count || !this.threadLoaded || !this.attentive()) return;
    const state = `${conversation.id} ${conversation.revision}`;
    if (state === this.#markedRead) return;
    this.#markedRead = state;
    this.#try(() => this.#learn(this.api.markRead(conversation.id)));
  }

  typing(on) {
    if (this.openId) this.socket.typing(this.openId, on);
  }

  dismissNotice() {
    this.#say("");
  }

  /** Shows the agent a sentence for a while. */
  tell(notice) {
    this.#say(notice);
  }

  #listen() {
    this.socket.onEvent = (event) => this.#handle(event);
    this.socket.onGap = () => this.#refetch();
    this.socket.onState = ({ state, sessionOver }) => {
      if (state === "live") {
        this.outbox.flush();
        this.#lookAgain();
      }
      if (state === "ended") this.onSessionEnd(sessionOver);
      this.onChange();
    };
  }

  #handle(event) {
    if (event.type === "number_updated") return this.#heardOfNumber(event.number);
    const known = this.inbox.conversations[event.conversation?.id];
    const unheardOf = event.type === "conversation_updated" && !known;
    if (event.type === "conversation_removed" || (event.conversation && !known)) this.#total.recount();
    this.#change(withEvent(this.inbox, event, Date.now()));
    // Nobody tells when an agent who went away stops typing: look again once it is too old.
    if (event.type === "agent_typing" && event.on) setTimeout(this.onChange, TYPING_MS);
    // The event leaves the last message out, and the list would show none.
    if (unheardOf) this.#try(() => this.#learn(this.api.conversation(event.conversation.id)));
    if (event.type === "conversation_removed") this.#follow(event);
    this.attend();
  }

  /** A customer's new number joined two conversations: whoever looks at either looks at both now. */
  #follow({ removed_id: gone, merged_into: home }) {
    this.outbox.move(gone, home);
    this.drafts.move(gone, home);
    if (this.openId === gone) this.onMoved(home);
    else if (this.openId === home && !this.threadLoaded) this.loadThread();
  }

  /**
   * After a gap in the events: what is shown is fetched anew, and merged with what comes meanwhile. No event
   * will tell of the gap again, so this goes on until it succeeds.
   */
  async #refetch(failures = 0) {
    const before = (this.inbox = withOnlyThread(this.inbox, this.openId));
    try {
      this.#total.recount(0);
      this.#nameAgents();
      await Promise.all([this.#refetchList(before), this.#refetchThread(before), this.#refetchNumbers()]);
    } catch (error) {
      if (error.retryable) setTimeout(() => this.#refetch(failures + 1), delay(failures));
      else this.#say(error.message);
    }
  }

  async #refetchList(before) {
    const request = ++this.list.request;
    const { data, next } = await this.api.conversations(this.#filters());
    if (request !== this.list.request) return;
    Object.assign(this.list, { state: "ready", more: next ?? null, found: this.#found(data) });
    this.#change(withListAfterGap(this.inbox, before, data, this.openId));
  }

  async #refetchNumbers() {
    const { data } = await this.api.numbers();
    this.numbers = withNumbers(this.numbers, data);
    this.onChange();
  }

  #heardOfNumber(view) {
    if (!this.numbers[view.phone_number_id]) return this.#try(() => this.#refetchNumbers());
    this.numbers = withStanding(this.numbers, view);
    this.onChange();
  }

  async #refetchThread(before) {
    const id = this.openId;
    if (!id) return;
    const [conversation, { data, next }] = await Promise.all([this.api.conversation(id), this.api.messages(id)]);
    const inbox = withThreadAfterGap(this.inbox, before, id, data, next ?? null);
    this.#change(withConversations(inbox, [conversation]));
    this.attend();
  }

  /** Adds a conversation once it is here, to the inbox as it is by then: events came meanwhile. */
  async #learn(request) {
    const view = await request;
    this.#change(withConversations(this.inbox, [view]));
  }

  #filters() {
    return { unread: this.list.unreadOnly, q: this.list.query };
  }

  #found(views) {
    return this.list.query ? new Set(views.map((each) => each.id)) : null;
  }

  #gotMessage(view) {
    this.#change(withEvent(this.inbox, { type: "message_updated", message: view }, Date.now()));
  }

  async #nameAgents() {
    try {
      const { data } = await this.api.agents();
      for (const { id, name } of data) this.agents[id] = name;
      this.onChange();
    } catch {
      // Colleagues are "Another agent" then; nothing else depends on their names.
    }
  }

  #change(inbox) {
    if (this.closed) return; // an answer that was on its way
    this.#total.count(shift(this.inbox.conversations, inbox.conversations));
    this.inbox = inbox;
    this.onChange();
  }

  /** Runs an action; what goes wrong is told to the agent and goes no further. */
  async #try(action) {
    try {
      await action();
    } catch (error) {
      this.#say(error.message);
    }
  }

  #say(notice) {
    this.notice = notice;
    this.onChange();
  }
}
