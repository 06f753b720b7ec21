/** Which language the console speaks in this browser. */

import { html } from "../../html.js";
import { LANGUAGES, t } from "../../locale.js";
import { settings } from "../../stores/settings.js";

/** The language to speak here; the browser's is the default. */
export function LanguageChoice() {
  const choose = (/** @type {{currentTarget: HTMLSelectElement}} */ { currentTarget: { value } }) => settings.choose(value || null);
  return html`<select class="language" aria-label=${t("language")} title=${t("language")} data-testid="language"
    value=${settings.chosen.value ?? ""} onChange=${choose}>
    <option value="">${t("language.auto")}</option>
    ${Object.entries(LANGUAGES).map(([language, name]) => html`<option value=${language} lang=${language}>${name}</option>`)}
  </select>`;
}
