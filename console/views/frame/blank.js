/** What stands beside the list while nothing is open. A newcomer's first step is a customer's message. */

import { html } from "../../html.js";
import { t } from "../../locale.js";
import { Icon } from "../parts/icon.js";

/** @type {[string[], string][]} keys, and the text of what they do */
const KEYS = [[["j", "k"], "keys.move"], [["Enter"], "keys.open"], [["/"], "keys.search"], [["r"], "keys.reply"], [["Esc"], "keys.back"]];

/** @param {{desk: import("../../desk.js").Desk}} props */
export function Blank({ desk }) {
  const { state, query, unreadOnly } = desk.list.listing.value;
  const fresh = state === "ready" && !query && !unreadOnly && !Object.keys(desk.inbox.shown.value.conversations).length;
  const { development } = desk.me;
  const phone = development?.phone_url;
  return html`<section class="blank" data-testid="blank">
    <img src=${new URL("../../favicon.svg", import.meta.url).pathname} alt="" width="56" height="56" />
    <h2>${fresh ? t("blank.fresh") : t("blank.pick")}</h2>
    <p class="aside">${fresh ? t(development ? "blank.phone.hint" : "blank.fresh.hint") : t("blank.pick.hint")}</p>
    ${phone && html`<p class="blank-phone"><a class="button" href=${phone} target="_blank" rel="noopener"><${Icon} name="phone" />${t("blank.phone")}</a></p>`}
    <dl class="keys">${KEYS.map(([keys, does]) => html`<div><dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${t(does)}</dd></div>`)}</dl>
  </section>`;
}
