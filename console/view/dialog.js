/** The dialog that writes to a phone number: the first message of a new conversation. */

import { setText } from "./dom.js";

/**
 * @param {HTMLDialogElement} dialog
 * @param {import("../desk.js").Desk} desk
 * @param {(conversationId: string) => void} onStarted
 * @returns {() => void} opens it
 */
export function newConversationDialog(dialog, desk, onStarted) {
  const form = dialog.querySelector("form");
  const [to, text, error, send] = ["#new-to", "#new-text", "#new-error", "#new-send"].map((each) => dialog.querySelector(each));
  let key = null;

  // Other words are another send: they get another idempotency key.
  form.addEventListener("input", () => { key = null; });
  dialog.querySelector("#new-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    setText(error, "");
    try {
      key ??= crypto.randomUUID();
      const conversationId = await desk.writeTo(to.value.replace(/\D/g, ""), text.value.trim(), key);
      dialog.close();
      form.reset();
      key = null;
      onStarted(conversationId);
    } catch (problem) {
      setText(error, [problem.message, problem.details].filter(Boolean).join(" "));
    }
    send.disabled = false;
  });

  return function open() {
    setText(error, "");
    dialog.showModal();
    to.focus();
  };
}
