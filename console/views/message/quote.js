/** What a message answers, and the way there. */

import { senderName } from "../../format/told.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { sideOf } from "../../state/select.js";

/**
 * @param {object} props
 * @param {import("../../types.js").Shown|null} props.quoted null where it is older than what is loaded
 * @param {string} props.customer a name
 * @param {(messageId: string) => void} props.show
 */
export function Quote({ quoted, customer, show }) {
  if (!quoted) return html`<div class="quote" data-testid="quote">${inside(t("quote.earlier"), "")}</div>`;
  const words = quoted.deleted_at ? t("message.deleted") : quoted.preview || quoted.type;
  const author = sideOf(quoted) === "theirs" ? senderName(quoted.sender) || customer : t("message.you");
  return html`<button type="button" class="quote" data-testid="quote" onClick=${() => show(quoted.id)}>
    ${inside(words, author)}</button>`;
}

/** @param {string} words @param {string} author "" where nobody knows */
function inside(words, author) {
  return html`<span class="unseen">${t("quote.of")} </span>
    ${author && html`<span class="quote-author" dir="auto">${author}</span>${" "}`}
    <span class="quote-text" dir="auto">${words}</span>`;
}
