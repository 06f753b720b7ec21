/**
 * Times as people say them. Every function takes the moment it is called at, in ms, and may be given a
 * locale and a time zone; those of the console's language and of the browser are the default.
 *
 * @typedef {{locale?: string, timeZone?: string}} Place
 */

import { localeNow, t } from "../locale.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** Making an Intl format costs far more than using it. @param {Intl.DateTimeFormatOptions} options @param {Place} [place] */
function format(options, { locale = localeNow(), timeZone } = {}) {
  const key = JSON.stringify([options, locale, timeZone]);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone });
  formats.set(key, known);
  return known;
}

/** "14:03" @param {string} iso @param {Place} [place] */
export function clock(iso, place) {
  return format({ hour: "2-digit", minute: "2-digit" }, place).format(new Date(iso));
}

/** "12 March 2026, 14:03" @param {string} iso @param {Place} [place] */
export function full(iso, place) {
  return format({ dateStyle: "long", timeStyle: "short" }, place).format(new Date(iso));
}

/** "14:03" where it is today, else with its day: "12 March 2026, 14:03". @param {string} iso @param {number} now @param {Place} [place] */
export function moment(iso, now, place) {
  return daysAgo(iso, now, place) === 0 ? clock(iso, place) : full(iso, place);
}

/** @type {Map<string, string>} */
const days = new Map();
const DAYS_KEPT = 5000;

/** A name for the calendar day, the same for all times in it: "2026-03-12". A thread asks it of each message. @param {string} iso @param {Place} [place] */
export function dayKey(iso, { timeZone } = {}) {
  const minute = `${iso.slice(0, 16)} ${iso.endsWith("Z")} ${timeZone}`;
  const known = iso.endsWith("Z") && days.get(minute);
  if (known) return known;
  const day = format({ year: "numeric", month: "2-digit", day: "2-digit" }, { locale: "en-CA", timeZone }).format(new Date(iso));
  if (days.size > DAYS_KEPT) days.clear();
  days.set(minute, day);
  return day;
}

/** Calendar days between a time and now: 0 today, 1 yesterday. @param {string} iso @param {number} now @param {Place} [place] */
function daysAgo(iso, now, place) {
  const today = Date.parse(dayKey(new Date(now).toISOString(), place));
  return Math.round((today - Date.parse(dayKey(iso, place))) / DAY);
}

/** For the list: "now", "5 min", "14:03", "Yesterday", "Monday", "12 Mar". @param {string} iso @param {number} now @param {Place} [place] */
export function short(iso, now, place) {
  const age = now - Date.parse(iso);
  if (age < MINUTE) return t("times.now");
  if (age < HOUR) return t("times.minutes", { n: Math.floor(age / MINUTE) });
  const days = daysAgo(iso, now, place);
  if (days === 0) return clock(iso, place);
  if (days === 1) return t("times.yesterday");
  if (days < 7) return format({ weekday: "long" }, place).format(new Date(iso));
  return format(dateOptions(iso, now), place).format(new Date(iso));
}

/** @param {string} iso @param {number} now @returns {Intl.DateTimeFormatOptions} */
function dateOptions(iso, now) {
  const sameYear = new Date(iso).getUTCFullYear() === new Date(now).getUTCFullYear();
  return { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) };
}

/** For the separators of a thread: "Today", "Yesterday", "Monday", "12 March 2026". @param {string} iso @param {number} now @param {Place} [place] */
export function day(iso, now, place) {
  const days = daysAgo(iso, now, place);
  if (days === 0) return t("times.today");
  if (days === 1) return t("times.yesterday");
  if (days > 1 && days < 7) return format({ weekday: "long" }, place).format(new Date(iso));
  return format({ day: "numeric", month: "long", year: "numeric" }, place).format(new Date(iso));
}

/** How long until then: "3 s", "12 min", "5 h", "2 days"; "0 s" where it has passed. @param {string} iso @param {number} now */
export function until(iso, now) {
  const left = Math.max(0, Date.parse(iso) - now);
  if (left < MINUTE) return t("times.seconds", { n: Math.ceil(left / 1000) });
  if (left < HOUR) return t("times.minutes", { n: Math.floor(left / MINUTE) });
  if (left < 2 * DAY) return t("times.hours", { n: Math.floor(left / HOUR) });
  return t("times.days", { n: Math.floor(left / DAY) });
}
