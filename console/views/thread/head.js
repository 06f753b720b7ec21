/** Whose conversation it is, and how long it may be answered. */

import { handleOf, nameOf } from "../../format/names.js";
import { full, until } from "../../format/times.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { addressOf } from "../../routes.js";
import { isOpen } from "../../state/select.js";
import { Avatar } from "../parts/avatar.js";
import { Icon } from "../parts/icon.js";

const SOON_MS = 4 * 3600 * 1000;

/** @param {{desk: import("../../desk.js").Desk}} props */
export function Head({ desk }) {
  const conversation = desk.inbox.shown.value.conversations[desk.thread.openId.value ?? ""];
  return html`<header class="head" data-testid="head">
    <a class="icon-button back" href=${addressOf(null)} aria-label=${t("thread.back")}><${Icon} name="back" /></a>
    <div class="head-who">${conversation && who(conversation)}</div>
  </header>`;
}

/** @param {import("../../types.js").Conversation} conversation */
function who({ contact, window }) {
  const note = windowNote(window);
  const closes = window.expires_at;
  return html`<div class="who"><${Avatar} contact=${contact} />
    <div class="who-text"><h2 dir="auto">${nameOf(contact)}</h2><p class="aside" dir="ltr">${handleOf(contact)}</p></div>
    ${note && html`<span class="window-note" title=${closes && t("window.until", { at: full(closes) })}>${note}</span>`}
  </div>`;
}

/** Said only when it matters: the window is closed, or closes within a few hours. @param {import("../../types.js").Window} window */
function windowNote(window) {
  const now = Date.now();
  if (!isOpen(window, now)) return t("window.closed");
  const { expires_at: closes } = window;
  const soon = closes !== null && Date.parse(closes) - now < SOON_MS;
  return soon ? t("window.closes", { left: until(closes, now) }) : "";
}
