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
    this.drafts = new Map();
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
    this.#measure();
  };

  /** Answers a message, or none: Escape, or another conversation. */
  reply(message) {
    this.#draft().replyTo = message;
    this.#drawReply();
    this.text.focus();
  }

  /** Whether there was a reply to give up. */
  cancelReply() {
    const had = Boolean(this.#draft().replyTo);
    if (had) this.reply(null);
    return had;
  }

  focus() {
    this.text.focus({ preventScroll: true });
  }

  #draft() {
    if (!this.drafts.has(this.conversationId)) this.drafts.set(this.conversationId, { text: "", replyTo: null });
    return this.drafts.get(this.conversationId);
  }

  #change(conversationId) {
    this.#typing(false);
    this.conversationId = conversationId;
    this.text.value = this.#draft().text;
    this.#drawReply();
  }

  #drawReply() {
    const { replyTo } = this.#draft();
    show(this.replying, Boolean(replyTo));
    if (!replyTo) return;
    const whom = sideOf(replyTo) === "theirs" ? "the customer" : "our own message";
    setText(this["replying-text"], `Reply to ${whom}: ${replyTo.preview || replyTo.type}`);
  }

  #edited() {
    this.#draft().text = this.text.value;
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
    const draft = this.#draft();
    this.desk.send(draft.text.trim(), draft.replyTo?.id ?? null);
    this.drafts.delete(this.conversationId);
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

function closedBecause({ expires_at: closed }) {
  const since = closed ? `The 24-hour reply window closed on ${full(closed)}.` : "This customer has not written within 24 hours.";
  return `${since} Until the customer writes again, WhatsApp delivers approved templates only.`;
}
