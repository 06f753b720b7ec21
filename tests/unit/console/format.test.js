import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import "./speaks.js";
import { linked, safeHref } from "../../../console/format/links.js";
import { colourOf, handleOf, initials, nameOf, phoneOf } from "../../../console/format/names.js";
import { readPhone } from "../../../console/format/phone.js";
import { mayRetry, statusOf, statusTimes } from "../../../console/format/status.js";
import { paymentWords, recipientWords, senderName, written } from "../../../console/format/told.js";
import { clock, day, dayKey, short, until } from "../../../console/format/times.js";

const place = { locale: "en-GB", timeZone: "Europe/Berlin" };
const now = Date.parse("2026-03-12T10:00:00Z");

test("the list's times grow coarser with age", () => {
  const said = (iso) => short(iso, now, place);
  assert.equal(said("2026-03-12T09:59:40Z"), "now");
  assert.equal(said("2026-03-12T09:48:00Z"), "12 min");
  assert.equal(said("2026-03-12T06:03:00Z"), "07:03");
  assert.equal(said("2026-03-11T22:59:00Z"), "Yesterday");
  assert.equal(said("2026-03-09T10:00:00Z"), "Monday");
  assert.equal(said("2026-02-01T10:00:00Z"), "1 Feb");
  assert.equal(said("2025-12-31T10:00:00Z"), "31 Dec 2025");
});

test("a day ends at the agent's midnight, not at UTC's", () => {
  assert.equal(dayKey("2026-03-11T23:30:00Z", place), "2026-03-12");
  assert.equal(day("2026-03-11T23:30:00Z", now, place), "Today");
});

test("separators name the day", () => {
  assert.equal(day("2026-03-11T10:00:00Z", now, place), "Yesterday");
  assert.equal(day("2026-03-07T10:00:00Z", now, place), "Saturday");
  assert.equal(day("2026-01-02T10:00:00Z", now, place), "2 January 2026");
});

test("what is left of a window is said in its largest unit", () => {
  const left = (iso) => until(iso, now);
  assert.deepEqual(
    ["2026-03-12T10:00:03Z", "2026-03-12T10:12:30Z", "2026-03-13T09:59:00Z", "2026-03-15T10:00:00Z", "2026-03-01T00:00:00Z"]
      .map(left), ["3 s", "12 min", "23 h", "3 days", "0 s"],
  );
});

test("a contact without a name is called by number, then by user name", () => {
  assert.equal(nameOf({ name: "Ada", phone: "1" }), "Ada");
  assert.equal(nameOf({ name: "", phone: "4915123456789" }), "+49 151 234 567 89");
  assert.deepEqual(["14155550123", "351912345678", "12"].map((phone) => phoneOf({ phone })),
    ["+1 415 555 0123", "+351 912 345 678", "+1 2"]);
  assert.equal(nameOf({ name: "", phone: null, username: "ada" }), "@ada");
  assert.equal(nameOf({ name: "", phone: null, username: null }), "Unknown customer");
  assert.equal(handleOf({ name: "", phone: "123", username: null }), "");
  assert.equal(phoneOf({ phone: null }), "");
});

test("initials take the first and last word and survive any name", () => {
  assert.deepEqual(["Ada King Lovelace", "ada", "+49 151", "", "李 小龙"].map(initials), ["AL", "A", "#", "#", "李小"]);
});

test("a colour is one of eight and always the same", () => {
  assert.equal(colourOf("0190"), colourOf("0190"));
  assert.ok([0, 1, 2, 3, 4, 5, 6, 7].includes(colourOf("some id")));
});

test("addresses become links without the sentence's punctuation", () => {
  assert.deepEqual(linked("see https://example.com/a_(b), or http://x.org."), [
    { text: "see " }, { text: "https://example.com/a_(b)", href: "https://example.com/a_(b)" }, { text: ", or " },
    { text: "http://x.org", href: "http://x.org/" }, { text: "." },
  ]);
});

test("the parts of a linked text are the text again", () => {
  for (const text of ["", "plain", "a https://b.c d", "(https://b.c)", "https://", "x https://[ y", "<https://b.c>"]) {
    assert.equal(linked(text).map((each) => each.text).join(""), text);
  }
});

test("nothing but http and https is a safe address", () => {
  for (const address of ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "/path", "", null, {}]) {
    assert.equal(safeHref(address), null, String(address));
  }
  assert.deepEqual(linked("javascript:alert(1)"), [{ text: "javascript:alert(1)" }]);
});

test("every status has words, and an unknown one shows its own name", () => {
  assert.equal(statusOf("read").label, "Read");
  assert.deepEqual(statusOf("constructor"), { label: "constructor", mark: "none" });
  assert.deepEqual(["failed", "unconfirmed", "sent"].map(mayRetry), [true, true, false]);
});

test("status times are told in order", () => {
  const message = { status: "read", status_times: { read: "2026-03-12T10:05:00Z", sent: "2026-03-12T10:03:00Z" } };
  assert.equal(statusTimes(message, (iso) => clock(iso, place)), "Sent 11:03 · Read 11:05");
  assert.equal(statusTimes({ status: "queued" }, clock), "Queued");
});

test("a message's time is when it was written, and says so where it came much later", () => {
  const created_at = "2026-03-12T10:00:00Z";
  const said = (sent_at) => written({ sent_at, created_at }, place);
  assert.deepEqual(said(null), { at: created_at, said: "11:00", late: "" });
  assert.deepEqual(said("2026-03-12T09:59:58Z"), { at: "2026-03-12T09:59:58Z", said: "10:59", late: "" });
  assert.equal(said("2026-03-12T04:00:00Z").said, "05:00");
  assert.equal(said("2026-03-12T04:00:00Z").late, "Arrived only 12 March 2026 at 11:00");
  assert.equal(said("2026-03-10T04:00:00Z").said, "10 March 2026 at 05:00");
});

test("a bill says what became of it", () => {
  const words = (status, reference_id = "") => paymentWords({ status, reference_id });
  assert.deepEqual([words("pending"), words("captured", "bill-17"), words("failed"), words("later")],
    ["Payment pending", "Paid (bill-17)", "Payment failed", "Payment later"]);
  assert.equal(paymentWords(null), "");
});

test("a group says how far it is, and whom a message did not reach", () => {
  const of = (...statuses) => statuses.map((status, number) => ({ member: `4915112345${number}`, status }));
  assert.equal(recipientWords(of("read", "delivered", "failed")), "Read by 1, delivered to 2, not to +49 151 123 452");
  assert.equal(recipientWords(of("failed")), "Not to +49 151 123 450");
  assert.equal(recipientWords(of("sent")), "");
  assert.equal(recipientWords(), "");
});

test("who wrote in a group has a name, a number or an id", () => {
  assert.equal(senderName({ name: "Ada", phone: "491511234567", user_id: null }), "Ada");
  assert.equal(senderName({ name: "", phone: "491511234567", user_id: null }), "+49 151 123 4567");
  assert.equal(senderName({ name: "", phone: null, user_id: "GB.1" }), "GB.1");
  assert.equal(senderName(null), "");
});

const phones = JSON.parse(readFileSync(new URL("phones.json", import.meta.url), "utf8"));

test("a phone number is read where it can mean one only", () => {
  for (const [text, digits] of Object.entries(phones.read)) assert.deepEqual(readPhone(text), { digits, problem: "" });
});

test("a phone number that may be another person's is refused with what was written and why", () => {
  for (const [text, why] of Object.entries(phones.refused)) {
    const { digits, problem } = readPhone(text);
    assert.equal(digits, "");
    assert.ok(problem.startsWith(`The phone number is “${text.trim()}”`) && problem.includes(why), problem);
  }
});

test("a name of which nothing can be seen is none, in the list, in a group and on a card", () => {
  for (const blank of ["   ", "\u00a0\u2003", "\u200b\u2060", "\u3164", "\u2800", "\ufeff\n", "\u202e"]) {
    assert.equal(nameOf({ name: blank, phone: "447700900123" }), "+44 770 090 0123");
    assert.equal(senderName({ name: blank, phone: "447700900123" }), "+44 770 090 0123");
  }
  assert.equal(nameOf({ name: " Ada ", phone: null }), "Ada");
  assert.equal(nameOf({ name: "\u{1f469}\u200d\u{1f4bb}", phone: null }), "\u{1f469}\u200d\u{1f4bb}");
});
