/** The numbers that are paused: which, why, since when, when a message is tried again, and what an admin can do. */

import { metasWord, reasonOf, tokenHint } from "../../format/hold.js";
import { phoneOf } from "../../format/names.js";
import { moment } from "../../format/times.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { pausedNumbers } from "../../state/numbers.js";
import { useState } from "../../vendor/hooks.js";
import { Icon } from "../parts/icon.js";

/** Where there is room the whole of it is shown at once. */
const ROOMY = "(min-width: 800px)";

/** @param {{desk: import("../../desk.js").Desk}} props */
export function Holds({ desk }) {
  const paused = pausedNumbers(desk.numbers.numbers.value);
  return html`<section role="status" aria-label=${t("holds")}><ul class="holds">${paused.map((number) => html`
    <${Hold} key=${number.phone_number_id} number=${number} admin=${desk.me.role === "admin"} />`)}</ul></section>`;
}

/** A notice that stays for as long as the number is paused. @param {{number: any, admin: boolean}} props */
function Hold({ number, admin }) {
  const [open] = useState(() => matchMedia(ROOMY).matches);
  const { error, since, until } = number.standing.hold;
  const now = Date.now();
  const next = Date.parse(until) > now ? t("hold.next.at", { at: moment(until, now) }) : t("hold.next.soon");
  const meta = metasWord(error);
  const hint = admin ? tokenHint(number) : "";
  return html`<li data-testid="hold"><details class="hold" open=${open}>
    <summary><${Icon} name="pause" /><span><strong>${t("hold.paused", { name: nameOf(number) })}</strong>
      ${" "}${t("hold.since", { since: moment(since, now), next })}</span><span class="hold-more">${t("hold.why")}</span><span class="hold-less">${t("hold.less")}</span></summary>
    <div class="hold-why"><p>${reasonOf(error)}${meta && ` ${t("hold.meta", { meta })}`}</p>${hint && html`<p>${hint}</p>`}</div>
  </details></li>`;
}

/** @param {any} number */
function nameOf({ phone_number_id: id, display_number: shown, standing }) {
  const phone = phoneOf({ phone: shown.replace(/\D/g, "") }) || t("hold.number", { id });
  return standing.verified_name ? `${standing.verified_name} (${phone})` : phone;
}
