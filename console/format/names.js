/** What a contact is called, and how it is drawn where there is no picture. */

import { t } from "../locale.js";

const COLOURS = 8;

/** Country codes of one and two digits (ITU-T E.164); all others have three. */
const SHORT_CODE = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** Blanks that Unicode counts as letters or symbols: Hangul fillers and the empty Braille cell. */
const BLANKS = /[\s\p{Cc}\p{Cf}\p{Z}\u115F\u1160\u3164\uFFA0\u2800]/gu;

/** A name as it stands, or "" where nothing of it could be seen. @param {unknown} name */
export function visible(name) {
  return String(name ?? "").replace(BLANKS, "") ? String(name).trim() : "";
}

/** The name, or the best there is instead. @param {import("../types.js").Contact} contact */
export function nameOf(contact) {
  return visible(contact.name) || phoneOf(contact) || (contact.username && `@${contact.username}`) || t("name.unknown");
}

/** "+49 151 234 567 89": the country's code, then groups of three. "" where there is no number. @param {{phone?: string|null}} contact */
export function phoneOf({ phone }) {
  if (!phone) return "";
  const code = phone.match(SHORT_CODE)?.[0] ?? phone.slice(0, 3);
  return `+${code} ${phone.slice(code.length).replace(/\d{3}(?=\d{2})/g, "$& ")}`.trim();
}

/** What stands under the name: number, or user name; "" where the name says it already. @param {import("../types.js").Contact} contact */
export function handleOf(contact) {
  const handle = phoneOf(contact) || (contact.username ? `@${contact.username}` : "");
  return handle === nameOf(contact) ? "" : handle;
}

/** One or two letters: "Ada Lovelace" -> "AL"; "#" where there are no letters. @param {string} name */
export function initials(name) {
  const words = name.split(/[\s\-_.]+/u).map((word) => word.match(/\p{L}/u)?.[0]).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.join("").toLocaleUpperCase() || "#";
}

/** A colour number from 0 to 7, always the same for one id. @param {string} id */
export function colourOf(id) {
  let sum = 0;
  for (const character of id) sum = Math.imul(sum ^ Number(character.codePointAt(0)), 0x0100_0193);
  return (sum >>> 16) % COLOURS;
}
