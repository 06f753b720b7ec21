/** What stands around a message's content: the ad it came from, the product it asks about, what is missing of it. */

import { safeHref } from "../format/links.js";
import { paymentWords, recipientWords } from "../format/told.js";
import { el } from "./dom.js";

/** @param {object} message a MessageView, or a send of ours without these fields @returns {(Element|null)[]} */
export function above({ context, referral }) {
  return [context?.forwarded && forwarded(context), referral && ad(referral), context?.referred_product && product(context.referred_product)];
}

/** @returns {(Element|null)[]} */
export function below({ errors = [], payment, recipients }) {
  const paid = paymentWords(payment), reached = recipientWords(recipients);
  return [
    ...errors.map(shortfall),
    paid && el("p", { class: "told", "data-testid": "payment", title: transactionOf(payment) }, paid),
    reached && el("p", { class: "told", "data-testid": "recipients" }, reached),
  ];
}

function forwarded({ frequently_forwarded: often }) {
  return el("p", { class: "told", "data-testid": "forwarded" }, often ? "Forwarded many times" : "Forwarded");
}

/** Only http and https become links: what stands there a customer's phone sent. */
function ad({ headline, body, source_type: kind, source_url: url }) {
  const href = safeHref(url);
  return el("div", { class: "card card-ad", "data-testid": "referral" },
    el("div", {}, el("span", { class: "kicker" }, kind === "post" ? "Came from a post" : "Came from an ad"),
      headline && el("p", { class: "card-title", dir: "auto" }, String(headline)), body && el("p", { class: "aside", dir: "auto" }, String(body)),
      href && el("a", { href, target: "_blank", rel: "noopener noreferrer" }, kind === "post" ? "Show the post" : "Show the ad")));
}

function product({ product_retailer_id: id, catalog_id: catalog }) {
  return el("div", { class: "card", "data-testid": "product" },
    el("div", {}, el("span", { class: "kicker" }, "Asks about a product"), el("p", { class: "card-title" }, String(id ?? "unknown")),
      catalog && el("p", { class: "aside" }, `Catalogue ${catalog}`)));
}

function shortfall({ code, title, details }) {
  const words = [title || "Something could not be shown", details !== title && details].filter(Boolean).join(": ");
  return el("p", { class: "told", "data-testid": "shortfall" }, code === null ? words : `${words} (${code})`);
}

function transactionOf({ transaction }) {
  return transaction?.id ? `Transaction ${transaction.id}` : false;
}
