/** The dialog that writes to a phone number: the first message of a new conversation. */

import { phoneOf } from "../../format/names.js";
import { readPhone } from "../../format/phone.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { NEW } from "../../state/drafts.js";
import { useRef, useState } from "../../vendor/hooks.js";
import { Dialog } from "../parts/dialog.js";

/** What the fields of the request are called here. */
const NAMES = new Set(["to", "text.body"]);

/** @param {{desk: import("../../desk.js").Desk, close: () => void, onStarted: (conversationId: string) => void}} props */
export function NewConversation({ desk, close, onStarted }) {
  const { to = "", text } = desk.writing.draftOf(NEW);
  const { problem, busy, submit, edited } = useSending(desk, (id) => { close(); onStarted(id); });
  const number = useRef(/** @type {HTMLInputElement|null} */ (null));
  const { digits } = readPhone(to);
  const write = (/** @type {object} */ change) => { desk.writing.draft(NEW, change); edited(); };
  const send = () => { if (!submit(to, text)) number.current?.focus(); };
  return html`<${Dialog} title=${t("new.title")} name="new-conversation" close=${close} submit=${send}>
    <label for="new-to">${t("new.phone")}</label>
    <input id="new-to" ref=${number} type="tel" inputmode="tel" autocomplete="off" placeholder="+44 7700 900123" required
      aria-describedby="new-reads" data-testid="new-to" value=${to}
      onInput=${(/** @type {any} */ { currentTarget: { value } }) => write({ to: value })} />
    <p id="new-reads" class="aside" role="status" data-testid="new-reads">${digits && t("new.goes", { phone: phoneOf({ phone: digits }) })}</p>
    <label for="new-text">${t("new.message")}</label>
    <textarea id="new-text" rows="4" maxlength="4096" required dir="auto" data-testid="new-text" value=${text}
      onInput=${(/** @type {any} */ { currentTarget: { value } }) => write({ text: value })} />
    <p class="aside">${t("new.window")}</p>
    <p class="error" role="alert" data-testid="new-error">${problem}</p>
    <div class="actions">
      <button type="button" class="button" onClick=${close}>${t("cancel")}</button>
      <button class="button primary" disabled=${busy}>${t("send")}</button>
    </div>
  <//>`;
}

/** @param {import("../../desk.js").Desk} desk @param {(conversationId: string) => void} done */
function useSending(desk, done) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const key = useRef(/** @type {string|null} */ (null));

  async function send(/** @type {string} */ digits, /** @type {string} */ text) {
    setBusy(true);
    setProblem("");
    try {
      key.current ??= crypto.randomUUID();
      const id = await desk.writeTo(digits, text, key.current);
      desk.writing.discardDraft(NEW);
      done(id);
    } catch (failure) {
      setProblem(sentenceOf(failure));
    }
    setBusy(false);
  }

  return {
    problem, busy,
    /** Other words are another send: they get another idempotency key. */
    edited() { key.current = null; setProblem(""); },
    /** Whether the number may be written to; else the problem says why. */
    submit(/** @type {string} */ to, /** @type {string} */ text) {
      const { digits, problem: wrong } = readPhone(to);
      setProblem(wrong);
      if (digits) send(digits, text.trim());
      return Boolean(digits);
    },
  };
}

/** What went wrong, with the fields by the names they have here. @param {any} failure an ApiError */
function sentenceOf({ message, details, fields }) {
  const named = Object.entries(fields ?? {});
  if (named.length && named.every(([name]) => NAMES.has(name))) {
    return named.map(([name, what]) => `${t(`new.field.${name}`)} ${what}`).join(" ");
  }
  return [message, details].filter(Boolean).join(" ");
}
