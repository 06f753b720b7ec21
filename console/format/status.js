/** Message statuses in words: what each means to an agent, and when each was reached. */

import { t } from "../locale.js";

/** @typedef {"clock"|"tick"|"ticks"|"alert"|"question"|"none"} Mark */

/** @type {Object<string, Mark>} */
const MARKS = {
  waiting: "clock", sending: "clock", refused: "alert", queued: "clock", accepted: "clock", sent: "tick",
  delivered: "ticks", read: "ticks", played: "ticks", failed: "alert", deleted: "none", unconfirmed: "question",
};

const TOLD = ["queued", "sent", "delivered", "read", "played", "failed", "unconfirmed"];

/**
 * @param {string} status
 * @returns {{label: string, mark: Mark}}
 */
export function statusOf(status) {
  return Object.hasOwn(MARKS, status) ? { label: t(`status.${status}`), mark: MARKS[status] } : { label: status, mark: "none" };
}

/**
 * "Sent 14:03 · Read 14:05", or the bare label where no times are known.
 * @param {{status: string, status_times: Object<string, string>}} message
 * @param {(iso: string) => string} clock
 */
export function statusTimes(message, clock) {
  const times = message.status_times ?? {};
  const told = TOLD.filter((status) => times[status]);
  return told.map((status) => `${statusOf(status).label} ${clock(times[status])}`).join(" · ")
    || statusOf(message.status).label;
}

/** Whether the agent may ask for another attempt. @param {string} status */
export function mayRetry(status) {
  return status === "failed" || status === "unconfirmed" || status === "refused";
}
