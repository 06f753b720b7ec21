import { element } from "./element.js";

/**
 * What became of a message, as `{mark, words, tone}`. For the customer's own messages it is the webhook's fate and
 * then the agents' reading; for the business's messages it is what Parley has been told.
 */
export function fateOf(entry, delivery) {
  return entry.sender === "customer" ? inboundFate(entry, delivery) : outboundFate(entry);
}

function inboundFate(entry, delivery) {
  if (entry.status === "read") return { mark: "✓✓", words: "Read by the business", tone: "read" };
  if (!delivery) return { mark: "", words: "", tone: "" };
  if (delivery.state === "delivered") return { mark: "✓", words: "Parley took it (200)", tone: "" };
  if (delivery.state === "waiting") return { mark: "◷", words: "On its way to Parley", tone: "" };
  return { mark: "!", words: `${delivery.said} Retrying.`.replace("Retrying. Retrying.", "Retrying."), tone: "bad" };
}

function outboundFate(entry) {
  const told = `Parley was told: ${entry.status}`;
  if (entry.status === "failed") return { mark: "!", words: `${told}. ${entry.error}`, tone: "bad" };
  if (entry.status === "read" || entry.status === "played") return { mark: "✓✓", words: told, tone: "read" };
  if (entry.status === "delivered") return { mark: "✓✓", words: told, tone: "" };
  return { mark: "✓", words: entry.status === "sent" ? told : "Accepted, nothing told yet", tone: "" };
}

/** The small marks at a bubble's foot. */
export function ticks(fate) {
  return element("span", { class: `ticks ${fate.tone}`, title: fate.words, role: "img", "aria-label": fate.words || null }, fate.mark);
}
