/** What was asked and answered by buttons, lists and forms, what was ordered, and templates as they were sent. */

import { html } from "../../html.js";
import { number, t } from "../../locale.js";
import { chosen, disclosure, unsupported } from "./pieces.js";
import { Prose } from "./prose.js";

/** @param {import("../../types.js").Shown} message */
export function interactive(message) {
  const { content } = message;
  const reply = content.button_reply ?? content.list_reply;
  if (reply) return chosen(content.button_reply ? t("content.pressed") : t("content.chose"), reply.title, reply.description);
  if (content.nfm_reply) return formAnswer(content.nfm_reply);
  if (content.call_permission_reply) return chosen(t("content.calls"), content.call_permission_reply.response ?? t("content.answered"));
  return content.body || content.action ? question(content) : unsupported(message);
}

/** The answer to a form; Meta sends the fields as a string that need not hold an object. @param {any} reply */
function formAnswer({ name, body, response_json: answer }) {
  return html`<div class="chosen"><span class="kicker">${t("content.form", { name: name ?? "" }).trim()}</span>
    ${body && html`<p dir="auto">${body}</p>`}${disclosure(t("content.answers"), answer)}</div>`;
}

/** @param {any} content */
function question({ header, body, footer, action = {} }) {
  return html`<div>${header?.text && html`<p class="card-title" dir="auto">${header.text}</p>`}<${Prose} text=${body?.text} />
    ${footer?.text && html`<p class="aside" dir="auto">${footer.text}</p>`}${choices(t("content.choices"), titlesOf(action))}</div>`;
}

/** @param {any} action @returns {string[]} */
function titlesOf({ buttons = [], sections = [], parameters }) {
  const rows = sections.flatMap((/** @type {any} */ section) => section.rows ?? []);
  const named = [...buttons.map((/** @type {any} */ each) => each.reply?.title), ...rows.map((/** @type {any} */ row) => row.title)];
  return [...named, parameters?.display_text].filter(Boolean);
}

/** @param {string} label @param {string[]} titles */
export function choices(label, titles) {
  return titles.length > 0
    && html`<ul class="choices" aria-label=${label}>${titles.map((each) => html`<li dir="auto">${each}</li>`)}</ul>`;
}

/** @param {any} content */
export function order({ product_items: items = [], text }) {
  return html`<div class="order"><span class="kicker">${t("content.order", { n: items.length })}</span>
    <ul>${items.map((/** @type {any} */ each) => html`<li>${orderLine(each)}</li>`)}</ul>${text && html`<${Prose} text=${text} />`}</div>`;
}

/** @param {any} item */
function orderLine({ quantity, product_retailer_id: product, item_price: price, currency }) {
  const line = `${number(quantity ?? 1)} × ${product ?? t("content.item")}`;
  return price === undefined ? line : t("content.priced", { line, price: `${price} ${currency ?? ""}`.trim() });
}

/** @param {string|undefined} name @param {string} preview what the customer read */
export function template(name, preview) {
  return html`<div><span class="kicker">${t("content.template", { name: name ?? "" }).trim()}</span>
    ${preview && preview !== name && html`<${Prose} text=${preview} />`}</div>`;
}
