/** The connection's state in words: a pill that is always there, and a banner while there is none. */

import { setText, show } from "./dom.js";
import { until } from "../format/times.js";

/** Shorter breaks than this are not worth a banner. */
const BANNER_AFTER_MS = 1500;

/**
 * @param {{state: string, retryAt: number|null}} connection
 * @param {boolean} onLine what the browser says of the network
 * @returns {string} "Live", "Connecting…", "Reconnecting in 3 s", "Offline" or "Disconnected"
 */
export function connectionText({ state, retryAt }, onLine, now) {
  if (state === "live") return "Live";
  if (state === "ended") return "Disconnected";
  if (!onLine) return "Offline";
  const wait = retryAt ? until(new Date(retryAt).toISOString(), now) : "0 s";
  return state === "connecting" || wait === "0 s" ? "Connecting…" : `Reconnecting in ${wait}`;
}

/** Draws the state whenever the returned function is called, and each second while there is no connection. */
export function connectionView(root, desk) {
  const pill = root.querySelector("#connection");
  const banner = root.querySelector("#banner");
  let brokenSince = null;
  root.querySelector("#try-now").addEventListener("click", () => desk.socket.reconnectNow());

  function draw() {
    const { state } = desk.socket.state;
    brokenSince = state === "live" ? null : (brokenSince ?? Date.now());
    const text = connectionText(desk.socket.state, navigator.onLine, Date.now());
    setText(pill.querySelector("#connection-text"), text);
    pill.dataset.state = state;
    show(banner, brokenSince !== null && Date.now() - brokenSince > BANNER_AFTER_MS);
    setText(banner.querySelector("#banner-text"), bannerText(desk));
  }

  setInterval(() => desk.socket.state.state !== "live" && draw(), 1000);
  return draw;
}

function bannerText(desk) {
  if (desk.socket.state.state === "ended") return desk.socket.state.reason;
  const waiting = desk.outbox.sends.filter((each) => each.state !== "refused").length;
  const sends = waiting ? ` ${waiting} of your messages ${waiting === 1 ? "waits" : "wait"} to be sent.` : "";
  return `No connection. New messages appear as soon as it is back.${sends}`;
}
