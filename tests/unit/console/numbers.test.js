import assert from "node:assert/strict";
import { test } from "node:test";

import "./speaks.js";
import { metasWord, reasonOf, tokenHint } from "../../../console/format/hold.js";
import { holdOf, pausedNumbers, withNumbers, withStanding } from "../../../console/state/numbers.js";
import { hold, number, standing } from "./shapes.js";

const paused = (id, revision, error) => standing(id, { hold: hold(error), revision });
const listed = (...standings) => standings.map((each) => number(each.phone_number_id, each));

test("a number is paused from the listing or the event that says so, until one says otherwise", () => {
  let numbers = withNumbers({}, listed(standing("1"), paused("2", 2)));
  assert.deepEqual(pausedNumbers(numbers).map((each) => each.phone_number_id), ["2"]);
  numbers = withStanding(numbers, paused("1", 2));
  assert.equal(holdOf(numbers, "1").error.class, "quality");
  numbers = withStanding(numbers, standing("1", { revision: 3 }));
  assert.equal(holdOf(numbers, "1"), null);
});

test("whichever of a listing and an event comes last, the newer one counts", () => {
  const told = withStanding(withNumbers({}, listed(standing("1"))), paused("1", 3));
  assert.notEqual(holdOf(withNumbers(told, listed(standing("1", { revision: 2 }))), "1"), null);
  assert.notEqual(holdOf(withStanding(told, standing("1", { revision: 2 })), "1"), null);
});

test("a number Meta told nothing of may be paused all the same, and a removed one is gone", () => {
  const numbers = withStanding(withNumbers({}, [number("1", null)]), paused("1", 1));
  assert.notEqual(holdOf(numbers, "1"), null);
  assert.deepEqual(withNumbers(numbers, []), {});
  assert.equal(holdOf({}, "1"), null);
});

test("the reason is the advice, or Parley's own words where the fault is not Meta's", () => {
  assert.equal(reasonOf(hold().error), "It pauses.");
  assert.equal(metasWord(hold().error), "Spam rate limit hit (131048)");
  assert.equal(metasWord(hold({ title: "(#131048) Spam" }).error), "(#131048) Spam");
  const ours = hold({ code: null, details: "SECRET_KEY is not set.", class: "auth" }).error;
  assert.equal(reasonOf(ours), "SECRET_KEY is not set.");
  assert.equal(metasWord(ours), "");
});

test("the hint says where a token is set, and only where one is wanted", () => {
  const refused = { code: 190, class: "auth" };
  assert.match(tokenHint({ ...number("7", paused("7", 1, refused)), token: "own" }), /^To set a new token, run “parley number token 7”/);
  assert.match(tokenHint(number("7", paused("7", 1, refused))), /WHATSAPP_ACCESS_TOKEN/);
  assert.equal(tokenHint(number("7", paused("7", 1))), "");
});
