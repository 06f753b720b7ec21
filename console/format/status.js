/** Message statuses in words: what each means to an agent, and when each was reached. */

const STATUSES = {
  waiting: { label: "Waiting for the connection", mark: "clock" },
  sending: { label: "Sending", mark: "clock" },
  refused: { label: "Not sent", mark: "alert" },
  queued: { label: "Queued", mark: "clock" },
  accepted: { label: "Accepted by WhatsApp", mark: "clock" },
  sent: { label: "Sent", mark: "tick" },
  delivered: { label: "Delivered", mark: "ticks" },
  read: { label: "Read", mark: "ticks" },
  played: { label: "Played", mark: "ticks" },
  failed: { label: "Failed", mark: "alert" },
  deleted: { label: "Deleted", mark: "none" },
  unconfirmed: { label: "Unconfirmed: it may or may not have been sent", mark: "question" },
};

const TOLD = ["queued", "sent", "delivered", "read", "played", "failed", "unconfirmed"];

/**
 * @param {string} status
 * @returns {{label: string, mark: "clock"|"tick"|"ticks"|"alert"|"question"|"none"}}
 */
export function statusOf(status) {
  return Object.hasOwn(STATUSES, status) ? STATUSES[status] : { label: status, mark: "none" };
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

/** Whether the agent may ask for another attempt. */
export function mayRetry(status) {
  return status === "failed" || status === "unconfirmed" || status === "refused";
}
