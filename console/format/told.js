/** What Meta tells beside the words of a message: when it was written, what became of a bill, who of a group has it. */

import { t } from "../locale.js";
import { phoneOf, visible } from "./names.js";
import { clock, dayKey, full } from "./times.js";

/** Less than this passes between a phone and here on any day. */
const LATE_MS = 5 * 60_000;

/**
 * When a message was written, by Meta's clock where it tells.
 * @param {{sent_at?: string|null, created_at: string}} message
 * @param {import("./times.js").Place} [place]
 * @returns {{at: string, said: string, late: string}} `late` says when it came, where that was much later; else ""
 */
export function written({ sent_at: sent, created_at: came }, place) {
  const at = sent ?? came;
  if (Date.parse(came) - Date.parse(at) < LATE_MS) return { at, said: clock(at, place), late: "" };
  const sameDay = dayKey(at, place) === dayKey(came, place);
  return { at, said: sameDay ? clock(at, place) : full(at, place), late: t("told.late", { at: full(came, place) }) };
}

const PAYMENTS = new Set(["pending", "captured", "failed"]);

/** What became of a bill: "Paid", with its reference where there is one; "" where nothing is told. @param {any} payment */
export function paymentWords(payment) {
  if (!payment) return "";
  const words = PAYMENTS.has(payment.status) ? t(`payment.${payment.status}`) : t("payment", { status: payment.status });
  return payment.reference_id ? `${words} (${payment.reference_id})` : words;
}

const REACHED = new Set(["delivered", "read", "played"]);
const SEEN = new Set(["read", "played"]);

/** How far a group is with a message: "Read by 1, delivered to 2, not to +44 7700"; "" outside groups. @param {any[]} [recipients] */
export function recipientWords(recipients = []) {
  const count = (/** @type {Set<string>} */ statuses) => recipients.filter(({ status }) => statuses.has(status)).length;
  const missed = recipients.filter(({ status }) => status === "failed").map(({ member }) => nameOfMember(member));
  const words = [
    count(SEEN) && t("told.read", { n: count(SEEN) }), count(REACHED) && t("told.delivered", { n: count(REACHED) }),
    missed.length && t("told.missed", { who: missed.join(", ") }),
  ].filter(Boolean).join(", ");
  return words && words[0].toLocaleUpperCase() + words.slice(1);
}

/** Who wrote in a group; "" outside groups. @param {any} sender */
export function senderName(sender) {
  return sender ? visible(sender.name) || nameOfMember(sender.phone ?? sender.user_id ?? "") : "";
}

/** @param {string} member */
function nameOfMember(member) {
  return /^\d+$/.test(member) ? phoneOf({ phone: member }) : member;
}
