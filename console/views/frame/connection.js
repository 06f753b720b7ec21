/** The connection's state in words: a pill that is always there, and a banner while there is none. */

import { until } from "../../format/times.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { useEffect, useReducer, useRef } from "../../vendor/hooks.js";

/** Shorter breaks than this are not worth a banner. */
const BANNER_AFTER_MS = 1500;

/** @typedef {import("../../desk.js").Desk} Desk */

/**
 * @param {{state: string, retryAt: number|null}} connection
 * @param {boolean} onLine what the browser says of the network
 * @param {number} now in ms
 * @returns {string} "Live", "Connecting…", "Reconnecting in 3 s", "Offline" or "Disconnected"
 */
export function connectionText({ state, retryAt }, onLine, now) {
  if (state === "live") return t("connection.live");
  if (state === "ended") return t("connection.ended");
  if (!onLine) return t("connection.offline");
  const waits = retryAt !== null && retryAt > now;
  if (state === "connecting" || !waits) return t("connection.connecting");
  return t("connection.again", { wait: until(new Date(retryAt).toISOString(), now) });
}

/** @param {{desk: Desk}} props */
export function Connection({ desk }) {
  const connection = desk.connection.value;
  useSeconds(connection.state !== "live");
  return html`<span class="connection" data-testid="connection-state" data-state=${connection.state}>
    <span class="dot" aria-hidden="true"></span><span>${connectionText(connection, navigator.onLine, Date.now())}</span></span>`;
}

/** @param {{desk: Desk}} props */
export function Banner({ desk }) {
  const { state } = desk.connection.value;
  const since = useRef(/** @type {number|null} */ (null));
  useSeconds(state !== "live");
  since.current = state === "live" ? null : since.current ?? Date.now();
  const shown = since.current !== null && Date.now() - since.current > BANNER_AFTER_MS;
  return html`<div class="banner" role="status" data-testid="banner" hidden=${!shown}>
    <span>${shown && bannerText(desk)}</span>
    <button type="button" class="link" onClick=${() => desk.socket.reconnectNow()}>${t("connection.try")}</button>
  </div>`;
}

/** @param {Desk} desk */
function bannerText(desk) {
  const { state, reason } = desk.connection.value;
  if (state === "ended") return reason;
  const waiting = desk.writing.sends.value.filter((each) => each.state !== "refused").length;
  return [t("connection.none"), waiting && t("connection.waiting", { n: waiting })].filter(Boolean).join(" ");
}

/** Draws again each second while it counts, and when the network comes or goes. @param {boolean} counts */
function useSeconds(counts) {
  const [, draw] = useReducer((/** @type {number} */ count) => count + 1, 0);
  useEffect(() => {
    if (!counts) return undefined;
    const timer = setInterval(() => draw(0), 1000);
    return () => clearInterval(timer);
  }, [counts]);
  useEffect(() => {
    const changed = () => draw(0);
    for (const event of ["online", "offline"]) addEventListener(event, changed);
    return () => { for (const event of ["online", "offline"]) removeEventListener(event, changed); };
  }, []);
}
