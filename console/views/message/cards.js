/** Places and people that were shared. */

import { safeHref } from "../../format/links.js";
import { phoneOf, visible } from "../../format/names.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { Icon } from "../parts/icon.js";
import { Link } from "./prose.js";

/** @param {any} content of a location */
export function place({ latitude, longitude, name, address, url }) {
  const point = `${Number(latitude).toFixed(5)}, ${Number(longitude).toFixed(5)}`;
  const map = `https://www.openstreetmap.org/?mlat=${Number(latitude)}&mlon=${Number(longitude)}&zoom=16`;
  const more = safeHref(url);
  return html`<div class="card"><${Icon} name="pin" />
    <div><p class="card-title" dir="auto">${visible(name) || t("content.location")}</p>
      <p class="aside" dir="auto">${address || point}</p>
      <${Link} href=${map}>${t("content.map")}<//>${more && html`<${Link} href=${more}>${t("content.place")}<//>`}</div>
  </div>`;
}

/** @param {any} contacts one, or a list */
export function contactCards(contacts) {
  return html`<ul class="cards" aria-label=${t("content.contacts")}>${[contacts].flat().map(contactCard)}</ul>`;
}

/** @param {any} contact as a phone shares it */
function contactCard({ name = {}, phones = [], emails = [] }) {
  const numbers = phones.map((/** @type {any} */ { phone, wa_id }) => phone || phoneOf({ phone: wa_id }));
  const reach = [...numbers, ...emails.map((/** @type {any} */ each) => each.email)].filter(Boolean);
  const title = visible(name.formatted_name) || visible(name.first_name) || t("content.contact");
  return html`<li class="card"><${Icon} name="person" />
    <div><p class="card-title" dir="auto">${title}</p>${reach.map((each) => html`<p class="aside">${each}</p>`)}</div>
  </li>`;
}
