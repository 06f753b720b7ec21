/** One conversation of the list. */

import { nameOf } from "../../format/names.js";
import { full, short } from "../../format/times.js";
import { html } from "../../html.js";
import { number, t } from "../../locale.js";
import { addressOf } from "../../routes.js";
import { typingAgents } from "../../state/select.js";
import { Avatar } from "../parts/avatar.js";
import { Ticks } from "../parts/ticks.js";

const SHOWN_UNREAD = 99;

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("../../types.js").Conversation} Conversation */

/** @param {{desk: Desk, conversation: Conversation, open: boolean, tabStop: boolean}} props */
export function Item({ desk, conversation, open, tabStop }) {
  const { id, contact, unread_count: unread } = conversation;
  const when = conversation.last_message_at ?? conversation.created_at;
  const typing = typingAgents(desk.inbox.shown.value, id, Date.now()).length > 0;
  return html`<a class="item" href=${addressOf(id)} data-testid="conversation-item" data-conversation-id=${id}
    aria-current=${open ? "true" : undefined} tabindex=${tabStop ? "0" : "-1"} data-unread=${unread > 0}>
    <${Avatar} contact=${contact} />
    <span class="item-name" dir="auto" data-testid="item-name">${nameOf(contact)}</span>
    <time class="item-time" datetime=${when} title=${full(when)}>${short(when, Date.now())}</time>
    ${typing ? html`<span class="item-preview item-typing">${t("item.typing")}</span>` : html`<${Preview} desk=${desk} conversation=${conversation} />`}
    ${unread > 0 && html`<span class="badge" data-testid="badge"><span aria-hidden="true">${unread > SHOWN_UNREAD ? `${number(SHOWN_UNREAD)}+` : number(unread)}</span>
      <span class="unseen">${t("item.unread", { n: unread })}</span></span>`}
  </a>`;
}

/** @param {{desk: Desk, conversation: Conversation}} props */
function Preview({ desk, conversation: { last_message: last } }) {
  if (!last) return html`<span class="item-preview">${t("item.empty")}</span>`;
  return html`<span class="item-preview"><${Ticks} message=${last} />
    ${last.agent_id === desk.me.id && html`<span class="item-by">${t("item.you")}</span>`}
    <span class="item-text" dir="auto" data-testid="item-text">${last.deleted_at ? t("message.deleted") : last.preview || last.type}</span></span>`;
}
