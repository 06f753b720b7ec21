/**
 * What a message says, by its type. `type` and `content` are named as in the Cloud API; of a type nobody
 * here knows the raw content is shown, so that nothing a customer wrote is ever hidden.
 */

import { html } from "../../html.js";
import { t } from "../../locale.js";
import { Icon } from "../parts/icon.js";
import { contactCards, place } from "./cards.js";
import { interactive, order, template } from "./forms.js";
import { DocumentFile, LinkedFile, Picture, Sound, Sticker, Video } from "./media.js";
import { chosen, note, unsupported } from "./pieces.js";
import { Prose } from "./prose.js";

/** @typedef {import("../../types.js").Shown} Shown */
/** @typedef {import("../../html.js").Drawn} Drawn */

/** @type {Object<string, (message: Shown) => Drawn>} */
const DRAW = {
  text: ({ content, preview }) => html`<${Prose} text=${content.body ?? preview} />`,
  image: (message) => captioned(Picture, message),
  video: (message) => captioned(Video, message),
  audio: (message) => file(Sound, message),
  voice: (message) => html`<${Sound} message=${message} />`,
  sticker: (message) => file(Sticker, message),
  document: (message) => captioned(DocumentFile, message),
  location: ({ content }) => place(content),
  contacts: ({ content }) => contactCards(content.contacts ?? content),
  button: ({ content, preview }) => chosen(t("content.chose"), content.text ?? preview),
  interactive: interactive,
  order: ({ content }) => order(content),
  template: ({ content, preview }) => template(content.name, preview),
  reaction: ({ content }) =>
    note(content.emoji ? t("content.reacted", { emoji: content.emoji }) : t("content.unreacted")),
  call: ({ preview }) => html`<p class="note"><${Icon} name="phone" />${" "}${preview || t("content.call")}</p>`,
  system: ({ content, preview }) => note(content.body || preview || t("content.system")),
  request_welcome: () => note(t("content.welcome")),
};

/** @param {{message: Shown}} props */
export function Content({ message }) {
  if (message.deleted_at || message.status === "deleted") return note(t("content.deleted"));
  const known = Object.hasOwn(DRAW, message.type);
  return html`<div class=${`content content-${known ? message.type : "unsupported"}`}>${drawn(message)}</div>`;
}

/** Content is what a customer's phone sent: of a shape nobody foresaw, the raw form is better than nothing. @param {Shown} message */
function drawn(message) {
  const draw = Object.hasOwn(DRAW, message.type) ? DRAW[message.type] : unsupported;
  try {
    return draw(message);
  } catch {
    return unsupported(message);
  }
}

/** @param {(props: {message: Shown}) => Drawn} Kind @param {Shown} message */
function file(Kind, message) {
  return html`<${message.content.link ? LinkedFile : Kind} message=${message} />`;
}

/** @param {(props: {message: Shown}) => Drawn} Kind @param {Shown} message */
function captioned(Kind, message) {
  const { caption } = message.content;
  return html`<div class="captioned">${file(Kind, message)}${caption && html`<${Prose} text=${caption} />`}</div>`;
}
