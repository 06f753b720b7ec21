import { statusOf, statusTimes } from "../format/status.js";
import { clock } from "../format/times.js";
import { icon } from "./icons.js";
import { el } from "./dom.js";

/**
 * A message's status as a mark, its words for screen readers, and its times on hover. Inbound messages have
 * none.
 * @returns {Element|null}
 */
export function ticks(message) {
  if (message.direction === "inbound") return null;
  const { label, mark } = statusOf(message.status);
  if (mark === "none") return null;
  return el("span", {
    class: `ticks ticks-${message.status}`, role: "img", "aria-label": label, title: statusTimes(message, clock),
  }, icon(mark));
}
