/**
 * The reference client of WS /api/v1/ws/chat/{user_id} (docs/events.md). It knows no page and no DOM; copy
 * it together with backoff.js and closecodes.js.
 *
 * What a good client does, and this one does:
 * - asks for a new one-use ticket for every connection;
 * - subscribes with the id of the last event it handled, so that it gets all that it missed, in order;
 * - drops an event it has handled already (events come at least once);
 * - has the page fetch by REST at the first ticket, which names the newest event by then, and wherever the history
 *   has a gap;
 * - answers silence itself: a connection on which nothing came since the last ping is given up;
 * - reconnects with growing, jittered waits, unless the close code says that this would be of no use.
 *
 *     const socket = new ChatSocket({ issueTicket: () => api.ticket() });
 *     socket.onEvent = (event) => ...;           // each event once
 *     socket.onGap = () => ...;                  // fetch what you show: events before this are not told
 *     socket.onState = ({ state, retryAt, reason, sessionOver }) => ...;
 *     socket.start();
 *
 * States: "connecting", "live" (subscribed), "offline" (waiting until `retryAt`), "ended"; `sessionOver` where
 * the server said so because the login is over.
 *
 * @typedef {{ticket: string, user_id: string, last_event_id?: string}} Ticket
 *
 * @typedef {object} SocketState
 * @property {"connecting"|"live"|"offline"|"ended"} state
 * @property {number|null} retryAt in ms
 * @property {string} reason
 * @property {boolean} [sessionOver]
 */

import { delay } from "./backoff.js";
import { FINAL, mayReconnect, SESSION_ENDED } from "./closecodes.js";

const HELLO_WITHIN_MS = 10_000;
const DEFAULT_HEARTBEAT_S = 25;
const IDS_REMEMBERED = 2000;

export class ChatSocket {
  /**
   * @param {object} parts
   * @param {() => Promise<Ticket>} parts.issueTicket rejects with an error whose
   *   `status` is 401 where the agent must log in again
   * @param {(path: string) => WebSocket} [parts.open]
   * @param {typeof realClock} [parts.clock]
   * @param {() => number} [parts.random] from 0 to 1
   */
  constructor({ issueTicket, open = openHere, clock = realClock, random = Math.random }) {
    this.issueTicket = issueTicket;
    this.open = open;
    this.clock = clock;
    this.random = random;
    /** @type {(event: any) => void} */ this.onEvent = () => {};
    this.onGap = () => {};
    /** @type {(state: SocketState) => void} */ this.onState = () => {};
    /** @type {SocketState} */ this.state = { state: "offline", retryAt: null, reason: "" };
    /** @type {string|null} */ this.lastEventId = null;
    /** @type {string|null} */ this.watched = null;
    this.here = true;
    this.failures = 0;
  }

  /** @type {Set<string>} */ #seen = new Set();
  /** @type {WebSocket|null} */ #socket = null;
  #attempt = 0;
  /** @type {Object<string, any>} */ #timers = {};
  #heard = false;

  /** Connects, and stays connected until `stop` or a close code that forbids it. */
  start() {
    this.#connect();
  }

  /** Closes for good, as when the agent logs out. */
  stop(reason = "", sessionOver = false) {
    this.#abandon(1000);
    this.#tell("ended", { reason, sessionOver });
  }

  /** Tries now rather than at the end of the wait: the network is back, or somebody pressed a button. */
  reconnectNow() {
    if (this.state.state === "offline") this.#connect();
    else if (this.state.state === "live") this.#beat();
  }

  /** Follows one conversation for what only its subscribers are told (who types); null for none. @param {string|null} conversationId */
  watch(conversationId) {
    if (this.watched === conversationId) return;
    const before = this.watched;
    this.watched = conversationId;
    if (this.state.state !== "live") return;
    if (before) this.#send({ type: "unsubscribe_conversation", conversation_id: before });
    this.#watchAgain();
  }

  /** Tells the others whether this agent looks at the page; of several pages one that is looked at counts. @param {boolean} here */
  present(here) {
    if (this.here === here) return;
    this.here = here;
    if (this.state.state === "live") this.#tellPresence();
  }

  /** Tells the other agents of a conversation that this one types, or stopped. @param {string} conversationId @param {boolean} on */
  typing(conversationId, on) {
    if (this.state.state === "live") this.#send({ type: "typing", conversation_id: conversationId, on });
  }

  async #connect() {
    this.#abandon(1000);
    const attempt = ++this.#attempt;
    this.#tell("connecting");
    try {
      const issued = await this.issueTicket();
      if (attempt === this.#attempt) this.#admitted(issued);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (error.status === 401 || error.status === 403) this.stop(error.message);
      else this.#wait(error.message);
    }
  }

  /** At the first ticket nothing is known: what is fetched from here on, and the events to come, leave nothing out. @param {Ticket} issued */
  #admitted({ user_id: userId, ticket, last_event_id: newest }) {
    this.#dial(userId, ticket);
    if (this.lastEventId || !newest) return;
    this.lastEventId = newest;
    this.onGap();
  }

  /** @param {string} userId @param {string} ticket */
  #dial(userId, ticket) {
    const path = `/api/v1/ws/chat/${encodeURIComponent(userId)}?ticket=${encodeURIComponent(ticket)}`;
    const socket = this.open(path);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code, reason }) => this.#closed(code, reason);
    this.#timer("hello", HELLO_WITHIN_MS, () => this.#lost("The server did not answer."));
  }

  /** @param {any} frame */
  #receive(frame) {
    this.#heard = true;
    if (frame.type === "hello") this.#greeted(frame);
    else if (frame.type === "subscribed") this.#subscribed(frame);
    else if (frame.type === "resync") this.#skipTo(frame.last_event_id);
    else if (frame.type === "error") console.warn("Socket:", frame.code, frame.message);
    else if (frame.id || frame.at) this.#event(frame);
  }

  /** @param {any} hello */
  #greeted(hello) {
    this.#timer("hello", 0, null);
    this.#heartbeatMs = (hello.heartbeat_s ?? DEFAULT_HEARTBEAT_S) * 1000;
    this.#nextBeat();
    this.#send({ type: "subscribe_inbox", ref: "inbox", ...(this.lastEventId && { since: this.lastEventId }) });
  }

  #heartbeatMs = DEFAULT_HEARTBEAT_S * 1000;

  /** Only the inbox's answer moves the place in the history: it covers every conversation. @param {any} answer */
  #subscribed(answer) {
    if (answer.ref !== "inbox") return;
    const recovered = Boolean(this.lastEventId) && answer.recovered !== false;
    if (!recovered) this.lastEventId = answer.last_event_id ?? null;
    this.failures = 0;
    this.#tell("live");
    this.#watchAgain();
    if (!this.here) this.#tellPresence();
    if (!recovered) this.onGap();
  }

  /** The gateway lost events on the way here; the subscriptions stand. @param {string} eventId */
  #skipTo(eventId) {
    this.lastEventId = eventId;
    this.onGap();
  }

  #tellPresence() {
    this.#send({ type: "presence", state: this.here ? "online" : "away" });
  }

  #watchAgain() {
    if (this.watched) this.#send({ type: "subscribe_conversation", conversation_id: this.watched });
  }

  /** @param {any} event */
  #event(event) {
    if (event.id && this.#isRepeat(event.id)) return;
    this.onEvent(event);
    if (event.id) this.lastEventId = event.id;
  }

  /** @param {string} id */
  #isRepeat(id) {
    if (this.#seen.has(id)) return true;
    this.#seen.add(id);
    if (this.#seen.size > IDS_REMEMBERED) this.#seen.delete(/** @type {string} */ (this.#seen.values().next().value));
    return false;
  }

  /** Timers of hidden pages may come late; that only delays the verdict, it never makes a false one. */
  #nextBeat() {
    this.#timer("beat", this.#heartbeatMs, () => this.#beat());
  }

  #beat() {
    if (!this.#heard) return this.#lost("The connection went silent.");
    this.#heard = false;
    this.#send({ type: "ping" });
    this.#nextBeat();
  }

  /** @param {number} code @param {string} reason */
  #closed(code, reason) {
    this.#forget();
    if (mayReconnect(code)) this.#wait(reason);
    else this.stop(FINAL.get(code) ?? "", code === SESSION_ENDED);
  }

  /** @param {string} reason */
  #lost(reason) {
    this.#abandon(4000);
    this.#wait(reason);
  }

  /** @param {string} reason */
  #wait(reason) {
    const pause = delay(this.failures++, this.random);
    this.#tell("offline", { retryAt: this.clock.now() + pause, reason });
    this.#timer("retry", pause, () => this.#connect());
  }

  /** @param {number} code */
  #abandon(code) {
    const socket = this.#socket;
    this.#attempt++;
    this.#forget();
    socket?.close(code);
  }

  #forget() {
    for (const name of Object.keys(this.#timers)) this.#timer(name, 0, null);
    if (this.#socket) this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket = null;
    this.#heard = true;
  }

  /** @param {string} name @param {number} ms @param {(() => void)|null} callback */
  #timer(name, ms, callback) {
    this.clock.clearTimeout(this.#timers[name]);
    this.#timers[name] = callback && this.clock.setTimeout(callback, ms);
  }

  /** @param {object} frame */
  #send(frame) {
    this.#socket?.send(JSON.stringify(frame));
  }

  /** @param {SocketState["state"]} state @param {Partial<SocketState>} [more] */
  #tell(state, { retryAt = null, reason = "", sessionOver = false } = {}) {
    this.state = { state, retryAt, reason, sessionOver };
    this.onState(this.state);
  }
}

const realClock = {
  setTimeout: (/** @type {() => void} */ callback, /** @type {number} */ ms) => /** @type {any} */ (setTimeout(callback, ms)),
  clearTimeout: (/** @type {any} */ timer) => clearTimeout(timer),
  now: () => Date.now(),
};

/** @param {string} path */
function openHere(path) {
  const address = new URL(path, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(address);
}
