/** Why a message did not go out, or not yet, and the way on. */

import { reasonOf } from "../../format/hold.js";
import { mayRetry } from "../../format/status.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { useState } from "../../vendor/hooks.js";

/** @typedef {import("../../types.js").Shown} Shown */

/** Of a message that will go out by itself; nothing where nothing is in its way. @param {{message: Shown, paused: boolean}} props */
export function Waits({ message: { error }, paused }) {
  if (!paused && !error) return null;
  const reason = paused || !error ? t("waits.paused") : reasonOf(error);
  return html`<p class="waits" data-testid="waits">${t("waits", { reason })}</p>`;
}

/**
 * @param {object} props
 * @param {Shown} props.message
 * @param {import("../../types.js").MessageActions} props.actions
 */
export function Trouble({ message, actions }) {
  if (!mayRetry(message.status)) return null;
  const { title = t("trouble.untold"), details = "", advice = "" } = message.error ?? {};
  const unconfirmed = message.status === "unconfirmed"; // its details are how the connection broke
  return html`<div class="trouble" role="group" aria-label=${t("trouble")}>
    <p class="trouble-title" title=${unconfirmed ? details : undefined}>${title}</p>
    ${details && details !== title && !unconfirmed && html`<p>${details}</p>`}
    ${advice && html`<p>${advice}</p>`}
    <div class="actions">
      <${Once} act=${() => actions.retry(message)} class="small" data-testid="retry-button">${t("trouble.retry")}<//>
      ${message.local && html`<${Once} act=${() => actions.discard(message)} class="small quiet">${t("trouble.discard")}<//>`}
    </div>
  </div>`;
}

/** A second press before the first is answered would ask for a second attempt. @param {any} props of a button, and what it does */
function Once({ act, children, ...rest }) {
  const [busy, setBusy] = useState(false);
  const press = async () => {
    setBusy(true);
    await act();
    setBusy(false);
  };
  return html`<button type="button" disabled=${busy} onClick=${press} ...${rest}>${children}</button>`;
}
