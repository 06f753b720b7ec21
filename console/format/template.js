/**
 * Message templates: what an agent fills in, what is sent, and what the customer will read. Pure.
 *
 * @typedef {object} Slot One thing to fill in.
 * @property {string} id unique within the template
 * @property {string} label
 * @property {string} example Meta's sample value, "" where there is none
 * @property {"text"|"link"} kind
 */

import { t } from "../locale.js";

const PLACE = /\{\{\s*(\w+)\s*\}\}/g;
/** @type {Object<string, string>} */
const MEDIA = { IMAGE: "image", VIDEO: "video", DOCUMENT: "document" };
const PLAIN_BUTTONS = new Set(["QUICK_REPLY", "PHONE_NUMBER", "FLOW", "VOICE_CALL"]);

/** The placeholders of a text, each once, in order. @param {unknown} text */
export function placesOf(text) {
  return [...new Set([...String(text ?? "").matchAll(PLACE)].map(([, name]) => name))];
}

/** @returns {Slot[]|null} what there is to fill in; null where the template needs what cannot be given here @param {any} template */
export function slotsOf(template) {
  /** @type {Slot[]} */
  const slots = [];
  for (const part of template.components ?? [null]) {
    const some = part && partSlots(part);
    if (!some) return null;
    slots.push(...some);
  }
  return slots;
}

/** @param {any} part @returns {Slot[]|null} */
function partSlots(part) {
  switch (String(part.type).toUpperCase()) {
    case "HEADER": return headerSlots(part);
    case "BODY": return textSlots("body", t("template.text"), part.text, samples(part, "body_text"));
    case "FOOTER": return [];
    case "BUTTONS": return buttonSlots(part.buttons ?? []);
    default: return null;
  }
}

/** @param {any} part @returns {Slot[]|null} */
function headerSlots(part) {
  const format = String(part.format ?? "TEXT").toUpperCase();
  if (MEDIA[format]) return [{ id: "header", label: t(`template.address.${MEDIA[format]}`), example: "", kind: "link" }];
  return format === "TEXT" ? textSlots("header", t("template.header"), part.text, samples(part, "header_text")) : null;
}

/** @param {string} where @param {string} label @param {unknown} text @param {any} examples by position, or by name @returns {Slot[]} */
function textSlots(where, label, text, examples) {
  return placesOf(text).map((name, index) => ({
    id: `${where}:${name}`, label: `${label}, {{${name}}}`, kind: "text",
    example: (Array.isArray(examples) ? examples[index] : examples[name]) ?? "",
  }));
}

/** @param {any[]} buttons @returns {Slot[]|null} */
function buttonSlots(buttons) {
  /** @type {Slot[]} */
  const slots = [];
  for (const [index, { type, url, text }] of buttons.entries()) {
    const id = `button:${index}`;
    if (type === "COPY_CODE") slots.push({ id, label: t("template.code"), example: "", kind: "text" });
    else if (type === "URL") slots.push(...linkSlots(id, text, url));
    else if (!PLAIN_BUTTONS.has(type)) return null;
  }
  return slots;
}

/** @param {string} id @param {string} text @param {string} url @returns {Slot[]} */
function linkSlots(id, text, url) {
  return placesOf(url).map(() => ({ id, label: t("template.link", { text, url }), example: "", kind: "text" }));
}

/** Meta's sample values by position, or by name. @param {any} part @param {string} kind */
function samples({ example = {} }, kind) {
  const named = example[`${kind}_named_params`];
  if (Array.isArray(named)) return Object.fromEntries(named.map((/** @type {any} */ each) => [each.param_name, each.example]));
  const given = example[kind] ?? [];
  return Array.isArray(given[0]) ? given[0] : given;
}

/**
 * The `template` object of a message.
 * @param {any} template as REST lists it
 * @param {Object<string, string>} values by slot id
 */
export function templateMessage(template, values) {
  const components = (template.components ?? []).flatMap((/** @type {any} */ part) => filledPart(part, values, template.parameter_format === "NAMED"));
  return { name: template.name, language: { code: template.language }, components };
}

/** @param {any} part @param {Object<string, string>} values @param {boolean} named @returns {object[]} */
function filledPart(part, values, named) {
  const kind = String(part.type).toUpperCase();
  if (kind === "BUTTONS") return (part.buttons ?? []).flatMap((/** @type {any} */ button, /** @type {number} */ index) => filledButton(button, index, values));
  const where = kind.toLowerCase();
  const media = kind === "HEADER" && MEDIA[String(part.format).toUpperCase()];
  if (media) return [{ type: "header", parameters: [{ type: media, [media]: { link: values.header } }] }];
  const parameters = placesOf(part.text).map((name) => ({
    type: "text", ...(named ? { parameter_name: name } : {}), text: values[`${where}:${name}`],
  }));
  return parameters.length ? [{ type: where, parameters }] : [];
}

/** @param {any} button @param {number} index @param {Object<string, string>} values */
function filledButton({ type, url }, index, values) {
  const value = values[`button:${index}`];
  if (type === "COPY_CODE") {
    return [{ type: "button", sub_type: "copy_code", index, parameters: [{ type: "coupon_code", coupon_code: value }] }];
  }
  if (type !== "URL" || !placesOf(url).length) return [];
  return [{ type: "button", sub_type: "url", index, parameters: [{ type: "text", text: value }] }];
}

/** What the customer will read, line by line: header, text, footer, buttons. Empty slots show as placeholders. @param {any} template @param {Object<string, string>} values */
export function templatePreview(template, values) {
  /** @type {{header: string, body: string, footer: string, buttons: string[]}} */
  const lines = { header: "", body: "", footer: "", buttons: [] };
  for (const part of template.components ?? []) {
    const kind = String(part.type).toLowerCase();
    if (kind === "buttons") lines.buttons = (part.buttons ?? []).map((/** @type {any} */ { text, type }) => text ?? type);
    else if (kind === "header" || kind === "body" || kind === "footer") lines[kind] = filledText(part.text, kind, values);
  }
  return lines;
}

/** @param {unknown} text @param {string} where @param {Object<string, string>} values */
function filledText(text, where, values) {
  return String(text ?? "").replaceAll(PLACE, (place, name) => values[`${where}:${name}`] || place);
}
