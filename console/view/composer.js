/** Where an agent writes: grows with its text, keeps a draft for each conversation, says why it is closed. */

import { full } from "../format/times.js";
import { isOpen, sideOf } from "../state/select.js";
import { setText, show } from "./dom.js";

/** WhatsApp's limit for a text. */
const LONGEST = 4096;
const COUNT_FROM = 3600;
const TYPING_AGAIN_MS = 3000;

export class Composer {
  /**
   * @param {HTMLElement} root
   * @param {import("../desk.js").Desk} desk
   */
  constructor(root, desk) {
    this.desk = desk;
    this.conversationId = null;
    this.typingSince = 0;
    for (const id of ["composer", "text", "send", "counter", "window-closed", "window-closed-text", "replying", "replying-text", "reply-cancel"]) {
      this[id] = root.querySelector(`#${id}`);
    }
    this.text.addEventListener("input", () => this.#edited());
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("blur", () => this.#typing(false));
    this.composer.addEventListener("submit", (event) => { event.preventDefault(); this.#send(); });
    this["reply-cancel"].addEventListener("click", () => this.reply(null));
  }

  /** Draws it as the desk has it. */
  draw = () => {
    if (this.conversationId !== this.desk.openId) this.#change(this.desk.openId);
    const { conversation } = this.desk;
    const open = !conversation || isOpen(conversation.window, Date.now());
    this.text.disabled = !conversation || !open || !this.desk.threadLoaded;
    show(this["window-closed"], !open);
    show(this.composer, open);
    if (!open) setText(this["window-closed-text"], closedBecause(conversation.window));
    this.#drawReply();
    this.#measure();
  };

  /** Answers a message, or none: Escape, or another conversation. */
  reply(message) {
    this.desk.drafts.write(this.conversationId, { replyTo: message?.id ?? null });
    this.#drawReply();
    this.text.focus();
  }

  /** Whether there was a reply to give up. */
  cancelReply() {
    const had = Boolean(this.draft.replyTo);
    if (had) this.reply(null);
    return had;
  }

  focus() {
    this.text.focus({ preventScroll: true });
  }

  get draft() {
    return this.desk.drafts.of(this.conversationId);
  }

  #change(conversationId) {
    this.#typing(false);
    this.conversationId = conversationId;
    this.text.value = this.draft.text;
  }

  #drawReply() {
    const { replyTo } = this.draft;
    show(this.replying, Boolean(replyTo));
    if (replyTo) setText(this["replying-text"], answering(this.desk.messages.find(({ id }) => id === replyTo)));
  }

  #edited() {
    this.desk.drafts.write(this.conversationId, { text: this.text.value });
    this.#typing(this.text.value !== "");
    this.#measure();
  }

  #measure() {
    const { length } = [...this.text.value];
    const left = LONGEST - length;
    show(this.counter, length > COUNT_FROM);
    setText(this.counter, left < 0 ? `${-left} characters too many` : `${left} characters left`);
    this.counter.dataset.over = String(left < 0);
    this.send.disabled = this.text.disabled || left < 0 || !this.text.value.trim();
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
  }

  /** Enter sends, except where it ends a composition (Japanese, Chinese, Korean input). */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    if (this.send.disabled) return;
    this.desk.send(this.text.value.trim(), this.draft.replyTo);
    this.desk.drafts.discard(this.conversationId);
    this.#typing(false);
    this.text.value = "";
    this.#drawReply();
    this.#measure();
    this.focus();
  }

  /** Told again every few seconds while it goes on; the others forget it by themselves. */
  #typing(on) {
    const now = Date.now();
    if (on ? now - this.typingSince < TYPING_AGAIN_MS : !this.typingSince) return;
    this.typingSince = on ? now : 0;
    this.desk.typing(on);
  }
}

/** @param {object} [message] undefined where it is older than what is loaded */
function answering(message) {
  if (!message) return "Reply to an earlier message";
  return `Reply to ${sideOf(message) === "theirs" ? "the customer" : "our own message"}: ${message.preview || message.type}`;
}

function closedBecause({ expires_at: closed }) {
  const since = closed ? `The 24-hour reply window closed on ${full(closed)}.` : "This customer has not written within 24 hours.";
  return `${since} Until the customer writes again, WhatsApp delivers approved templates only.`;
}
