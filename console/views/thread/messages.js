/** The messages of the open thread, and where they are scrolled to. */

import { nameOf } from "../../format/names.js";
import { day, dayKey } from "../../format/times.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { holdOf } from "../../state/numbers.js";
import { messagesOf, sideOf, threadRows } from "../../state/select.js";
import { isLoaded } from "../../stores/thread.js";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from "../../vendor/hooks.js";
import { Message } from "../message/message.js";
import { Icon } from "../parts/icon.js";
import { Scrolling } from "../parts/scrolling.js";
import { ThreadState } from "./state.js";

const NEAR_TOP_PX = 400;

/** @typedef {import("../../types.js").Row} Row */
/** @typedef {import("../../desk.js").Desk} Desk */

/** @param {{desk: Desk, id: string}} props */
export function Messages({ desk, id }) {
  const scroller = useRef(null);
  const list = useRef(null);
  const rows = useRows(desk, id);
  const scrolling = useScrolling(desk, scroller, list);
  const drawn = scrolling.stretch(rows);
  useLayoutEffect(() => scrolling.settle());
  const actions = {
    reply: (/** @type {{id: string}} */ message) => desk.writing.draft(id, { replyTo: message.id }),
    retry: (/** @type {import("../../types.js").Shown} */ message) => desk.retry(message),
    discard: (/** @type {{id: string}} */ message) => desk.writing.outbox.discard(message.id),
    show: (/** @type {string} */ key) => scrolling.reveal(key),
  };
  const first = rows.indexOf(drawn[0]) + 1;
  return html`<div class="scroll-frame">
    <div class="scroller" ref=${scroller} tabindex="0" role="region" aria-label=${t("thread.messages")} data-testid="scroller">
      <${ThreadState} desk=${desk} id=${id} />
      <ol class="messages" ref=${list} data-testid="messages">${drawn.map((row, at) => html`
        <li key=${row.key} data-key=${row.key} class=${classOf(row)} aria-posinset=${first + at} aria-setsize=${rows.length}>
          ${drawRow(row, desk, id, actions)}</li>`)}</ol>
    </div>
    ${scrolling.below && html`<button type="button" class="new-pill" data-testid="new-pill" onClick=${() => scrolling.follow()}>
      <${Icon} name="down" />${t("thread.new")}</button>`}
  </div>`;
}

/** @param {Desk} desk @param {string} id @returns {Row[]} */
function useRows(desk, id) {
  const inbox = desk.inbox.shown.value;
  const sends = desk.writing.sends.value;
  const unreadFrom = desk.thread.unreadFrom.value;
  const thread = inbox.threads[id];
  return useMemo(() => {
    const waiting = isLoaded(inbox, id) ? sends.filter((each) => each.conversationId === id) : [];
    return threadRows(messagesOf(inbox, id), waiting, { unreadFrom, dayOf: dayKey });
  }, [thread, sends, unreadFrom, id]);
}

/** @param {Desk} desk @param {{current: HTMLElement|null}} scroller @param {{current: HTMLElement|null}} list */
function useScrolling(desk, scroller, list) {
  const [, draw] = useReducer((/** @type {number} */ count) => count + 1, 0);
  const scrolling = useMemo(() => new Scrolling({ guess, onChange: () => draw(0), onScroll: older, refuge: () => scroller.current, sticks: true, stays }), []);
  const sent = desk.writing.sent.value;
  function older() {
    if (desk.thread.loaded && scrolling.isNear(NEAR_TOP_PX)) desk.loadOlder();
  }
  useLayoutEffect(() => {
    if (scroller.current && list.current) scrolling.attach(scroller.current, list.current);
    return () => scrolling.detach();
  }, []);
  useEffect(() => older());
  // What an agent wrote is shown, wherever he was reading.
  useLayoutEffect(() => { if (sent) scrolling.follow(); }, [sent]);
  return scrolling;
}

/** A day's row goes up as earlier messages of that day come. @param {Row} row */
function stays({ kind }) {
  return kind === "message";
}

/** A row's height before it was drawn. @param {Row} row */
function guess(row) {
  if (row.kind !== "message") return 45;
  const { type, preview } = row.message;
  return type === "image" || type === "video" ? 270 : 42 + 22 * Math.ceil((preview?.length ?? 0) / 60);
}

/** @param {Row} row */
function classOf(row) {
  if (row.kind !== "message") return row.kind === "unread" ? "row separator separator-unread" : "row separator";
  return row.joined ? "row row-joined" : "row";
}

/** @param {Row} row @param {Desk} desk @param {string} id @param {import("../../types.js").MessageActions} actions */
function drawRow(row, desk, id, actions) {
  if (row.kind === "day") return html`<span>${day(row.at, Date.now())}</span>`;
  if (row.kind === "unread") return html`<span data-testid="unread-line">${t("thread.unread")}</span>`;
  const { message } = row;
  const contact = desk.inbox.shown.value.conversations[id]?.contact;
  const paused = message.status === "queued" && Boolean(holdOf(desk.numbers.numbers.value, message.phone_number_id));
  const shown = { ...row, customer: contact ? nameOf(contact) : "", by: authorOf(message, desk), paused };
  return html`<${Message} row=${shown} actions=${actions} />`;
}

/** Who wrote a message of ours; "" where it is the agent who looks at it, or the customer. @param {import("../../types.js").Shown} message @param {Desk} desk */
function authorOf(message, desk) {
  if (sideOf(message) === "theirs" || !message.agent_id || message.agent_id === desk.me.id) return "";
  return desk.inbox.agents.value[message.agent_id] ?? t("agent.other");
}
