import assert from "node:assert/strict";
import { test } from "node:test";

import {
  emptyInbox, withConversations, withEvent, withListAfterGap, withMessages, withOnlyThread, withThread,
  withThreadAfterGap,
} from "../../../console/state/inbox.js";
import { messagesOf } from "../../../console/state/select.js";
import { at, conversation, message, statusEvent } from "./shapes.js";

const opened = () => withThread(withConversations(emptyInbox(), [conversation("c1")]), "c1");
const play = (inbox, events) => events.reduce((next, event) => withEvent(next, event, 0), inbox);
const the = (inbox, id) => inbox.threads.c1.messages[id];
const newMessage = (view, conv = conversation("c1", { revision: 2 })) =>
  ({ type: "new_message", conversation_id: "c1", message: view, conversation: conv });
const updated = (view) => ({ type: "message_updated", conversation_id: "c1", message: view });

test("a new message enters the open thread and the list", () => {
  const inbox = play(opened(), [newMessage(message("m1"), conversation("c1", { revision: 2, unread_count: 1 }))]);
  assert.equal(the(inbox, "m1").content.body, "m1");
  assert.equal(inbox.conversations.c1.last_message.id, "m1");
  assert.equal(inbox.conversations.c1.unread_count, 1);
});

test("a new message of an unknown conversation brings the conversation with it", () => {
  const inbox = play(emptyInbox(), [newMessage(message("m1"))]);
  assert.equal(inbox.conversations.c1.last_message.preview, "m1");
});

test("an older revision changes nothing", () => {
  const inbox = play(opened(), [
    newMessage(message("m1", { status: "queued" })), statusEvent("m1", "read", 5), statusEvent("m1", "sent", 3),
  ]);
  assert.equal(the(inbox, "m1").status, "read");
});

test("a status brings the price with it, and the mark of a message that was sent again", () => {
  const news = { pricing: { category: "service" }, possible_duplicate: true };
  const inbox = play(opened(), [newMessage(message("m1")), statusEvent("m1", "sent", 3, news)]);
  assert.deepEqual(the(inbox, "m1").pricing, { category: "service" });
  assert.equal(the(inbox, "m1").possible_duplicate, true);
});

test("a status that overtakes an edit does not lose the edit", () => {
  const inbox = play(opened(), [
    newMessage(message("m1")), statusEvent("m1", "read", 5),
    updated(message("m1", { content: { body: "edited" }, revision: 4 })),
  ]);
  assert.equal(the(inbox, "m1").content.body, "edited");
  assert.equal(the(inbox, "m1").status, "read");
});

test("a status that comes before its message waits for it", () => {
  const inbox = play(opened(), [statusEvent("m1", "delivered", 3), newMessage(message("m1", { status: "queued" }))]);
  assert.equal(the(inbox, "m1").status, "delivered");
});

test("a status that comes while the thread is being fetched survives the older page", () => {
  const told = play(opened(), [statusEvent("m1", "read", 4)]);
  const inbox = withMessages(told, "c1", [message("m1", { status: "sent", revision: 2 })], null);
  assert.equal(the(inbox, "m1").status, "read");
});

test("an edit that comes while the list is being fetched survives the older list", () => {
  const told = play(emptyInbox(), [updated(message("m1", { preview: "edited", revision: 4 }))]);
  const inbox = withConversations(told, [conversation("c1", { last_message: message("m1") })]);
  assert.equal(inbox.conversations.c1.last_message.preview, "edited");
});

test("the list's last message follows its status", () => {
  const listed = withConversations(emptyInbox(), [conversation("c1", { last_message: message("m1") })]);
  assert.equal(play(listed, [statusEvent("m1", "read", 2)]).conversations.c1.last_message.status, "read");
});

test("a conversation event without a last message keeps the one known", () => {
  const listed = withConversations(emptyInbox(), [conversation("c1", { last_message: message("m1") })]);
  const event = { type: "conversation_updated", conversation: conversation("c1", { revision: 3, status: "closed" }) };
  const { status, last_message } = play(listed, [event]).conversations.c1;
  assert.deepEqual([status, last_message.id], ["closed", "m1"]);
});

test("an event told twice changes nothing the second time", () => {
  const once = play(opened(), [newMessage(message("m1"))]);
  const twice = play(once, [newMessage(message("m1"))]);
  assert.equal(the(once, "m1"), the(twice, "m1"));
  assert.equal(once.conversations.c1, twice.conversations.c1);
});

test("an unknown event type is passed over", () => {
  const inbox = opened();
  assert.equal(withEvent(inbox, { type: "constructor" }, 0), inbox);
});

test("an agent's message ends that agent's typing", () => {
  const typing = { type: "agent_typing", conversation_id: "c1", user_id: "a2", on: true };
  const inbox = play(opened(), [typing, newMessage(message("m1", { direction: "outbound", agent_id: "a2" }))]);
  assert.deepEqual(inbox.typing.c1, {});
});

test("after a gap only what was fetched or told since remains", () => {
  const before = withConversations(emptyInbox(), ["old", "open", "c1"].map((id) => conversation(id)));
  const told = play(before, [{ type: "conversation_updated", conversation: conversation("new") }]);
  const inbox = withListAfterGap(told, before, [conversation("c1", { revision: 7 })], "open");
  assert.deepEqual(Object.keys(inbox.conversations).sort(), ["c1", "new", "open"]);
});

test("after a gap the open thread is the fetched page and what came since", () => {
  const before = withOnlyThread(withMessages(opened(), "c1", [message("m1"), message("m2")], null), "c1");
  const told = play(before, [newMessage(message("m9"))]);
  const inbox = withThreadAfterGap(told, before, "c1", [message("m2"), message("m8")], "/older");
  assert.deepEqual(Object.keys(inbox.threads.c1.messages).sort(), ["m2", "m8", "m9"]);
  assert.equal(inbox.threads.c1.older, "/older");
});

test("snapshot and events, in any order and doubled, equal a fresh snapshot", () => {
  const last = message("m1", {
    content: { body: "v2" }, preview: "v2", status: "read", status_times: { read: at(1) }, wamid: "wamid.1", revision: 5,
  });
  const events = [
    statusEvent("m1", "sent", 2), statusEvent("m1", "delivered", 3),
    updated({ ...last, status: "delivered", status_times: { delivered: at(1) }, revision: 4 }),
    statusEvent("m1", "read", 5),
  ];
  for (const order of permutations([...events, events[1]])) {
    const inbox = play(withMessages(opened(), "c1", [message("m1")], null), order);
    const { contentRevision, statusRevision, ...shown } = messagesOf(inbox, "c1")[0];
    assert.deepEqual(shown, last);
  }
});

function permutations(list) {
  if (list.length < 2) return [list];
  return list.flatMap((each, place) =>
    permutations(list.toSpliced(place, 1)).map((rest) => [each, ...rest]));
}

const removed = (gone, home) => ({ type: "conversation_removed", conversation_id: gone, removed_id: gone, merged_into: home });
const both = () => withThread(withThread(withConversations(emptyInbox(), [conversation("c1"), conversation("c2")]), "c1"), "c2");
const ofTheOther = (id, more) => newMessage(message(id, { conversation_id: "c2", ...more }), conversation("c2", { revision: 2 }));

test("a conversation that was joined with another is gone, and its messages are in the other", () => {
  const inbox = play(both(), [newMessage(message("m1")), ofTheOther("m2"), removed("c2", "c1")]);
  assert.deepEqual(Object.keys(inbox.conversations), ["c1"]);
  assert.deepEqual(messagesOf(inbox, "c1").map((each) => [each.id, each.conversation_id]), [["m1", "c1"], ["m2", "c1"]]);
  assert.equal(inbox.conversations.c1.last_message.id, "m2");
  assert.equal(inbox.threads.c1.older, undefined);
});

test("a message that moved while nobody listened is in one thread, whichever was told first", () => {
  const late = updated(message("m1", { conversation_id: "c2", revision: 1 }));
  const now = message("m1", { revision: 2 });
  const read = statusEvent("m1", "read", 3, { conversation_id: "c2" });
  for (const inbox of [withMessages(play(both(), [late]), "c1", [now]), play(withMessages(both(), "c1", [now]), [late])]) {
    const [shown] = messagesOf(play(inbox, [read]), "c1");
    assert.deepEqual([shown.conversation_id, shown.status], ["c1", "read"]);
    assert.deepEqual(messagesOf(inbox, "c2"), []);
  }
});

test("what comes late of a conversation that is gone goes where its messages are", () => {
  const inbox = play(both(), [newMessage(message("m1")), removed("c2", "c1"), removed("c2", "c1"), ofTheOther("m2"), {
    ...updated(message("m2", { conversation_id: "c2", content: { body: "edited" }, revision: 4 })), conversation_id: "c2",
  }]);
  assert.deepEqual(Object.keys(inbox.conversations), ["c1"]);
  assert.equal(the(inbox, "m2").content.body, "edited");
  assert.equal(inbox.conversations.c1.last_message.content.body, "edited");
});

test("a page that was asked for before its conversation was joined brings its messages along", () => {
  const told = play(both(), [removed("c2", "c1")]);
  const listed = withConversations(told, [conversation("c2", { last_message: message("m2", { conversation_id: "c2" }) })]);
  const inbox = withMessages(listed, "c2", [message("m2", { conversation_id: "c2" })], "/older");
  assert.deepEqual(messagesOf(inbox, "c1").map((each) => each.id), ["m2"]);
  assert.equal(inbox.conversations.c1.last_message.id, "m2");
  assert.equal(inbox.threads.c2, undefined);
});
