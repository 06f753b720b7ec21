/** Where an agent writes: grows with its text, keeps a draft for each conversation, says why it is closed. */

import { full } from "../../format/times.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { isOpen, sideOf } from "../../state/select.js";
import { isLoaded } from "../../stores/thread.js";
import { useEffect, useLayoutEffect, useRef } from "../../vendor/hooks.js";
import { Icon } from "../parts/icon.js";

/** WhatsApp's limit for a text. */
const LONGEST = 4096;
const COUNT_FROM = 3600;
const TYPING_AGAIN_MS = 3000;
/** Where there is room for the list beside the thread there is a keyboard as well. */
const ROOMY = "(min-width: 800px)";

/** @typedef {import("../../desk.js").Desk} Desk */

/** @param {{desk: Desk, id: string, openTemplate: () => void}} props */
export function Composer({ desk, id, openTemplate }) {
  const inbox = desk.inbox.shown.value;
  const conversation = inbox.conversations[id];
  const open = !conversation || isOpen(conversation.window, Date.now());
  const replyTo = desk.writing.draftOf(id).replyTo;
  return html`
    ${replyTo && html`<${Replying} desk=${desk} id=${id} replyTo=${replyTo} />`}
    ${open ? html`<${Field} desk=${desk} id=${id} closed=${!conversation || !isLoaded(inbox, id)} replyTo=${replyTo} />`
      : html`<div class="window-closed" data-testid="window-closed"><p role="status">${closedBecause(conversation.window)}</p>
        <button type="button" class="small" data-testid="template-open" onClick=${openTemplate}>${t("template.open")}</button></div>`}`;
}

/** @param {{desk: Desk, id: string, closed: boolean, replyTo: string|null}} props */
function Field({ desk, id, closed, replyTo }) {
  const field = useRef(/** @type {HTMLTextAreaElement|null} */ (null));
  const typing = useTyping(desk);
  const { text } = desk.writing.draftOf(id);
  const left = LONGEST - [...text].length;
  const ready = !closed && left >= 0 && text.trim() !== "";
  useFocus(field, closed, replyTo);
  useLayoutEffect(() => fit(field.current), [text]);
  const send = () => {
    if (!ready) return;
    desk.writing.discardDraft(id);
    desk.send(text.trim(), replyTo);
    typing(false);
    field.current?.focus({ preventScroll: true });
  };
  const edit = (/** @type {{currentTarget: HTMLTextAreaElement}} */ { currentTarget: { value } }) => {
    desk.writing.draft(id, { text: value });
    typing(value !== "");
  };
  return html`<form class="composer" data-testid="composer" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); send(); }}>
    <textarea ref=${field} rows="1" placeholder=${t("composer.placeholder")} aria-label=${t("composer.message")}
      aria-describedby="counter" enterkeyhint="send" dir="auto" data-testid="composer-input" disabled=${closed} value=${text}
      onInput=${edit} onBlur=${() => typing(false)} onKeyDown=${(/** @type {KeyboardEvent} */ event) => sendByEnter(event, send)} />
    <button class="icon-button send" aria-label=${t("send")} title=${t("composer.send")} data-testid="send-button"
      disabled=${!ready}><${Icon} name="send" /></button>
    <p id="counter" class="counter" role="status" data-over=${left < 0} hidden=${left >= LONGEST - COUNT_FROM}>
      ${left < 0 ? t("composer.over", { n: -left }) : t("composer.left", { n: left })}</p>
  </form>`;
}

/** Enter sends, except where it ends a composition (Japanese, Chinese, Korean input). @param {KeyboardEvent} event @param {() => void} send */
function sendByEnter(event, send) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
}

/** As high as its text. @param {HTMLTextAreaElement|null} field */
function fit(field) {
  if (!field) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

/** When it opens, where there is a keyboard; and when an agent begins a reply. @param {{current: HTMLTextAreaElement|null}} field @param {boolean} closed @param {string|null} replyTo */
function useFocus(field, closed, replyTo) {
  useEffect(() => {
    if (!closed && matchMedia(ROOMY).matches) field.current?.focus({ preventScroll: true });
  }, [closed]);
  const before = useRef(replyTo);
  useEffect(() => {
    if (before.current !== replyTo) field.current?.focus({ preventScroll: true });
    before.current = replyTo;
  }, [replyTo]);
}

/** Tells the others that this agent types, again every few seconds while it goes on; they forget it by themselves. @param {Desk} desk */
function useTyping(desk) {
  const since = useRef(0);
  const tell = (/** @type {boolean} */ on) => {
    const now = Date.now();
    if (on ? now - since.current < TYPING_AGAIN_MS : !since.current) return;
    since.current = on ? now : 0;
    desk.thread.typing(on);
  };
  useEffect(() => () => tell(false), []);
  return tell;
}

/** @param {{desk: Desk, id: string, replyTo: string}} props */
function Replying({ desk, id, replyTo }) {
  const message = desk.inbox.shown.value.threads[id]?.messages[replyTo];
  return html`<div class="replying"><p dir="auto" data-testid="replying">${answering(message)}</p>
    <button type="button" class="icon-button" aria-label=${t("composer.unreply")}
      onClick=${() => desk.writing.draft(id, { replyTo: null })}><${Icon} name="close" /></button></div>`;
}

/** @param {import("../../types.js").Shown} [message] undefined where it is older than what is loaded */
function answering(message) {
  if (!message) return t("composer.reply.earlier");
  const words = message.preview || message.type;
  return sideOf(message) === "theirs" ? t("composer.reply.theirs", { words }) : t("composer.reply.ours", { words });
}

/** @param {import("../../types.js").Window} window */
function closedBecause({ expires_at: closed }) {
  const since = closed ? t("window.closed.on", { at: full(closed) }) : t("window.never");
  return `${since} ${t("window.templates")}`;
}
