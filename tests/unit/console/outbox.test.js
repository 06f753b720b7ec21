import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../../console/state/outbox.js";

const draft = (key) => ({ key, conversationId: "c1", text: key, replyTo: null, agentId: "a1", createdAt: "", after: "" });
const failure = (retryable) => Object.assign(new Error("no"), { retryable, code: "window_closed" });

/** An outbox against a server that answers as told, one answer a request; the last one goes on. */
function rig(answers, saved = []) {
  const log = { posted: [], sent: [], timers: [], saved };
  const post = async (send) => {
    log.posted.push(send.key);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return { id: `message of ${send.key}` };
  };
  const storage = { load: () => log.saved, save: (sends) => { log.saved = sends; } };
  const outbox = new Outbox({
    post, storage, onSent: (message) => log.sent.push(message.id), onChange() {},
    later: (callback) => log.timers.push(callback),
  });
  return { outbox, log };
}

test("a send that is answered leaves the outbox", async () => {
  const { outbox, log } = rig(["ok"]);
  await outbox.add(draft("k1"));
  assert.deepEqual(log.sent, ["message of k1"]);
  assert.deepEqual(outbox.of("c1"), []);
});

test("what cannot be reached waits and goes out later with its own key, in order", async () => {
  const { outbox, log } = rig([failure(true), "ok"]);
  await outbox.add(draft("k1"));
  assert.equal(outbox.of("c1")[0].state, "waiting");
  await outbox.add(draft("k2"));
  assert.deepEqual(log.posted, ["k1", "k1", "k2"]);
  assert.deepEqual(log.sent, ["message of k1", "message of k2"]);
});

test("a waiting send is tried again by itself, on one timer", async () => {
  const { outbox, log } = rig([failure(true)]);
  await outbox.add(draft("k1"));
  await outbox.flush();
  assert.equal(log.timers.length, 1);
});

test("a refused send stays with its error and does not hold up the next", async () => {
  const { outbox, log } = rig([failure(false), "ok"]);
  await Promise.all([outbox.add(draft("k1")), outbox.add(draft("k2"))]);
  assert.deepEqual(log.sent, ["message of k2"]);
  const [refused] = outbox.of("c1");
  assert.deepEqual([refused.state, refused.error.class], ["refused", "window_closed"]);
});

test("a refused send is retried with its own key", async () => {
  const { outbox, log } = rig([failure(false), "ok"]);
  await outbox.add(draft("k1"));
  await outbox.retry("k1");
  assert.deepEqual(log.posted, ["k1", "k1"]);
  assert.deepEqual(outbox.sends, []);
});

test("a reload in mid-send leaves it waiting, with the same key", () => {
  const { outbox } = rig(["ok"], [{ ...draft("k1"), state: "sending", error: null }]);
  assert.deepEqual(outbox.sends.map((each) => [each.key, each.state]), [["k1", "waiting"]]);
});

test("two flushes at once post each send once", async () => {
  const { outbox, log } = rig(["ok"]);
  await Promise.all([outbox.add(draft("k1")), outbox.flush(), outbox.flush()]);
  assert.deepEqual(log.posted, ["k1"]);
});

test("what waits for a conversation that was joined with another goes there, with its own key", async () => {
  const { outbox, log } = rig([failure(true), "ok"]);
  await outbox.add(draft("k1"));
  outbox.move("c1", "c2");
  assert.deepEqual(outbox.of("c2").map((each) => each.key), ["k1"]);
  assert.equal(log.saved[0].conversationId, "c2");
});

test("what waits when the session ends stays in the storage, however its attempt goes, and nowhere else", async () => {
  const { outbox, log } = rig([failure(true)]);
  const adding = outbox.add(draft("k1"));
  outbox.forget();
  await adding;
  assert.deepEqual(outbox.sends, []);
  assert.deepEqual(rig(["ok"], log.saved).outbox.of("c1").map(({ key, state }) => [key, state]), [["k1", "waiting"]]);
});
