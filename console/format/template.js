/**
 * Message templates: what an agent fills in, what is sent, and what the customer will read. Pure.
 *
 * @typedef {object} Slot One thing to fill in.
 * @property {string} id unique within the template
 * @property {string} label
 * @property {string} example Meta's sample value, "" where there is none
 * @property {"text"|"link"} kind
 */

const PLACE = /\{\{\s*(\w+)\s*\}\}/g;
const MEDIA = { IMAGE: "image", VIDEO: "video", DOCUMENT: "document" };
const PLAIN_BUTTONS = new Set(["QUICK_REPLY", "PHONE_NUMBER", "FLOW", "VOICE_CALL"]);

/** The placeholders of a text, each once, in order. */
export function placesOf(text) {
  return [...new Set([...String(text ?? "").matchAll(PLACE)].map(([, name]) => name))];
}

/** @returns {Slot[]|null} what there is to fill in; null where the template needs what cannot be given here */
export function slotsOf(template) {
  const slots = [];
  for (const part of template.components ?? [null]) {
    const some = part && partSlots(part);
    if (!some) return null;
    slots.push(...some);
  }
  return slots;
}

function partSlots(part) {
  switch (String(part.type).toUpperCase()) {
    case "HEADER": return headerSlots(part);
    case "BODY": return textSlots("body", "Text", part.text, samples(part, "body_text"));
    case "FOOTER": return [];
    case "BUTTONS": return buttonSlots(part.buttons ?? []);
    default: return null;
  }
}

function headerSlots(part) {
  const format = String(part.format ?? "TEXT").toUpperCase();
  if (MEDIA[format]) return [{ id: "header", label: `Address of the ${MEDIA[format]}`, example: "", kind: "link" }];
  return format === "TEXT" ? textSlots("header", "Header", part.text, samples(part, "header_text")) : null;
}

function textSlots(where, label, text, examples) {
  return placesOf(text).map((name, index) => ({
    id: `${where}:${name}`, label: `${label}, {{${name}}}`, kind: "text",
    example: (Array.isArray(examples) ? examples[index] : examples[name]) ?? "",
  }));
}

function buttonSlots(buttons) {
  const slots = [];
  for (const [index, { type, url, text }] of buttons.entries()) {
    if (type === "COPY_CODE") slots.push({ id: `button:${index}`, label: "Code to copy", example: "", kind: "text" });
    else if (type === "URL") slots.push(...placesOf(url).map(() => ({ id: `button:${index}`, label: `Link of “${text}”, ${url}`, example: "", kind: "text" })));
    else if (!PLAIN_BUTTONS.has(type)) return null;
  }
  return slots;
}

/** Meta's sample values by position, or by name. */
function samples({ example = {} }, kind) {
  const named = example[`${kind}_named_params`];
  if (Array.isArray(named)) return Object.fromEntries(named.map((each) => [each.param_name, each.example]));
  const given = example[kind] ?? [];
  return Array.isArray(given[0]) ? given[0] : given;
}

/**
 * The `template` object of a message.
 * @param {object} template as REST lists it
 * @param {Object<string, string>} values by slot id
 */
export function templateMessage(template, values) {
  const components = (template.components ?? []).flatMap((part) => filledPart(part, values, template.parameter_format === "NAMED"));
  return { name: template.name, language: { code: template.language }, components };
}

function filledPart(part, values, named) {
  const kind = String(part.type).toUpperCase();
  if (kind === "BUTTONS") return (part.buttons ?? []).flatMap((button, index) => filledButton(button, index, values));
  const where = kind.toLowerCase();
  const media = kind === "HEADER" && MEDIA[String(part.format).toUpperCase()];
  if (media) return [{ type: "header", parameters: [{ type: media, [media]: { link: values.header } }] }];
  const parameters = placesOf(part.text).map((name) => ({
    type: "text", ...(named ? { parameter_name: name } : {}), text: values[`${where}:${name}`],
  }));
  return parameters.length ? [{ type: where, parameters }] : [];
}

function filledButton({ type, url }, index, values) {
  const value = values[`button:${index}`];
  if (type === "COPY_CODE") {
    return [{ type: "button", sub_type: "copy_code", index, parameters: [{ type: "coupon_code", coupon_code: value }] }];
  }
  if (type !== "URL" || !placesOf(url).length) return [];
  return [{ type: "button", sub_type: "url", index, parameters: [{ type: "text", text: value }] }];
}

/** What the customer will read, line by line: header, text, footer, buttons. Empty slots show as placeholders. */
export function templatePreview(template, values) {
  const lines = { header: "", body: "", footer: "", buttons: [] };
  for (const part of template.components ?? []) {
    const kind = String(part.type).toLowerCase();
    if (kind === "buttons") lines.buttons = (part.buttons ?? []).map(({ text, type }) => text ?? type);
    else if (kind in lines) lines[kind] = filledText(part.text, kind, values);
  }
  return lines;
}

function filledText(text, where, values) {
  return String(text ?? "").replaceAll(PLACE, (place, name) => values[`${where}:${name}`] || place);
}
