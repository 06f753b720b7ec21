/** What stands around a message's content: the ad it came from, the product it asks about, what is missing of it. */

import { safeHref } from "../../format/links.js";
import { paymentWords, recipientWords } from "../../format/told.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { Link } from "./prose.js";

/** @typedef {import("../../types.js").Shown} Shown a message, or a send of ours, which has none of these */

/** @param {{message: Shown}} props */
export function Above({ message: { context, referral } }) {
  return html`${context?.forwarded && forwarded(context)}${referral && ad(referral)}
    ${context?.referred_product && product(context.referred_product)}`;
}

/** @param {{message: Shown}} props */
export function Below({ message: { errors = [], payment, recipients } }) {
  const paid = paymentWords(payment);
  const reached = recipientWords(recipients);
  const transaction = payment?.transaction?.id;
  return html`${errors.map(shortfall)}
    ${paid && html`<p class="told" data-testid="payment" title=${transaction && t("told.transaction", { id: transaction })}>${paid}</p>`}
    ${reached && html`<p class="told" data-testid="recipients">${reached}</p>`}`;
}

/** @param {any} context */
function forwarded({ frequently_forwarded: often }) {
  return html`<p class="told" data-testid="forwarded">${often ? t("told.forwarded.often") : t("told.forwarded")}</p>`;
}

/** Only http and https become links: what stands there a customer's phone sent. @param {any} referral */
function ad({ headline, body, source_type: kind, source_url: url }) {
  const href = safeHref(url);
  const post = kind === "post";
  return html`<div class="card card-ad" data-testid="referral"><div>
    <span class="kicker">${post ? t("told.post") : t("told.ad")}</span>
    ${headline && html`<p class="card-title" dir="auto">${String(headline)}</p>`}
    ${body && html`<p class="aside" dir="auto">${String(body)}</p>`}
    ${href && html`<${Link} href=${href}>${post ? t("told.post.show") : t("told.ad.show")}<//>`}
  </div></div>`;
}

/** @param {any} product */
function product({ product_retailer_id: id, catalog_id: catalog }) {
  return html`<div class="card" data-testid="product"><div>
    <span class="kicker">${t("told.product")}</span><p class="card-title">${String(id ?? t("told.unknown"))}</p>
    ${catalog && html`<p class="aside">${t("told.catalogue", { catalog: String(catalog) })}</p>`}
  </div></div>`;
}

/** @param {any} error */
function shortfall({ code, title, details }) {
  const words = [title || t("told.shortfall"), details !== title && details].filter(Boolean).join(": ");
  return html`<p class="told" data-testid="shortfall">${code === null ? words : `${words} (${code})`}</p>`;
}
