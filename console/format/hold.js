/** Waiting in words: why a number is paused or a message waits, and what an admin can do about it. */

/**
 * What is wrong, for people: the class's advice, or Parley's own words where the fault lies before Meta.
 * @param {{code: number|null, details: string, advice: string}} error
 */
export function reasonOf({ code, details, advice }) {
  return (code === null && details) || advice;
}

/** What Meta called it, for whoever has to look it up there; "" where it was not Meta. */
export function metasWord({ code, title }) {
  if (code === null) return "";
  return title.includes(code) ? title : `${title} (${code})`;
}

/** Where an admin sets a token that Meta takes; "" where a token mends nothing. @param {object} number an OurNumber */
export function tokenHint({ phone_number_id: id, token, standing }) {
  if (standing.hold.error.class !== "auth") return "";
  const own = `run “parley number token ${id}”, or PATCH /api/v1/numbers/${id} with an access_token`;
  return token === "own" ? `To set a new token, ${own}.`
    : `To mend it, set WHATSAPP_ACCESS_TOKEN anew and restart; or, for a token of its own, ${own}.`;
}
