/** The numbers that are paused: which, why, since when, when a message is tried again, and what an admin can do. */

import { metasWord, reasonOf, tokenHint } from "../format/hold.js";
import { phoneOf } from "../format/names.js";
import { moment } from "../format/times.js";
import { pausedNumbers } from "../state/numbers.js";
import { el, reconcile } from "./dom.js";
import { icon } from "./icons.js";

/** Where there is room the whole of it is shown at once. */
const ROOMY = "(min-width: 800px)";

/** @returns {() => void} draws a notice for each paused number, which stays for as long as it is paused */
export function holdsView(root, desk) {
  const list = root.querySelector("#holds");
  return function draw() {
    const items = pausedNumbers(desk.numbers).map((each) => itemOf(each, desk.me, Date.now()));
    reconcile(list, items, { key: ({ id }) => id, make: drawHold });
  };
}

function itemOf(number, me, now) {
  const { error, since, until } = number.standing.hold;
  return {
    id: number.phone_number_id, name: nameOf(number), reason: reasonOf(error), meta: metasWord(error),
    since: moment(since, now), next: Date.parse(until) > now ? `at ${moment(until, now)}` : "as soon as there is one",
    hint: me.role === "admin" ? tokenHint(number) : "",
  };
}

function nameOf({ phone_number_id: id, display_number: shown, standing }) {
  const phone = phoneOf({ phone: shown.replace(/\D/g, "") }) || `Number ${id}`;
  return standing.verified_name ? `${standing.verified_name} (${phone})` : phone;
}

function drawHold({ name, reason, meta, since, next, hint }, old) {
  const open = old ? old.node.firstElementChild.open : matchMedia(ROOMY).matches;
  return el("li", { "data-testid": "hold" },
    el("details", { class: "hold", open },
      el("summary", { "data-focus": "summary" }, icon("pause"),
        el("span", {}, el("strong", {}, `${name} is paused`), ` since ${since}: what it sends waits. One message is tried ${next}.`)),
      el("div", { class: "hold-why" },
        el("p", {}, reason, meta && ` Meta calls it “${meta}”.`),
        hint && el("p", {}, hint))));
}
