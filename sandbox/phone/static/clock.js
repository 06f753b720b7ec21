const hours = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const days = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/** Hours and minutes of a unix time in seconds. */
export function clock(seconds) {
  return hours.format(new Date(seconds * 1000));
}

/** The day of a unix time in seconds, in words. */
export function day(seconds) {
  const words = days.format(new Date(seconds * 1000));
  return words === days.format(new Date()) ? "Today" : words;
}
