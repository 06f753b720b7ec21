/**
 * A client of Parley's sockets that misses nothing. Copy it; docs/clients.md explains each of its decisions.
 *
 *     PARLEY_TOKEN=... node client.mjs http://localhost:8000
 *
 * Needs no package: Node 22 and later have WebSocket built in (Node 20: `node --experimental-websocket`).
 * Prints each event as a line of JSON, and at Ctrl-C what it has learnt to show. Each line it reads,
 * `<conversation id> <text>`, is sent. While the house is open (development, no real app secret) it needs no token.
 */

import { createInterface } from "node:readline";

// Close codes that forbid coming back (docs/events.md). 4401 is not among them: it says that this ticket is
// no good, there is a new one for every connection, and a login that ended is told by the ticket request.
const FINAL = new Set([1002, 1003, 1007, 1009, 4403, 4406, 4410]);
const FIRST_MS = 500, LONGEST_MS = 30_000;
const SILENCE_MS = 10_000;
const IDS_REMEMBERED = 2000;
// What a message_status event tells of a message; everything else of it comes as a whole.
const STATUS = ["status", "status_times", "error", "wamid", "pricing", "possible_duplicate", "payment", "recipients"];

class Refused extends Error {}
class Wrong extends Error {}

/** Milliseconds: longer each time, and never the same for two clients. */
const pause = (failures) => Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16)) * (0.5 + Math.random() / 2);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Of two states of one thing the one with the higher revision is the newer. */
function newer(known, key, told) {
  if (!known.has(key) || told.revision > known.get(key).revision) known.set(key, told);
}

/** What a client shows. Takes snapshots and events in any order and any number of times. */
export class Inbox {
  #conversations = new Map();
  #merged = new Map();
  #contents = new Map();
  #statuses = new Map();

  /** Conversations as REST lists them, each with its last message. */
  snapshot(conversations) {
    for (const view of conversations) {
      newer(this.#conversations, view.id, view);
      if (view.last_message) this.message(view.last_message);
    }
  }

  /** A whole message. Its status is kept apart: a status event must not make an earlier edit look old. */
  message(view) {
    newer(this.#contents, view.id, view);
    newer(this.#statuses, view.id, view);
  }

  event(event) {
    if (event.conversation) newer(this.#conversations, event.conversation.id, event.conversation);
    if (event.message) this.message(event.message);
    if (event.type === "message_status") newer(this.#statuses, event.message_id, event);
    if (event.type === "conversation_removed") this.#merged.set(event.removed_id, event.merged_into);
  }

  /** By id, as GET /api/v1/conversations/{id} would answer now. */
  conversations() {
    const last = this.#lastMessages();
    const whole = (view) => ({ ...view, last_message: last.get(view.id) ?? null });
    const there = [...this.#conversations].filter(([id]) => !this.#merged.has(id));
    return Object.fromEntries(there.map(([id, view]) => [id, whole(view)]));
  }

  /** In reading order, which is that of ids; a status whose message has not come yet is left out. */
  messages() {
    const whole = [...this.#contents.values()].map((content) => this.#whole(content));
    return whole.sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  #whole(content) {
    const status = this.#statuses.get(content.id);
    const told = Object.fromEntries(STATUS.map((name) => [name, status[name]]));
    const revision = Math.max(content.revision, status.revision);
    return { ...content, ...told, revision, conversation_id: this.home(content.conversation_id) };
  }

  /** The conversation in which the messages of this one are now: itself, unless it was joined with another. */
  home(id) {
    while (this.#merged.has(id)) id = this.#merged.get(id);
    return id;
  }

  /** Events leave `last_message` out of conversations. */
  #lastMessages() {
    return new Map(this.messages().map((view) => [view.conversation_id, view]));
  }
}

/**
 * Sends that have not reached the server, oldest first. Each keeps one key through all attempts, so that the
 * customer gets it once although an answer was lost.
 */
class Outbox {
  #waiting = [];
  #busy = false;

  constructor(post) {
    this.post = post;
  }

  /** A program that must survive its own end would note key and body first. */
  async add(body) {
    this.#waiting.push({ key: crypto.randomUUID(), body });
    if (this.#busy) return;
    this.#busy = true;
    for (let failures = 0; this.#waiting.length;) {
      try {
        await this.post(this.#waiting[0].key, this.#waiting[0].body);
      } catch (error) {
        if (!(error instanceof Wrong)) {
          await sleep(pause(failures++));
          continue;
        }
        console.error("Not sent:", error.message);
      }
      failures = 0;
      this.#waiting.shift();
    }
    this.#busy = false;
  }
}

/** Stays subscribed to the inbox. `onEvent` gets each event once, in order. */
export class Client {
  inbox = new Inbox();
  #since = null;
  #seen = new Set();
  #failures = 0;
  #outbox = new Outbox((key, body) => this.#request("POST", "/api/v1/messages/send", body, { "Idempotency-Key": key }));

  constructor(site, token, onEvent) {
    Object.assign(this, { site, token, onEvent });
  }

  /** Rejects with Refused where coming back is of no use. */
  async run() {
    for (;;) {
      try {
        await this.#stay();
      } catch (error) {
        if (error instanceof Refused) throw error;
        console.error("Coming back:", error.message);
      }
      await sleep(pause(this.#failures++));
    }
  }

  /** Sends a text, now or when the server is back; `new_message` tells of it. */
  send(conversationId, text) {
    return this.#outbox.add({ conversation_id: conversationId, type: "text", text: { body: text } });
  }

  async #stay() {
    const { ticket, user_id } = await this.#request("POST", "/api/v1/ws/ticket");
    const path = `/api/v1/ws/chat/${user_id}?ticket=${encodeURIComponent(ticket)}`;
    const socket = new WebSocket(this.site.replace("http", "ws") + path);
    const code = await this.#listen(socket);
    if (FINAL.has(code)) throw new Refused(`The gateway closed the socket with ${code}.`);
  }

  /** Until the socket closes. Frames are taken one after the other, though a snapshot takes a while. */
  #listen(socket) {
    return new Promise((resolve, reject) => {
      let turn = Promise.resolve();
      const watch = new Watch(socket, resolve);
      socket.onmessage = ({ data }) => {
        watch.heard();
        turn = turn.then(() => this.#take(socket, JSON.parse(data)));
        turn.catch((error) => (reject(error), watch.end(), socket.close()));
      };
      socket.onerror = () => {};
      socket.onclose = ({ code }) => (watch.end(), turn.then(() => resolve(code), reject));
    });
  }

  async #take(socket, frame) {
    if (frame.type === "hello") {
      const since = this.#since ? { since: this.#since } : {};
      socket.send(JSON.stringify({ type: "subscribe_inbox", ...since }));
    } else if (frame.type === "subscribed" || frame.type === "resync") {
      this.#failures = 0;
      if (!(this.#since && frame.recovered)) await this.#beginAnew(frame.last_event_id);
    } else if (frame.type === "error") console.error(frame.code, frame.message);
    else if (frame.id) this.#event(frame);
  }

  /** What was missed cannot be told: fetch what is shown. The place is noted once that has succeeded. */
  async #beginAnew(lastEventId) {
    this.#since = null;
    this.inbox = new Inbox();
    let page = "/api/v1/conversations?limit=200";
    while (page) {
      const { data, next } = await this.#request("GET", page);
      this.inbox.snapshot(data);
      page = next;
    }
    this.#since = lastEventId;
  }

  #event(event) {
    if (!this.#seen.has(event.id)) {
      this.#seen.add(event.id);
      if (this.#seen.size > IDS_REMEMBERED) this.#seen.delete(this.#seen.values().next().value);
      this.inbox.event(event);
      this.onEvent(event);
    }
    this.#since = event.id;
  }

  async #request(method, path, body, more = {}) {
    const headers = { ...more, ...(this.token && { Authorization: `Bearer ${this.token}` }) };
    if (body) headers["Content-Type"] = "application/json";
    const signal = AbortSignal.timeout(20_000);
    const answer = await fetch(this.site + path, { method, headers, signal, body: body && JSON.stringify(body) });
    if (answer.status === 401 || answer.status === 403) throw new Refused("Log in again.");
    if (answer.ok) return answer.json();
    const passing = [408, 429].includes(answer.status) || answer.status >= 500;
    throw new (passing ? Error : Wrong)(`${method} ${path.split("?")[0]}: ${answer.status} ${await answer.text()}`);
  }
}

/** Gives up a connection on which even a ping is not answered: WebSocket itself would wait for ever. */
class Watch {
  constructor(socket, giveUp) {
    Object.assign(this, { socket, giveUp });
    this.heard();
  }

  heard() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), SILENCE_MS);
  }

  end() {
    clearTimeout(this.timer);
  }

  #ask() {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send('{"type":"ping"}');
    this.timer = setTimeout(() => this.#abandon(), SILENCE_MS);
  }

  #abandon() {
    this.socket.onmessage = null;
    this.socket.close();
    this.giveUp(1006);
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const print = (value) => console.log(JSON.stringify(value));
  const client = new Client(process.argv[2], process.env.PARLEY_TOKEN ?? "", print);
  createInterface({ input: process.stdin }).on("line", (line) => {
    const [conversationId, ...words] = line.trim().split(" ");
    client.send(conversationId, words.join(" "));
  });
  process.on("SIGINT", () => (print({ conversations: client.inbox.conversations() }), process.exit(0)));
  await client.run();
}
