/**
 * The language of the console: its catalogue of texts, its numbers, and the region whose times are shown. Pure; what
 * reads it while it is drawn is drawn anew in another language.
 *
 * @typedef {string | Object<string, string>} Text one text, or one for each plural of `n` ("one", "other", ...)
 * @typedef {{language: string, locale: string, texts: Object<string, Text>}} Catalogue
 */

import { signal } from "./vendor/signals-core.js";

/** The languages there is a catalogue of, by what they call themselves. */
export const LANGUAGES = { en: "English", de: "Deutsch" };

const FIRST = "en";
const PLACE = /\{(\w+)\}/g;

/** @type {import("./vendor/signals-core.js").Signal<Catalogue>} */
const spoken = signal({ language: FIRST, locale: FIRST, texts: {} });

/** Speaks another language from now on. @param {Catalogue} catalogue */
export function speak(catalogue) {
  spoken.value = catalogue;
}

/** The locale of times and numbers, such as "en-GB". */
export function localeNow() {
  return spoken.value.locale;
}

/**
 * The language to speak, and the locale of its times: what was chosen, else the first of the browser's that is known.
 * @param {string|null} chosen a language, or null for the browser's
 * @param {readonly string[]} wanted the browser's, best first, such as ["de-AT", "en"]
 */
export function languageFor(chosen, wanted) {
  const known = (/** @type {string} */ tag) => Object.hasOwn(LANGUAGES, languageOf(tag));
  const language = chosen && known(chosen) ? chosen : languageOf(wanted.find(known) ?? FIRST);
  return { language, locale: wanted.find((tag) => languageOf(tag) === language) ?? language };
}

/** @param {string} tag */
function languageOf(tag) {
  return tag.split("-")[0].toLowerCase();
}

/**
 * The text of a key, with what belongs in its places; numbers are written as the language writes them.
 * @param {string} key
 * @param {Object<string, string|number>} [values] `n` also chooses the plural
 */
export function t(key, values = {}) {
  const { texts, locale } = spoken.value;
  const text = texts[key] ?? key;
  const chosen = typeof text === "string" ? text : text[plural(locale, Number(values.n))] ?? text.other;
  return chosen.replace(PLACE, (place, name) => (name in values ? written(values[name]) : place));
}

/** @param {string|number} value */
function written(value) {
  return typeof value === "number" ? number(value) : value;
}

/** "1,234", or as the language writes it. @param {number} value */
export function number(value) {
  return kept("number", () => new Intl.NumberFormat(localeNow())).format(value);
}

/** "a, b and c", or as the language joins them. @param {string[]} words */
export function listing(words) {
  return kept("list", () => new Intl.ListFormat(localeNow(), { type: "unit", style: "short" })).format(words);
}

/** @param {string} locale @param {number} n */
function plural(locale, n) {
  return kept("plural", () => new Intl.PluralRules(locale)).select(n);
}

/** @type {Map<string, any>} */
const formats = new Map();

/** Making an Intl format costs far more than using it. @template T @param {string} what @param {() => T} make @returns {T} */
function kept(what, make) {
  const key = `${what} ${localeNow()}`;
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key);
}
