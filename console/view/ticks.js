import { statusOf, statusTimes } from "../format/status.js";
import { clock } from "../format/times.js";
import { icon } from "./icons.js";
import { el } from "./dom.js";

/**
 * A message's status as a mark, its words for screen readers, and its times on hover. Inbound messages and
 * calls have none.
 * @returns {Element|null}
 */
export function ticks(message) {
  if (message.direction === "inbound" || message.type === "call") return null;
  const { label, mark } = statusOf(message.status);
  if (mark === "none") return null;
  return el("span", {
    class: `ticks ticks-${message.status}`, role: "img", "aria-label": label, title: statusTimes(message, clock),
  }, icon(mark));
}
