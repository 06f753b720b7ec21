/** Waiting in words: why a number is paused or a message waits, and what an admin can do about it. */

import { t } from "../locale.js";

/**
 * What is wrong, for people: the class's advice, or Parley's own words where the fault lies before Meta.
 * @param {{code: number|null, details: string, advice: string}} error
 */
export function reasonOf({ code, details, advice }) {
  return (code === null && details) || advice;
}

/** What Meta called it, for whoever has to look it up there; "" where it was not Meta. @param {import("../types.js").MessageError} error */
export function metasWord({ code, title }) {
  if (code === null) return "";
  return title.includes(String(code)) ? title : `${title} (${code})`;
}

/** Where an admin sets a token that Meta takes; "" where a token mends nothing. @param {any} number an OurNumber */
export function tokenHint({ phone_number_id: id, token, standing }) {
  if (standing.hold.error.class !== "auth") return "";
  return t(token === "own" ? "hold.token.own" : "hold.token.common", { id });
}
