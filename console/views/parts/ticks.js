/** A message's status as a mark, its words for screen readers, and its times on hover. */

import { statusOf, statusTimes } from "../../format/status.js";
import { clock } from "../../format/times.js";
import { html } from "../../html.js";
import { Icon } from "./icon.js";

/** Inbound messages and calls have none. @param {{message: import("../../types.js").Shown}} props */
export function Ticks({ message }) {
  if (message.direction === "inbound" || message.type === "call") return null;
  const { label, mark } = statusOf(message.status);
  if (mark === "none") return null;
  return html`<span class=${`ticks ticks-${message.status}`} role="img" aria-label=${label}
    title=${statusTimes(message, clock)}><${Icon} name=${mark} /></span>`;
}
