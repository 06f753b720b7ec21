/** Tells screen readers of customers' messages as they come, with whom they are from. */

import { nameOf } from "../../format/names.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { latestInbound } from "../../state/select.js";
import { useRef } from "../../vendor/hooks.js";

/** @param {{desk: import("../../desk.js").Desk}} props */
export function Announcer({ desk }) {
  const newest = useRef(/** @type {{id: string, at: number}|null} */ (null));
  const words = useRef("");
  const latest = latestInbound(desk.inbox.shown.value);
  const message = latest?.last_message;
  if (latest && message) {
    const at = Date.parse(message.created_at);
    const isNews = newest.current !== null && at >= newest.current.at && message.id !== newest.current.id;
    if (isNews) words.current = t("announce", { name: nameOf(latest.contact), words: message.preview });
    newest.current = { id: message.id, at };
  }
  return html`<p class="unseen" aria-live="polite">${words.current}</p>`;
}
