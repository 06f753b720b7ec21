/**
 * What a message says, by its type. `type` and `content` are named as in the Cloud API; of a type nobody
 * here knows the raw content is shown, so that nothing a customer wrote is ever hidden.
 */

import { linked, safeHref } from "../format/links.js";
import { phoneOf, visible } from "../format/names.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { audio, documentFile, image, linkedFile, sticker, video } from "./media.js";

const DRAW = {
  text: ({ content, preview }) => prose(content.body ?? preview),
  image: (message) => captioned(fileBy(image, message), message),
  video: (message) => captioned(fileBy(video, message), message),
  audio: (message) => fileBy(audio, message),
  voice: audio,
  sticker: (message) => fileBy(sticker, message),
  document: (message) => captioned(fileBy(documentFile, message), message),
  location,
  contacts,
  button: ({ content, preview }) => chosen("Chose", content.text ?? preview),
  interactive,
  order,
  template,
  reaction: ({ content }) => note(content.emoji ? `Reacted with ${content.emoji}` : "Took a reaction back"),
  call: ({ preview }) => el("p", { class: "note" }, icon("phone"), " ", preview || "Call"),
  system: ({ content, preview }) => note(content.body || preview || "Something about this customer changed."),
  request_welcome: () => note("Opened the chat for the first time."),
};

/** @param {import("../state/merge.js").MessageRecord} message @returns {Element} */
export function contentOf(message) {
  if (message.deleted_at || message.status === "deleted") return note("This message was deleted.");
  const draw = Object.hasOwn(DRAW, message.type) ? DRAW[message.type] : unsupported;
  try {
    return el("div", { class: `content content-${draw === unsupported ? "unsupported" : message.type}` }, draw(message));
  } catch {
    // Content is what a customer's phone sent: of a shape nobody foresaw, the raw form is better than nothing.
    return el("div", { class: "content" }, unsupported(message));
  }
}

/** Text with its addresses as links. */
export function prose(text) {
  const parts = linked(String(text ?? "")).map(({ text: words, href }) => (href ? link(href, words) : words));
  return el("p", { class: "prose", dir: "auto" }, ...parts);
}

function link(href, words) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, words);
}

function note(text) {
  return el("p", { class: "note" }, text);
}

function fileBy(draw, message) {
  return message.content.link ? linkedFile(message) : draw(message);
}

function captioned(media, { content }) {
  return el("div", { class: "captioned" }, media, content.caption && prose(content.caption));
}

function chosen(what, title, description) {
  return el("div", { class: "chosen" },
    el("span", { class: "kicker" }, what), el("p", {}, String(title)), description && el("p", { class: "aside" }, description));
}

function location({ content }) {
  const { latitude, longitude, name, address, url } = content;
  const place = `${Number(latitude).toFixed(5)}, ${Number(longitude).toFixed(5)}`;
  const map = `https://www.openstreetmap.org/?mlat=${Number(latitude)}&mlon=${Number(longitude)}&zoom=16`;
  return el("div", { class: "card" }, icon("pin"),
    el("div", {}, el("p", { class: "card-title", dir: "auto" }, visible(name) || "Location"), el("p", { class: "aside" }, address || place),
      link(map, "Show on a map"), safeHref(url) && link(safeHref(url), "More about this place")));
}

function contacts({ content }) {
  return el("ul", { class: "cards", "aria-label": "Shared contacts" }, ...[content.contacts ?? content].flat().map(contactCard));
}

function contactCard({ name = {}, phones = [], emails = [] }) {
  const reach = [...phones.map(({ phone, wa_id }) => phone || phoneOf({ phone: wa_id })), ...emails.map((each) => each.email)];
  const title = visible(name.formatted_name) || visible(name.first_name) || "Contact";
  return el("li", { class: "card" }, icon("person"),
    el("div", {}, el("p", { class: "card-title", dir: "auto" }, title), ...reach.filter(Boolean).map((each) => el("p", { class: "aside" }, each))));
}

function interactive(message) {
  const { content } = message;
  const reply = content.button_reply ?? content.list_reply;
  if (reply) return chosen(content.button_reply ? "Pressed" : "Chose", reply.title, reply.description);
  if (content.nfm_reply) return formAnswer(content.nfm_reply);
  if (content.call_permission_reply) return chosen("Calls", content.call_permission_reply.response ?? "answered");
  return content.body || content.action ? question(content) : unsupported(message);
}

/** The answer to a form; Meta sends the fields as a string that need not hold an object. */
function formAnswer({ name, body, response_json: answer }) {
  return el("div", { class: "chosen" }, el("span", { class: "kicker" }, `Form ${name ?? ""}`.trim()),
    body && el("p", {}, body), disclosure("Answers", answer));
}

function question({ header, body, footer, action = {} }) {
  const choices = [
    ...(action.buttons ?? []).map((each) => each.reply?.title),
    ...(action.sections ?? []).flatMap(({ rows = [] }) => rows.map((row) => row.title)),
    action.parameters?.display_text,
  ].filter(Boolean);
  return el("div", {}, header?.text && el("p", { class: "card-title" }, header.text), prose(body?.text),
    footer?.text && el("p", { class: "aside" }, footer.text),
    choices.length > 0 && el("ul", { class: "choices", "aria-label": "Choices" }, ...choices.map((each) => el("li", {}, each))));
}

function order({ content }) {
  const items = content.product_items ?? [];
  return el("div", { class: "order" }, el("span", { class: "kicker" }, `Order of ${items.length} ${items.length === 1 ? "item" : "items"}`),
    el("ul", {}, ...items.map((each) => el("li", {}, orderLine(each)))), content.text && prose(content.text));
}

function orderLine({ quantity, product_retailer_id: product, item_price: price, currency }) {
  return `${quantity ?? 1} × ${product ?? "item"}${price === undefined ? "" : ` at ${price} ${currency ?? ""}`}`;
}

function template({ content, preview }) {
  return el("div", {}, el("span", { class: "kicker" }, `Template ${content.name ?? ""}`.trim()),
    preview && preview !== content.name && prose(preview));
}

/** The preview of a message without words, which says no more than the note does. */
const STAND_IN = /^Message (of )?type /;

function unsupported({ type, content, preview }) {
  const words = type === "unsupported" ? "WhatsApp does not pass this kind of message on" : `Unsupported message type “${type}”`;
  const said = preview && preview !== type && !STAND_IN.test(preview);
  return el("div", {}, note(words), said && prose(preview), disclosure("What arrived", content));
}

function disclosure(title, raw) {
  return el("details", { class: "raw" }, el("summary", {}, title), el("pre", { tabindex: "0" }, pretty(raw)));
}

function pretty(raw) {
  try {
    return JSON.stringify(typeof raw === "string" ? JSON.parse(raw) : raw, null, 2) ?? "nothing";
  } catch {
    return String(raw);
  }
}
