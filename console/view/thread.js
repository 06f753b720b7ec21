/** The open conversation: its head, its messages, and where they are scrolled to. */

import { handleOf, nameOf } from "../format/names.js";
import { day, dayKey, full, until } from "../format/times.js";
import { holdOf } from "../state/numbers.js";
import { isOpen, sideOf, threadRows, typingAgents } from "../state/select.js";
import { avatar } from "./avatar.js";
import { el, reconcile, setText, show } from "./dom.js";
import { messageRow } from "./message.js";
import { Stickiness } from "./scrolling.js";

const SOON_MS = 4 * 3600 * 1000;
const NEAR_TOP_PX = 400;

/**
 * @param {HTMLElement} root
 * @param {import("../desk.js").Desk} desk
 * @param {(message: object) => void} reply called with the message an agent wants to answer
 * @returns {() => void} draws the thread as the desk has it
 */
export function threadView(root, desk, reply) {
  const parts = Object.fromEntries(
    ["blank", "conversation", "head", "scroller", "messages", "thread-state", "new-pill", "agent-typing"]
      .map((id) => [id, root.querySelector(`#${id}`)]),
  );
  const scroll = new Stickiness(parts.scroller, parts.messages, parts["new-pill"]);
  const actions = { reply, retry: (message) => desk.retry(message), discard: ({ id }) => desk.outbox.discard(id) };
  let drawnId = null;
  let written = 0;

  parts.scroller.addEventListener("scroll", () => {
    if (parts.scroller.scrollTop < NEAR_TOP_PX) desk.loadOlder();
  });
  root.querySelector("#thread-again").addEventListener("click", () => desk.loadThread());

  return function draw() {
    show(parts.blank, !desk.openId);
    show(parts.conversation, Boolean(desk.openId));
    if (!desk.openId) return (drawnId = null);
    if (drawnId !== desk.openId) scroll.reset();
    drawnId = desk.openId;
    if (written !== desk.written) scroll.follow(); // what an agent wrote is shown, wherever he was reading
    written = desk.written;
    drawHead(parts.head, desk);
    drawState(root, desk);
    scroll.keep(() => reconcile(parts.messages, rows(desk), {
      key: (row) => row.key, make: (row, old) => drawRow(row, actions, old),
    }));
    if (desk.threadLoaded && parts.scroller.scrollTop < NEAR_TOP_PX) desk.loadOlder();
    drawTyping(parts["agent-typing"], desk);
  };
}

function rows(desk) {
  const marks = { unreadFrom: desk.unreadFrom, dayOf: dayKey };
  const sends = desk.threadLoaded ? desk.outbox.of(desk.openId) : [];
  const customer = desk.conversation ? nameOf(desk.conversation.contact) : "";
  return threadRows(desk.messages, sends, marks).map((row) => {
    if (row.kind === "day") return { ...row, said: day(row.at, Date.now()) };
    return row.kind === "message" ? { ...row, customer, by: authorOf(row.message, desk), paused: isPaused(row.message, desk) } : row;
  });
}

/** Whether a message waits because its number may not send. */
function isPaused({ status, phone_number_id: number }, { numbers }) {
  return status === "queued" && Boolean(holdOf(numbers, number));
}

/** Who wrote a message of ours; "" where it is the agent who looks at it, or the customer. */
function authorOf(message, { me, agents }) {
  if (sideOf(message) === "theirs" || !message.agent_id || message.agent_id === me.id) return "";
  return agents[message.agent_id] ?? "Another agent";
}

function drawRow(row, actions, old) {
  if (row.kind === "day") return el("li", { class: "separator" }, el("span", {}, row.said));
  if (row.kind === "unread") return el("li", { class: "separator separator-unread" }, el("span", {}, "Unread messages"));
  return messageRow(row, actions, old?.item.kind === "message" ? old : undefined);
}

function drawHead(head, { conversation }) {
  if (!conversation) return reconcile(head, [], {});
  const { contact, window } = conversation;
  reconcile(head, [{ contact, note: windowNote(window), closes: window.expires_at }], {
    key: () => contact.id,
    make: ({ note, closes }) => el("div", { class: "who" }, avatar(contact),
      el("div", { class: "who-text" },
        el("h2", { dir: "auto" }, nameOf(contact)), el("p", { class: "aside" }, handleOf(contact))),
      note && el("span", { class: "window-note", title: closes && `Reply window until ${full(closes)}` }, note)),
  });
}

/** Said only when it matters: the window is closed, or closes within a few hours. */
function windowNote(window) {
  const now = Date.now();
  if (!isOpen(window, now)) return "Reply window closed";
  const soon = window.expires_at && Date.parse(window.expires_at) - now < SOON_MS;
  return soon ? `Reply window closes in ${until(window.expires_at, now)}` : "";
}

function drawState(root, desk) {
  const state = root.querySelector("#thread-state");
  const loading = !desk.threadLoaded && !desk.threadError;
  show(state, loading || Boolean(desk.threadError));
  setText(root.querySelector("#thread-state-text"), desk.threadError || "Loading messages…");
  show(root.querySelector("#thread-again"), Boolean(desk.threadError));
}

function drawTyping(line, desk) {
  const names = typingAgents(desk.inbox, desk.openId, Date.now()).map((id) => desk.agents[id] ?? "Another agent");
  setText(line, names.length ? `${names.join(", ")} ${names.length === 1 ? "is" : "are"} typing…` : "");
}
