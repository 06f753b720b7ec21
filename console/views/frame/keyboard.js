/** The keys: j/k or arrows move, Enter opens, / searches, r replies, Escape goes back. */

import { goTo } from "../../routes.js";
import { useEffect } from "../../vendor/hooks.js";
import { mayQuote } from "../message/message.js";

const FIELDS = "input, textarea, select, [contenteditable]";
/** @type {Object<string, number>} */
const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/** @typedef {import("../../desk.js").Desk} Desk */

/** @param {string} selector @returns {HTMLElement|null} */
const place = (selector) => document.querySelector(selector);
const searchField = () => /** @type {HTMLInputElement|null} */ (place('[data-testid="search"]'));
const listPlace = () => place('[data-testid="list"]');
const threadPlace = () => place('[data-testid="scroller"]');

/** @param {Desk} desk */
export function useKeys(desk) {
  useEffect(() => {
    const pressed = (/** @type {KeyboardEvent} */ event) => { if (!isForSomebodyElse(event) && act(event, desk)) event.preventDefault(); };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [desk]);
}

/** @param {KeyboardEvent} event */
function isForSomebodyElse(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || place("dialog[open]")) return true;
  const typing = event.target instanceof Element && event.target.closest(FIELDS);
  return Boolean(typing) && event.key !== "Escape" && !leavesSearch(event);
}

/** From the search box the arrow leads into what was found. @param {KeyboardEvent} event */
function leavesSearch(event) {
  return event.target === searchField() && event.key === "ArrowDown";
}

/** @param {KeyboardEvent} event @param {Desk} desk @returns {boolean} whether the key meant something */
function act(event, desk) {
  if (step(event)) return true;
  if (event.key === "/") searchField()?.focus();
  else if (event.key === "r") reply(desk);
  else if (event.key === "Escape") back(desk);
  else return false;
  return true;
}

/** Replies to the message that has the focus, or to the customer's latest. @param {Desk} desk */
function reply(desk) {
  const row = document.activeElement?.closest("[data-message-id]");
  const id = row instanceof HTMLElement ? row.dataset.messageId : null;
  const { messages } = desk.thread;
  const message = messages.find((each) => each.id === id) ?? messages.findLast((each) => each.direction === "inbound");
  if (message && mayQuote(message)) desk.writing.draft(desk.thread.openId.value, { replyTo: message.id });
}

/** Gives up one thing at a time: the reply, the search, the conversation. @param {Desk} desk */
function back(desk) {
  const open = desk.thread.openId.value;
  const search = searchField();
  if (open && desk.writing.draftOf(open).replyTo) return desk.writing.draft(open, { replyTo: null });
  if (search && document.activeElement === search && search.value) {
    search.value = "";
    return desk.list.choose({ query: "" });
  }
  const opened = listPlace()?.querySelector('[aria-current="true"]');
  goTo(null);
  if (opened instanceof HTMLElement) opened.focus();
}

/** @param {KeyboardEvent} event */
function step({ key, target }) {
  if (!Object.hasOwn(STEPS, key) || !(target instanceof Element)) return false;
  const inThread = Boolean(threadPlace()?.contains(target));
  const places = placesOf(inThread);
  if (!places.length || target.closest("audio, video, pre")) return false;
  const at = places.findIndex((each) => each.contains(target));
  const next = places[nextIndex(at, STEPS[key], places, inThread)];
  // Only the arrow, which led in from there: a k more would be typed into it.
  if (!next && !inThread && at === 0 && key === "ArrowUp") searchField()?.focus();
  next?.focus();
  return true;
}

/** @param {boolean} inThread @returns {HTMLElement[]} */
function placesOf(inThread) {
  const found = inThread ? threadPlace()?.querySelectorAll("[data-message-id]") : listPlace()?.querySelectorAll("a");
  return /** @type {HTMLElement[]} */ ([...(found ?? [])]);
}

/** Outside, a list is entered at the open conversation or the top, a thread at its end. @param {number} at @param {number} by @param {HTMLElement[]} places @param {boolean} inThread */
function nextIndex(at, by, places, inThread) {
  if (at >= 0) return at + by;
  if (inThread) return places.length - 1;
  return Math.max(0, places.findIndex((each) => each.hasAttribute("aria-current")));
}
