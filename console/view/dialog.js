/** The dialog that writes to a phone number: the first message of a new conversation. */

import { phoneOf } from "../format/names.js";
import { readPhone } from "../format/phone.js";
import { NEW } from "../state/drafts.js";
import { setText } from "./dom.js";

/** What the fields of the request are called here. */
const NAMES = { to: "The phone number", "text.body": "The message" };

/**
 * @param {HTMLDialogElement} dialog
 * @param {import("../desk.js").Desk} desk
 * @param {(conversationId: string) => void} onStarted
 * @returns {() => void} opens it
 */
export function newConversationDialog(dialog, desk, onStarted) {
  const form = dialog.querySelector("form");
  const [to, text, reads, error, send] = ["#new-to", "#new-text", "#new-reads", "#new-error", "#new-send"]
    .map((each) => dialog.querySelector(each));
  let key = null;

  const drawReading = () => {
    const { digits } = readPhone(to.value);
    setText(reads, digits && `Goes to ${phoneOf({ phone: digits })}`);
  };

  form.addEventListener("input", () => {
    key = null; // other words are another send: they get another idempotency key
    desk.drafts.write(NEW, { to: to.value, text: text.value });
    setText(error, "");
    drawReading();
  });
  dialog.querySelector("#new-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { digits, problem } = readPhone(to.value);
    if (problem) return refuse(`${NAMES.to} ${problem}`);
    send.disabled = true;
    setText(error, "");
    try {
      key ??= crypto.randomUUID();
      const conversationId = await desk.writeTo(digits, text.value.trim(), key);
      dialog.close();
      form.reset();
      desk.drafts.discard(NEW);
      key = null;
      onStarted(conversationId);
    } catch (failure) {
      setText(error, sentenceOf(failure));
    }
    send.disabled = false;
  });

  function refuse(sentence) {
    setText(error, sentence);
    to.focus();
  }

  return function open() {
    const draft = desk.drafts.of(NEW);
    [to.value, text.value] = [draft.to ?? "", draft.text];
    setText(error, "");
    drawReading();
    dialog.showModal();
    to.focus();
  };
}

/** What went wrong, with the fields by the names they have here. */
function sentenceOf({ message, details, fields }) {
  const named = Object.entries(fields ?? {});
  if (named.length && named.every(([name]) => name in NAMES)) {
    return named.map(([name, what]) => `${NAMES[name]} ${what}`).join(" ");
  }
  return [message, details].filter(Boolean).join(" ");
}
