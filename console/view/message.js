/** One message of a thread: quote, content, reactions, marks, time, status, and what can be done about it. */

import { reasonOf } from "../format/hold.js";
import { mayRetry } from "../format/status.js";
import { full } from "../format/times.js";
import { senderName, written } from "../format/told.js";
import { sideOf } from "../state/select.js";
import { contentOf } from "./content.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { above, below } from "./surroundings.js";
import { ticks } from "./ticks.js";

const NOTICES = new Set(["system", "request_welcome"]);

/**
 * @param {object} row of threadRows, with `by` (the colleague who wrote it, else ""), `customer` (a name), and
 *   whether its number is `paused`
 * @param {object} actions
 * @param {(message: object) => void} actions.reply
 * @param {(message: object) => void} actions.retry
 * @param {(message: object) => void} actions.discard
 * @param {{item: object, node: Element}} [old] the row before it changed
 */
export function messageRow(row, actions, old) {
  const { message, joined } = row;
  const side = NOTICES.has(message.type) ? "notice" : sideOf(message);
  const author = senderName(message.sender) || row.by;
  return el("li", {
    class: `message message-${side}${joined ? " message-joined" : ""}`, tabindex: "-1", "data-testid": "message",
    "data-message-id": message.id, "data-status": message.status, "data-direction": message.direction,
    "data-type": message.type, "data-focus": "message",
  },
  el("div", { class: "bubble" },
    el("span", { class: "unseen" }, side === "theirs" ? `${author || row.customer}: ` : `${author || "We"}: `),
    !joined && author && el("p", { class: "author", dir: "auto", "aria-hidden": "true" }, author),
    message.reply_to && quote(row.quoted, row.customer),
    ...above(message),
    el("div", { class: "line" }, body(message, old), meta(message)),
    ...below(message)),
  mayQuote(message) && replyButton(message, actions),
  reactions(message),
  waits(row) ?? trouble(message, actions));
}

/** Only what WhatsApp knows can be quoted. */
export function mayQuote(message) {
  return Boolean(message.wamid) && !message.deleted_at && message.type !== "call" && !NOTICES.has(message.type);
}

/** Unchanged content keeps its elements: a picture does not load again when a reaction comes. */
function body(message, old) {
  const kept = sameContent(old?.item.message, message) && old.node.querySelector(".body");
  return kept || el("div", { class: "body" }, contentOf(message));
}

function sameContent(before, message) {
  return before && before.content === message.content && before.type === message.type
    && before.deleted_at === message.deleted_at && before.status !== "deleted" && message.status !== "deleted";
}

function quote(quoted, customer) {
  const words = quoted ? (quoted.deleted_at ? "Message deleted" : quoted.preview || quoted.type) : "An earlier message";
  const author = quoted && (sideOf(quoted) === "theirs" ? senderName(quoted.sender) || customer : "You");
  const inside = [
    el("span", { class: "unseen" }, "In reply to "), author && el("span", { class: "quote-author", dir: "auto" }, author),
    el("span", { class: "quote-text", dir: "auto" }, words),
  ];
  if (!quoted) return el("div", { class: "quote" }, ...inside);
  return el("button", {
    type: "button", class: "quote", "data-focus": "quote",
    onclick: ({ currentTarget }) => goTo(currentTarget.closest("ol"), quoted.id),
  }, ...inside);
}

function goTo(thread, id) {
  const target = thread.querySelector(`[data-message-id="${CSS.escape(id)}"]`);
  target?.scrollIntoView({ block: "center" });
  target?.focus({ preventScroll: true });
}

function meta(message) {
  const { at, said, late } = written(message);
  return el("span", { class: "meta" },
    message.edited_at && el("span", { title: `Edited ${full(message.edited_at)}` }, "edited"),
    message.possible_duplicate && el("span", { class: "twice", title: "Its first answer was lost, and it was sent again" }, "may have arrived twice"),
    message.direction === "echo" && el("span", { title: "Written in the WhatsApp Business app" }, "from the phone"),
    late && el("span", { class: "late", title: late, "data-testid": "late" }, "came late"),
    el("time", { datetime: at, title: late ? `${full(at)}. ${late}` : full(at) }, said),
    ticks(message));
}

function reactions(message) {
  if (!message.reactions.length) return null;
  return el("ul", { class: "reactions", "aria-label": "Reactions" },
    ...message.reactions.map(({ emoji, from_customer: theirs }) =>
      el("li", { title: theirs ? "The customer reacted" : "You reacted" }, emoji)));
}

function replyButton(message, { reply }) {
  return el("button", {
    type: "button", class: "icon-button reply-button", "data-focus": "reply", "aria-label": "Reply to this message",
    title: "Reply (r)", tabindex: "-1", onclick: () => reply(message),
  }, icon("reply"));
}

/** Why a message that will go out by itself has not yet; null where nothing is in its way. */
function waits({ message: { status, error }, paused }) {
  if (status !== "queued" || !(paused || error)) return null;
  return el("p", { class: "waits", "data-testid": "waits" }, `Waits: ${paused ? "the number is paused." : reasonOf(error)}`);
}

/** Why a message did not go out, or may not have, and the way on. */
function trouble(message, { retry, discard }) {
  if (!mayRetry(message.status)) return null;
  const { title = "This message was not sent", details, advice } = message.error ?? {};
  const unconfirmed = message.status === "unconfirmed"; // its details are how the connection broke
  return el("div", { class: "trouble", role: "group", "aria-label": "Not delivered" },
    el("p", { class: "trouble-title", title: unconfirmed && details }, title),
    details && details !== title && !unconfirmed && el("p", {}, details),
    advice && el("p", {}, advice),
    el("div", { class: "actions" },
      el("button", { type: "button", class: "small", "data-testid": "retry-button", "data-focus": "retry", onclick: once(() => retry(message)) }, "Retry"),
      message.local && el("button", { type: "button", class: "small quiet", "data-focus": "discard", onclick: () => discard(message) }, "Discard")));
}

/** A second press before the first is answered would ask for a second attempt. */
function once(action) {
  return async ({ currentTarget: button }) => {
    button.disabled = true;
    await action();
    button.disabled = false;
  };
}
