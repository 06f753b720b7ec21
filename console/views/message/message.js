/** One message of a thread: quote, content, reactions, marks, time, status, and what can be done about it. */

import { full } from "../../format/times.js";
import { senderName, written } from "../../format/told.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { sideOf } from "../../state/select.js";
import { Icon } from "../parts/icon.js";
import { Ticks } from "../parts/ticks.js";
import { Content } from "./content.js";
import { Quote } from "./quote.js";
import { Above, Below } from "./surroundings.js";
import { Trouble, Waits } from "./trouble.js";

/** @typedef {import("../../types.js").Shown} Shown */

const NOTICES = new Set(["system", "request_welcome"]);

/**
 * @param {object} props
 * @param {import("../../types.js").MessageRow} props.row
 * @param {import("../../types.js").MessageActions} props.actions
 */
export function Message({ row, actions }) {
  const { message, joined, customer, by } = row;
  const side = NOTICES.has(message.type) ? "notice" : sideOf(message);
  const author = senderName(message.sender) || by;
  const spoken = author || (side === "theirs" ? customer : t("message.we"));
  return html`<div class=${`message message-${side}`} tabindex="-1" data-testid="message"
    data-message-id=${message.id} data-status=${message.status} data-direction=${message.direction} data-type=${message.type}>
    <div class="bubble">
      <span class="unseen">${spoken}: </span>
      ${!joined && author && html`<p class="author" dir="auto" aria-hidden="true">${author}</p>`}
      ${message.reply_to && html`<${Quote} quoted=${row.quoted} customer=${customer} show=${actions.show} />`}
      <${Above} message=${message} />
      <div class="line"><div class="body"><${Content} message=${message} /></div><${Meta} message=${message} /></div>
      <${Below} message=${message} />
    </div>
    ${mayQuote(message) && html`<${ReplyButton} reply=${() => actions.reply(message)} />`}
    <${Reactions} reactions=${message.reactions} />
    ${message.status === "queued" ? html`<${Waits} message=${message} paused=${row.paused} />`
      : html`<${Trouble} message=${message} actions=${actions} />`}
  </div>`;
}

/** Only what WhatsApp knows can be quoted. @param {Shown} message */
export function mayQuote(message) {
  return Boolean(message.wamid) && !message.deleted_at && message.type !== "call" && !NOTICES.has(message.type);
}

/** @param {{message: Shown}} props */
function Meta({ message }) {
  const { at, said, late } = written(message);
  return html`<span class="meta">
    ${message.edited_at && html`<span title=${t("message.edited.at", { at: full(message.edited_at) })}>${t("message.edited")}</span>`}
    ${message.possible_duplicate && html`<span class="twice" title=${t("message.twice.why")}>${t("message.twice")}</span>`}
    ${message.direction === "echo" && html`<span title=${t("message.echo.why")}>${t("message.echo")}</span>`}
    ${late && html`<span class="late" title=${late} data-testid="late">${t("message.late")}</span>`}
    <time datetime=${at} title=${late ? `${full(at)}. ${late}` : full(at)}>${said}</time>
    <${Ticks} message=${message} />
  </span>`;
}

/** @param {{reactions: {emoji: string, from_customer: boolean}[]}} props */
function Reactions({ reactions }) {
  if (!reactions.length) return null;
  return html`<ul class="reactions" aria-label=${t("message.reactions")}>${reactions.map(({ emoji, from_customer: theirs }) =>
    html`<li title=${theirs ? t("message.reacted.theirs") : t("message.reacted.ours")}>${emoji}</li>`)}</ul>`;
}

/** @param {{reply: () => void}} props */
function ReplyButton({ reply }) {
  return html`<button type="button" class="icon-button reply-button" tabindex="-1" aria-label=${t("message.reply")}
    title=${t("message.reply.key")} onClick=${reply}><${Icon} name="reply" /></button>`;
}
