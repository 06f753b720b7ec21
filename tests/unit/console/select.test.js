import assert from "node:assert/strict";
import { test } from "node:test";

import { emptyInbox, withConversations } from "../../../console/state/inbox.js";
import {
  firstUnread, isOpen, listed, messagesOf, sendAsMessage, threadRows, typingAgents, unanswered,
} from "../../../console/state/select.js";
import { at, conversation, message } from "./shapes.js";

const dayOf = (iso) => iso.slice(0, 10);
const send = (changes = {}) => ({
  key: "k1", conversationId: "c1", text: "hello", replyTo: null, agentId: "a1", createdAt: at(9), after: "m1",
  state: "sending", error: null, ...changes,
});
const inbox = () => withConversations(emptyInbox(), [
  conversation("a", { last_message_at: at(1), unread_count: 2 }),
  conversation("b", { last_message_at: "2026-03-12T10:03:00.250Z" }),
  conversation("c", { last_message_at: at(3) }),
]);
const ids = (list) => list.map((each) => each.id);

test("the list has the newest activity first, whatever the precision of its times", () => {
  assert.deepEqual(ids(listed(inbox(), { unreadOnly: false, found: null, openId: null })), ["b", "c", "a"]);
});

test("the unread filter keeps the open conversation although it was read", () => {
  assert.deepEqual(ids(listed(inbox(), { unreadOnly: true, found: null, openId: "c" })), ["c", "a"]);
});

test("a search shows what the server found", () => {
  assert.deepEqual(ids(listed(inbox(), { unreadOnly: false, found: new Set(["a"]), openId: "c" })), ["a"]);
});

test("the unread mark stands before the first unread inbound message", () => {
  const messages = [message("m1"), message("m2"), message("m3", { direction: "outbound" }), message("m4")];
  assert.equal(firstUnread(messages, 2, false), "m2");
  assert.equal(firstUnread(messages, 0, true), null);
});

test("where more is unread than is loaded the mark waits for what comes before, and stands at the beginning at last", () => {
  const loaded = [message("m3"), message("m4")];
  assert.equal(firstUnread(loaded, 3, false), null);
  assert.equal(firstUnread([message("m1"), message("m2"), ...loaded], 3, false), "m2");
  assert.equal(firstUnread(loaded, 3, true), "m3");
});

test("rows have a separator for each day, and messages of one side join", () => {
  const rows = threadRows([
    message("m1", { created_at: "2026-03-11T10:00:00Z" }), message("m2", { created_at: at(0) }),
    message("m3", { created_at: at(1) }), message("m4", { created_at: at(2), direction: "outbound" }),
  ], [], { unreadFrom: null, dayOf });
  assert.deepEqual(rows.map((each) => each.kind), ["day", "message", "day", "message", "message", "message"]);
  assert.deepEqual(rows.filter((each) => each.message).map((each) => each.joined), [false, false, true, false]);
});

test("a message that came late stands and is dated where it was written", () => {
  const night = message("m1", { created_at: at(9), sent_at: "2026-03-11T23:00:00Z" });
  const thread = { c1: { messages: { m3: message("m3", { created_at: at(8) }), m2: message("m2"), m1: night } } };
  const messages = messagesOf({ ...emptyInbox(), threads: thread }, "c1");
  assert.deepEqual(ids(messages), ["m1", "m2", "m3"]);
  const rows = threadRows(messages, [], { unreadFrom: null, dayOf });
  assert.deepEqual(rows.map((each) => each.kind), ["day", "message", "day", "message", "message"]);
});

test("a reply carries what it quotes", () => {
  const rows = threadRows([message("m1"), message("m2", { reply_to: "m1" })], [], { unreadFrom: null, dayOf });
  assert.equal(rows.at(-1).quoted.id, "m1");
});

test("a send whose message is here already is not shown twice", () => {
  const arrived = message("m2", { direction: "outbound", agent_id: "a1", content: { body: "hello" } });
  assert.deepEqual(unanswered([send()], [message("m1"), arrived]), []);
});

test("an equal text of before, or of somebody else, hides no send", () => {
  const before = message("m0", { direction: "outbound", agent_id: "a1", content: { body: "hello" } });
  const other = message("m2", { direction: "outbound", agent_id: "a2", content: { body: "hello" } });
  assert.equal(unanswered([send()], [before, other]).length, 1);
});

test("two equal sends are hidden by two messages, not by one", () => {
  const arrived = message("m2", { direction: "outbound", agent_id: "a1", content: { body: "hello" } });
  assert.deepEqual(unanswered([send(), send({ key: "k2" })], [arrived]).map((each) => each.key), ["k2"]);
});

test("a send looks like a message of ours with its own status", () => {
  const { id, status, direction } = sendAsMessage(send({ state: "waiting" }));
  assert.deepEqual([id, status, direction], ["k1", "waiting", "outbound"]);
});

test("an agent who was not heard of for a while types no more", () => {
  const typing = { ...emptyInbox(), typing: { c1: { a2: 1000, a3: 9000 } } };
  assert.deepEqual(typingAgents(typing, "c1", 10_000), ["a3"]);
});

test("a window closes by the clock although no event says so", () => {
  const window = { open: true, expires_at: at(5) };
  assert.equal(isOpen(window, Date.parse(at(4))), true);
  assert.equal(isOpen(window, Date.parse(at(6))), false);
  assert.equal(isOpen({ open: false, expires_at: null }, 0), false);
});

test("a reaction of ours has a row only where it did not get there, and a customer's unknown one always", () => {
  const reaction = (id, changes) => message(id, { type: "reaction", content: { message_id: "m1", emoji: "+" }, ...changes });
  const rows = threadRows([
    message("m1"), reaction("m2", { direction: "outbound", status: "read" }),
    reaction("m3", { direction: "outbound", status: "failed", error: { code: 131026 } }), reaction("m4", { direction: "echo" }),
    reaction("m5", { direction: "inbound" }),
  ], [], { unreadFrom: null, dayOf });
  assert.deepEqual(rows.filter((each) => each.kind === "message").map((each) => each.key), ["m1", "m3", "m5"]);
});
