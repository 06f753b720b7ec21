import assert from "node:assert/strict";
import { test } from "node:test";

import { delay } from "../../../console/backoff.js";
import { ChatSocket } from "../../../console/socket.js";

/** A clock that stands still until told; a socket that does what it is told; a client between them. */
class Rig {
  constructor(issueTicket) {
    this.time = 0;
    this.timers = new Map();
    this.sockets = [];
    this.log = [];
    this.tickets = 0;
    this.client = new ChatSocket({
      issueTicket: issueTicket ?? (async () => ({ ticket: `t${++this.tickets}`, user_id: "me" })),
      open: (path) => this.#open(path), clock: this.#clock(), random: () => 1,
    });
    this.client.onEvent = (event) => this.log.push(event.id);
    this.client.onGap = () => this.log.push("gap");
    this.client.onState = ({ state }) => this.log.push(state);
  }

  #clock() {
    return {
      now: () => this.time, clearTimeout: (id) => this.timers.delete(id),
      setTimeout: (callback, ms) => { const id = Symbol(ms); this.timers.set(id, [this.time + ms, callback]); return id; },
    };
  }

  #open(path) {
    const socket = { path, sent: [], closed: null, close(code) { this.closed = code; } };
    socket.send = (text) => socket.sent.push(JSON.parse(text));
    socket.tell = (frame) => socket.onmessage?.({ data: JSON.stringify(frame) });
    socket.drop = (code, reason = "") => socket.onclose?.({ code, reason });
    this.sockets.push(socket);
    return socket;
  }

  get socket() {
    return this.sockets.at(-1);
  }

  async pass(ms) {
    this.time += ms;
    for (const [id, [due, callback]] of [...this.timers]) {
      if (due <= this.time && this.timers.delete(id)) callback();
    }
    await settled();
  }

  async live(answer = { last_event_id: "5-0", recovered: true }) {
    this.socket.tell({ type: "hello", heartbeat_s: 20, last_event_id: "5-0" });
    this.socket.tell({ type: "subscribed", ref: "inbox", ...answer });
    await settled();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function started(...parts) {
  const rig = new Rig(...parts);
  rig.client.start();
  await settled();
  return rig;
}

test("it connects with a ticket and the ticket's user, and asks for the whole inbox", async () => {
  const rig = await started();
  await rig.live();
  assert.equal(rig.socket.path, "/api/v1/ws/chat/me?ticket=t1");
  assert.deepEqual(rig.socket.sent, [{ type: "subscribe_inbox", ref: "inbox" }]);
  assert.deepEqual(rig.log, ["connecting", "live", "gap"]);
});

test("an event told twice is handled once", async () => {
  const rig = await started();
  await rig.live();
  for (const id of ["6-0", "6-0", "7-0", "6-0"]) rig.socket.tell({ type: "new_message", id });
  assert.deepEqual(rig.log.slice(3), ["6-0", "7-0"]);
});

test("events without an id are live only and are all handled", async () => {
  const rig = await started();
  await rig.live();
  rig.socket.tell({ type: "agent_typing", at: "now" });
  rig.socket.tell({ type: "agent_typing", at: "now" });
  assert.equal(rig.log.length, 5);
  assert.equal(rig.client.lastEventId, "5-0");
});

test("it comes back with a new ticket and the last id it handled", async () => {
  const rig = await started();
  await rig.live();
  rig.socket.tell({ type: "new_message", id: "6-0" });
  rig.socket.drop(1006);
  await rig.pass(500);
  await rig.live({ last_event_id: "9-0", recovered: true });
  assert.equal(rig.socket.path, "/api/v1/ws/chat/me?ticket=t2");
  assert.deepEqual(rig.socket.sent[0], { type: "subscribe_inbox", ref: "inbox", since: "6-0" });
  assert.deepEqual(rig.log.slice(3), ["6-0", "offline", "connecting", "live"]);
});

test("a connection lost in mid-recovery resumes from what was handled, not from what was announced", async () => {
  const rig = await started();
  await rig.live();
  rig.socket.drop(1006);
  await rig.pass(500);
  await rig.live({ last_event_id: "9-0", recovered: true });
  rig.socket.tell({ type: "new_message", id: "6-0" });
  assert.equal(rig.client.lastEventId, "6-0");
});

test("where the history does not reach back it says so and goes on from there", async () => {
  const rig = await started();
  await rig.live();
  rig.socket.drop(1006);
  await rig.pass(500);
  await rig.live({ last_event_id: "90-0", recovered: false });
  assert.equal(rig.log.at(-1), "gap");
  assert.equal(rig.client.lastEventId, "90-0");
});

test("told to resync, it has the page fetched and goes on from there", async () => {
  const rig = await started();
  await rig.live();
  rig.socket.tell({ type: "resync", recovered: false, last_event_id: "80-0" });
  assert.deepEqual(rig.log.slice(2), ["gap", "gap"]);
  assert.equal(rig.client.lastEventId, "80-0");
});

test("a ticket that came too late is no end: there is a new one", async () => {
  const rig = await started();
  rig.socket.drop(4401, "unauthorized");
  assert.equal(rig.client.state.state, "offline");
});

test("waits grow with each failure and start over after a success", async () => {
  const rig = await started();
  const waits = [];
  for (let round = 0; round < 3; round++) {
    rig.socket.drop(1006);
    waits.push(rig.client.state.retryAt - rig.time);
    await rig.pass(waits.at(-1));
  }
  await rig.live();
  rig.socket.drop(1006);
  assert.deepEqual([...waits, rig.client.state.retryAt - rig.time], [500, 1000, 2000, 500]);
});

test("waits stay between half and all of a doubled wait of at most half a minute", () => {
  for (let failures = 0; failures < 2000; failures += 37) {
    assert.ok(delay(failures, () => 0) >= 250 && delay(failures, () => 1) <= 30_000);
  }
});

test("a silent connection is given up after two heartbeats", async () => {
  const rig = await started();
  await rig.live();
  const quiet = rig.socket;
  await rig.pass(20_000);
  assert.deepEqual(quiet.sent.at(-1), { type: "ping" });
  await rig.pass(20_000);
  assert.equal(quiet.closed, 4000);
  assert.equal(rig.log.at(-1), "offline");
});

test("a pong keeps the connection", async () => {
  const rig = await started();
  await rig.live();
  for (let beat = 0; beat < 5; beat++) {
    await rig.pass(20_000);
    rig.socket.tell({ type: "pong" });
  }
  assert.equal(rig.client.state.state, "live");
});

test("a server that accepts and says nothing is given up", async () => {
  const rig = await started();
  await rig.pass(10_000);
  assert.equal(rig.client.state.state, "offline");
});

test("an unreachable server is tried again", async () => {
  let attempts = 0;
  const rig = await started(async () => { attempts++; throw new Error("down"); });
  await rig.pass(500);
  assert.equal(attempts, 2);
  assert.equal(rig.client.state.state, "offline");
});

test("a session that is over ends the client", async () => {
  const rig = await started(async () => { throw Object.assign(new Error("log in"), { status: 401 }); });
  await rig.pass(60_000);
  assert.deepEqual(rig.log, ["connecting", "ended"]);
});

test("a final close code ends the client", async () => {
  const rig = await started();
  await rig.live();
  rig.socket.drop(4410, "session_ended");
  await rig.pass(60_000);
  const { state, reason, sessionOver } = rig.client.state;
  assert.deepEqual([state, reason, sessionOver], ["ended", "You were logged out. Log in again.", true]);
  assert.equal(rig.sockets.length, 1);
});

test("a stopped client stays stopped, whatever was on its way", async () => {
  const rig = new Rig();
  rig.client.start();
  rig.client.stop();
  await settled();
  assert.equal(rig.sockets.length, 0);
});

test("it tries at once when told that the network is back", async () => {
  const rig = await started();
  rig.socket.drop(1006);
  rig.client.reconnectNow();
  await settled();
  assert.equal(rig.sockets.length, 2);
});

test("the watched conversation is followed again after a reconnect, and does not move the place", async () => {
  const rig = await started();
  rig.client.watch("c1");
  await rig.live();
  rig.socket.tell({ type: "subscribed", conversation_id: "c1", last_event_id: "8-0" });
  assert.deepEqual(rig.socket.sent.at(-1), { type: "subscribe_conversation", conversation_id: "c1" });
  assert.equal(rig.client.lastEventId, "5-0");
  rig.client.watch("c2");
  assert.deepEqual(rig.socket.sent.slice(-2).map((each) => each.type), ["unsubscribe_conversation", "subscribe_conversation"]);
});

test("whether the agent looks is told when it changes, and again after coming back", async () => {
  const rig = await started();
  await rig.live();
  for (const here of [true, false, false]) rig.client.present(here);
  assert.deepEqual(rig.socket.sent.slice(1), [{ type: "presence", state: "away" }]);
  rig.socket.drop(1006);
  await rig.pass(500);
  await rig.live();
  assert.deepEqual(rig.socket.sent.at(-1), { type: "presence", state: "away" });
  rig.client.present(true);
  assert.deepEqual(rig.socket.sent.at(-1), { type: "presence", state: "online" });
});
