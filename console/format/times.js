/**
 * Times as people say them. Every function takes the moment it is called at, in ms, and may be given a
 * locale and a time zone; a browser's own are the default.
 *
 * @typedef {{locale?: string, timeZone?: string}} Place
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map();

/** Making an Intl format costs far more than using it. */
function format(options, { locale, timeZone } = {}) {
  const key = JSON.stringify([options, locale, timeZone]);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { ...options, timeZone }));
  return formats.get(key);
}

/** "14:03" @param {string} iso @param {Place} [place] */
export function clock(iso, place) {
  return format({ hour: "2-digit", minute: "2-digit" }, place).format(new Date(iso));
}

/** "12 March 2026, 14:03" */
export function full(iso, place) {
  return format({ dateStyle: "long", timeStyle: "short" }, place).format(new Date(iso));
}

/** "14:03" where it is today, else with its day: "12 March 2026, 14:03". */
export function moment(iso, now, place) {
  return daysAgo(iso, now, place) === 0 ? clock(iso, place) : full(iso, place);
}

/** A name for the calendar day, the same for all times in it: "2026-03-12". */
export function dayKey(iso, { timeZone } = {}) {
  return format({ year: "numeric", month: "2-digit", day: "2-digit" }, { locale: "en-CA", timeZone })
    .format(new Date(iso));
}

/** Calendar days between a time and now: 0 today, 1 yesterday. */
function daysAgo(iso, now, place) {
  const today = Date.parse(dayKey(new Date(now).toISOString(), place));
  return Math.round((today - Date.parse(dayKey(iso, place))) / DAY);
}

/** For the list: "now", "5 min", "14:03", "Yesterday", "Monday", "12 Mar". */
export function short(iso, now, place) {
  const age = now - Date.parse(iso);
  if (age < MINUTE) return "now";
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  const days = daysAgo(iso, now, place);
  if (days === 0) return clock(iso, place);
  if (days === 1) return "Yesterday";
  if (days < 7) return format({ weekday: "long" }, place).format(new Date(iso));
  return format(dateOptions(iso, now), place).format(new Date(iso));
}

function dateOptions(iso, now) {
  const sameYear = new Date(iso).getUTCFullYear() === new Date(now).getUTCFullYear();
  return { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) };
}

/** For the separators of a thread: "Today", "Yesterday", "Monday", "12 March 2026". */
export function day(iso, now, place) {
  const days = daysAgo(iso, now, place);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days > 1 && days < 7) return format({ weekday: "long" }, place).format(new Date(iso));
  return format({ day: "numeric", month: "long", year: "numeric" }, place).format(new Date(iso));
}

/** How long until then: "3 s", "12 min", "5 h", "2 days"; "0 s" where it has passed. */
export function until(iso, now) {
  const left = Math.max(0, Date.parse(iso) - now);
  if (left < MINUTE) return `${Math.ceil(left / 1000)} s`;
  if (left < HOUR) return `${Math.floor(left / MINUTE)} min`;
  if (left < 2 * DAY) return `${Math.floor(left / HOUR)} h`;
  return `${Math.floor(left / DAY)} days`;
}
