import assert from "node:assert/strict";
import { test } from "node:test";

import "./speaks.js";
import { ApiError } from "../../../console/api.js";
import { Desk } from "../../../console/desk.js";
import { unreadText, UnreadTotal } from "../../../console/state/unread.js";
import { stopped } from "./clock.js";
import { conversation, message } from "./shapes.js";

/** A server with many conversations of which a desk has loaded a few, and a clock that the test moves. */
function house(size) {
  const unread = new Map(Array.from({ length: size }, (_, at) => [`c${at}`, 0]));
  const view = (id) => conversation(id, { unread_count: unread.get(id), revision: ++house.revision });
  const count = () => [...unread.values()].filter(Boolean).length;
  return { unread, view, count };
}
house.revision = 1;

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

function rig(server, loaded) {
  const api = {
    conversations: async () => ({ data: loaded.map(server.view), next: null }), conversation: async (id) => server.view(id),
    counts: async () => ({ unread: server.count(), unread_more: false }), numbers: async () => ({ data: [] }),
    agents: async () => ({ data: [] }),
  };
  const socket = { start() { this.onGap(); }, stop() {}, watch() {}, state: { state: "connecting" } };
  const desk = new Desk({ api, socket, me: { id: "a1", name: "Ana" }, attentive: () => false });
  return { desk, socket };
}

test("it counts what is not loaded too", async () => {
  const server = house(400);
  for (const id of server.unread.keys()) server.unread.set(id, 1);
  const { desk } = rig(server, ["c1", "c2"]);
  desk.start();
  await settled();
  assert.equal(unreadText(desk.inbox.unread.value), "400");
});

test("what is seen to change counts at once, before the server is asked again", async () => {
  const server = house(3);
  server.unread.set("c0", 4);
  const { desk, socket } = rig(server, ["c0", "c1"]);
  desk.start();
  await settled();
  assert.equal(desk.inbox.unread.value.count, 1);
  server.unread.set("c1", 1);
  socket.onEvent({ type: "new_message", conversation_id: "c1", message: message("m1", { conversation_id: "c1" }), conversation: server.view("c1") });
  assert.equal(desk.inbox.unread.value.count, 2);
  server.unread.set("c0", 0);
  socket.onEvent({ type: "conversation_updated", conversation_id: "c0", conversation: server.view("c0") });
  assert.equal(desk.inbox.unread.value.count, 1);
});

test("snapshot and events end where a fresh snapshot is, whatever is loaded and however events come", async (t) => {
  const pass = stopped(t);
  let seed = 7;
  const random = (below) => {
    seed = (seed * 16807) % 2147483647;
    return seed % below;
  };
  const server = house(60);
  const { desk, socket } = rig(server, ["c0", "c1", "c2", "c3", "c4"]);
  desk.start();
  await pass(10);
  let late = [];
  for (let round = 0; round < 400; round++) {
    const id = `c${random(60)}`;
    server.unread.set(id, random(2) ? 0 : server.unread.get(id) + 1);
    const event = { type: "conversation_updated", conversation_id: id, conversation: server.view(id) };
    late.push(event, ...(random(4) ? [] : [event]));
    if (random(3)) continue;
    for (const each of late.sort(() => random(3) - 1)) socket.onEvent(each);
    late = [];
    if (!random(5)) await pass(random(900));
  }
  for (const each of late) socket.onEvent(each);
  for (let turn = 0; turn < 5; turn++) await pass(1000);
  assert.equal(desk.inbox.unread.value.count, server.count());
});

test("many changes are one question, and one during the question another", async () => {
  const due = [];
  let asked = 0, answer;
  const total = new UnreadTotal({
    ask: () => { asked++; return new Promise((resolve) => { answer = resolve; }); }, onChange() {}, later: (next) => due.push(next),
  });
  for (let change = 0; change < 50; change++) total.recount();
  assert.equal(due.length, 1);
  due.pop()();
  total.recount();
  answer({ unread: 1, unread_more: false });
  await settled();
  due.pop()();
  answer({ unread: 2, unread_more: true });
  await settled();
  assert.deepEqual([asked, due.length, unreadText(total.now)], [2, 0, "2+"]);
});

test("a server that cannot be reached is asked again, one that refuses is not", async () => {
  for (const [status, again] of [[0, 1], [503, 1], [403, 0]]) {
    const due = [];
    const total = new UnreadTotal({ ask: async () => { throw new ApiError(status); }, onChange() {}, later: (next) => due.push(next) });
    total.recount();
    due.pop()();
    await settled();
    assert.equal(due.length, again);
  }
});
