import assert from "node:assert/strict";
import { test } from "node:test";

import { Drafts } from "../../../console/state/drafts.js";

/** What a tab keeps, and drafts over it: as JSON, as it is in the browser. */
function kept() {
  let stored = "[]";
  const storage = { load: () => JSON.parse(stored), save: (drafts) => { stored = JSON.stringify(drafts); } };
  return { open: () => new Drafts(storage), stored: () => stored };
}

test("a draft is there again after a reload, with the message it answers", () => {
  const tab = kept();
  tab.open().write("c1", { text: "Half a sen", replyTo: "m1" });
  assert.deepEqual(tab.open().of("c1"), { text: "Half a sen", replyTo: "m1" });
  assert.deepEqual(tab.open().of("c2"), { text: "", replyTo: null });
});

test("a draft with nothing left in it, or that was sent, leaves nothing behind", () => {
  const tab = kept();
  const drafts = tab.open();
  drafts.write("c1", { text: "Half" });
  drafts.write("c1", { text: "" });
  drafts.write("c2", { text: "Whole" });
  drafts.discard("c2");
  assert.equal(tab.stored(), "[]");
});

test("when the session ends the page forgets and the tab keeps; after a log-out neither has any", () => {
  const tab = kept();
  const drafts = tab.open();
  drafts.write("c1", { text: "Half" });
  drafts.forget();
  drafts.write("c1", { text: "a key pressed too late" });
  assert.equal(tab.open().of("c1").text, "Half");
  tab.open().clear();
  assert.equal(tab.stored(), "[]");
});

test("the draft of a conversation that was joined with another goes along", () => {
  const drafts = kept().open();
  drafts.write("gone", { text: "for her", replyTo: "m1" });
  drafts.move("gone", "home");
  drafts.move("never", "home");
  assert.deepEqual([drafts.of("home"), drafts.of("gone").text], [{ text: "for her", replyTo: "m1" }, ""]);
  drafts.write("gone", { text: "more" });
  drafts.move("gone", "home");
  assert.equal(drafts.of("home").text, "for her\nmore");
});
