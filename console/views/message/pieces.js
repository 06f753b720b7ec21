/** What contents are made of: a note, a choice that was made, and the raw form of what nobody here knows. */

import { html } from "../../html.js";
import { t } from "../../locale.js";
import { Prose } from "./prose.js";

/** @param {string} text */
export function note(text) {
  return html`<p class="note" dir="auto">${text}</p>`;
}

/** @param {string} what was done, such as "Chose" @param {unknown} title @param {string} [description] */
export function chosen(what, title, description) {
  return html`<div class="chosen"><span class="kicker">${what}</span><p dir="auto">${String(title)}</p>
    ${description && html`<p class="aside" dir="auto">${description}</p>`}</div>`;
}

/** The preview of a message without words, which says no more than the note does. */
const STAND_IN = /^Message (of )?type /;

/** @param {import("../../types.js").Shown} message */
export function unsupported({ type, content, preview }) {
  const words = type === "unsupported" ? t("content.withheld") : t("content.unsupported", { type });
  const said = preview && preview !== type && !STAND_IN.test(preview);
  return html`<div>${note(words)}${said && html`<${Prose} text=${preview} />`}${disclosure(t("content.arrived"), content)}</div>`;
}

/** @param {string} title @param {unknown} raw */
export function disclosure(title, raw) {
  return html`<details class="raw"><summary>${title}</summary><pre tabindex="0" dir="ltr">${pretty(raw)}</pre></details>`;
}

/** @param {unknown} raw */
function pretty(raw) {
  try {
    return JSON.stringify(typeof raw === "string" ? JSON.parse(raw) : raw, null, 2) ?? t("content.nothing");
  } catch {
    return String(raw);
  }
}
