import assert from "node:assert/strict";
import { test } from "node:test";

import "./speaks.js";
import { ApiError } from "../../../console/api.js";
import { Desk } from "../../../console/desk.js";
import { stopped } from "./clock.js";
import { at, conversation, hold, message, number, standing } from "./shapes.js";

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A desk over an API whose every answer a test may hold back or replace. */
function rig(answers = {}) {
  const log = [];
  const usual = {
    conversations: async () => ({ data: [conversation("c1", { unread_count: 1 })], next: null }),
    conversation: async (id) => conversation(id),
    messages: async () => ({ data: [message("m1")], next: null }),
    markRead: async (id) => conversation(id, { revision: 9 }),
    agents: async () => ({ data: [{ id: "a2", name: "Bruno" }] }),
    numbers: async () => ({ data: [number("1")], next: null }),
    counts: async () => ({ unread: 0, unread_more: false }),
    sendText: async ({ text }) => message("m5", { direction: "outbound", content: { body: text }, agent_id: "a1" }),
    page: async () => ({ data: [], next: null }),
  };
  const api = {};
  for (const [name, answer] of Object.entries({ ...usual, ...answers })) {
    api[name] = (...given) => { log.push(name); return answer(...given); };
  }
  const socket = { start() { this.onGap(); }, stop() {}, watch() {}, typing() {}, state: { state: "connecting" } };
  const desk = new Desk({ api, socket, me: { id: "a1", name: "Ana" }, attentive: () => true });
  return { desk, socket, log };
}

const told = (id, changes = {}) => ({
  type: "new_message", conversation_id: "c1", message: message(id),
  conversation: conversation("c1", { revision: 5, unread_count: 1 }), ...changes,
});
const ids = (desk) => desk.thread.messages.map((each) => each.id);

test("an event that comes while a request is on its way is not lost to the answer", async () => {
  let answer;
  const { desk, socket } = rig({ markRead: () => new Promise((resolve) => { answer = resolve; }) });
  desk.start();
  await desk.thread.open("c1");
  socket.onEvent(told("m2"));
  socket.onEvent(told("m3"));
  answer(conversation("c1", { revision: 6 }));
  await settled();
  assert.deepEqual(ids(desk), ["m1", "m2", "m3"]);
  assert.equal(desk.thread.conversation.revision, 6);
});

test("events that come while a thread is fetched are in it, once", async () => {
  let answer;
  const { desk, socket } = rig({ messages: () => new Promise((resolve) => { answer = resolve; }) });
  desk.start();
  const opening = desk.thread.open("c1");
  await settled();
  socket.onEvent(told("m2"));
  answer({ data: [message("m2"), message("m1")], next: null });
  await opening;
  assert.deepEqual(ids(desk), ["m1", "m2"]);
});

test("opening marks the conversation read once, and says where the unread part began", async () => {
  const { desk, log } = rig();
  await desk.list.refresh();
  await desk.thread.open("c1");
  await settled();
  assert.equal(desk.thread.unreadFrom.value, "m1");
  assert.equal(desk.thread.conversation.unread_count, 0);
  assert.equal(log.filter((each) => each === "markRead").length, 1);
});

test("an agent who does not look marks nothing read", async () => {
  const { desk, log } = rig();
  desk.thread.attentive = () => false;
  await desk.list.refresh();
  await desk.thread.open("c1");
  assert.ok(!log.includes("markRead"));
});

test("a mark-read that fails is not asked for again and again", async () => {
  const { desk, log } = rig({ markRead: async () => { throw new ApiError(500); } });
  await desk.list.refresh();
  await desk.thread.open("c1");
  for (let round = 0; round < 5; round++) { desk.thread.attend(); await settled(); }
  assert.equal(log.filter((each) => each === "markRead").length, 1);
});

test("after a gap the list and the open thread are fetched anew", async () => {
  let page = [message("m1")];
  const { desk, socket } = rig({ messages: async () => ({ data: page, next: "/older" }) });
  await desk.list.refresh();
  await desk.thread.open("c1");
  page = [message("m9", { created_at: at(9) }), message("m8", { created_at: at(8) })];
  socket.onGap();
  await settled();
  assert.deepEqual(ids(desk), ["m8", "m9"]);
});

test("a gap is closed although the server is busy at first", async (t) => {
  const pass = stopped(t);
  let busy = true;
  const { desk, socket } = rig({
    conversations: async () => { if (busy) throw new ApiError(503); return { data: [conversation("c7")], next: null }; },
  });
  socket.onGap();
  await pass(0);
  busy = false;
  await pass(600);
  assert.deepEqual(Object.keys(desk.inbox.now.conversations), ["c7"]);
});

test("a slow answer to an earlier search does not replace a later one", async () => {
  const held = {};
  const { desk } = rig({ conversations: ({ q }) => new Promise((resolve) => { held[q] = resolve; }) });
  desk.list.choose({ query: "te" });
  desk.list.choose({ query: "tea" });
  held.tea({ data: [conversation("c2")], next: null });
  held.te({ data: [conversation("c1")], next: null });
  await settled();
  assert.deepEqual([...desk.list.now.found], ["c2"]);
});

test("a thread that cannot be loaded says why and can be tried again", async () => {
  let broken = true;
  const { desk } = rig({
    messages: async () => { if (broken) throw new ApiError(0); return { data: [message("m1")], next: null }; },
  });
  await desk.list.refresh();
  await desk.thread.open("c1");
  assert.equal(desk.thread.problem.value, "The server cannot be reached.");
  broken = false;
  await desk.thread.load();
  assert.deepEqual([desk.thread.problem.value, ids(desk)], ["", ["m1"]]);
});

test("a thread opened during an outage is there once the server is, without anybody asking", async (t) => {
  const pass = stopped(t);
  let away = true;
  const { desk } = rig({ messages: async () => { if (away) throw new ApiError(0); return { data: [message("m1")], next: null }; } });
  await desk.list.refresh();
  await desk.thread.open("c1");
  away = false;
  await pass(1500);
  assert.deepEqual([desk.thread.problem.value, ids(desk)], ["", ["m1"]]);
});

test("a thread and a list that could not be loaded are fetched at once when the socket is live", async () => {
  let away = true;
  const reach = (answer) => async () => { if (away) throw new ApiError(0); return answer; };
  const { desk, socket } = rig({
    conversations: reach({ data: [conversation("c1")], next: null }), conversation: reach(conversation("c1")),
    messages: reach({ data: [message("m1")], next: null }),
  });
  await desk.list.refresh();
  await desk.thread.open("c1");
  away = false;
  socket.onState({ state: "live" });
  await settled();
  assert.deepEqual([desk.thread.problem.value, ids(desk), desk.list.now.state], ["", ["m1"], "ready"]);
});

test("a conversation that is not there is not asked for again", async (t) => {
  const pass = stopped(t);
  const { desk, log } = rig({ conversation: async () => { throw new ApiError(404, { message: "There is none." }); } });
  await desk.thread.open("c9");
  await pass(1500);
  assert.equal(log.filter((each) => each === "conversation").length, 1);
});

test("a page of the list that could not be loaded can be asked for again", async () => {
  let away = true;
  const { desk } = rig({
    conversations: async () => ({ data: [conversation("c1")], next: "/older" }),
    page: async () => { if (away) throw new ApiError(0); return { data: [conversation("c2")], next: null }; },
  });
  await desk.list.refresh();
  await desk.loadMore();
  away = false;
  await desk.loadMore();
  assert.deepEqual(Object.keys(desk.inbox.now.conversations), ["c1", "c2"]);
});

test("what is written while the server is away waits, and goes out when the socket is live", async () => {
  let away = true;
  const { desk, socket, log } = rig({
    sendText: async ({ text }) => { if (away) throw new ApiError(0); return message("m5", { content: { body: text } }); },
  });
  await desk.list.refresh();
  await desk.thread.open("c1");
  await desk.send("hello", null);
  assert.equal(desk.writing.outbox.of("c1")[0].state, "waiting");
  away = false;
  socket.onState({ state: "live" });
  await settled();
  assert.deepEqual(desk.writing.outbox.of("c1"), []);
  assert.ok(ids(desk).includes("m5"));
  assert.equal(log.filter((each) => each === "sendText").length, 2);
});

const numberUpdated = (view) => ({ type: "number_updated", conversation_id: null, number: view });

test("a number that is paused or goes on is known at once, without a fetch", async () => {
  const { desk, socket, log } = rig();
  desk.start();
  await settled();
  socket.onEvent(numberUpdated(standing("1", { hold: hold(), revision: 2 })));
  assert.equal(desk.numbers.numbers.value["1"].standing.hold.error.class, "quality");
  socket.onEvent(numberUpdated(standing("1", { revision: 3 })));
  assert.equal(desk.numbers.numbers.value["1"].standing.hold, null);
  assert.equal(log.filter((each) => each === "numbers").length, 1);
});

test("a number nobody listed is fetched, and stays unknown where it is not listed then either", async () => {
  const { desk, socket } = rig({ numbers: async () => ({ data: [number("2")], next: null }) });
  socket.onEvent(numberUpdated(standing("2", { hold: hold() })));
  socket.onEvent(numberUpdated(standing("3", { hold: hold() })));
  await settled();
  assert.deepEqual(Object.keys(desk.numbers.numbers.value), ["2"]);
});

test("after a gap the numbers are fetched anew", async () => {
  let held = null;
  const { desk, socket } = rig({ numbers: async () => ({ data: [number("1", standing("1", { hold: held, revision: held ? 2 : 1 }))] }) });
  desk.start();
  await settled();
  held = hold();
  socket.onGap();
  await settled();
  assert.equal(desk.numbers.numbers.value["1"].standing.hold.error.class, "quality");
});

const joined = { type: "conversation_removed", conversation_id: "c2", removed_id: "c2", merged_into: "c1" };

test("looking at a conversation that was joined with another, it goes to the other", async () => {
  const { desk, socket } = rig();
  const moves = [];
  desk.onMoved = (id) => moves.push(id);
  desk.start();
  await desk.thread.open("c2");
  socket.onEvent(joined);
  assert.deepEqual(moves, ["c1"]);
});

test("looking at the conversation that another was joined with, it fetches what came with it", async () => {
  const pages = [[message("m3")], [message("m3"), message("m2")]];
  const { desk, socket } = rig({ messages: async () => ({ data: pages.shift(), next: null }) });
  desk.start();
  await desk.thread.open("c1");
  socket.onEvent(joined);
  socket.onEvent({ ...joined, conversation_id: "c1" });
  await settled();
  assert.deepEqual(ids(desk), ["m2", "m3"]);
});

test("with more unread than a page holds, the mark stands where they begin once that is loaded, whatever comes meanwhile", async () => {
  const inbound = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => message(`m${to - at}`)); // newest first
  const { desk, socket } = rig({
    conversations: async () => ({ data: [conversation("c1", { unread_count: 7 })], next: null }),
    messages: async () => ({ data: inbound(15, 19), next: "/older" }),
    page: async () => ({ data: inbound(10, 14), next: "/older" }),
  });
  await desk.list.refresh();
  await desk.thread.open("c1");
  assert.equal(desk.thread.unreadFrom.value, null);
  socket.onEvent(told("m20"));
  await desk.loadOlder();
  assert.equal(desk.thread.unreadFrom.value, "m13");
  await desk.loadOlder();
  assert.equal(desk.thread.unreadFrom.value, "m13");
});

test("what views read follows at once, and is caught up with soon after where events rain", async (t) => {
  const pass = stopped(t);
  const { desk, socket } = rig();
  await desk.list.refresh();
  await desk.thread.open("c1");
  await pass(1000);
  const shown = () => Object.keys(desk.inbox.shown.value.threads.c1.messages);
  socket.onEvent(told("m2"));
  assert.ok(shown().includes("m2"));
  socket.onEvent(told("m3"));
  assert.ok(!shown().includes("m3"));
  assert.ok(ids(desk).includes("m3"));
  await pass(200);
  assert.ok(shown().includes("m3"));
});
