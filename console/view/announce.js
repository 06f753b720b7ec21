/** Tells screen readers of customers' messages as they come, with whom they are from. */

import { nameOf } from "../format/names.js";
import { setText } from "./dom.js";

/**
 * @param {HTMLElement} region a polite live region
 * @param {import("../desk.js").Desk} desk
 * @returns {() => void} to be called after every change
 */
export function announcer(region, desk) {
  let newest = null;
  return function announce() {
    const latest = latestInbound(desk.inbox.conversations);
    if (!latest) return;
    const { last_message: message, contact } = latest;
    const isNews = newest !== null && Date.parse(message.created_at) >= newest.time && message.id !== newest.id;
    if (isNews) setText(region, `New message from ${nameOf(contact)}: ${message.preview}`);
    newest = { id: message.id, time: Date.parse(message.created_at) };
  };
}

function latestInbound(conversations) {
  return Object.values(conversations)
    .filter((each) => each.last_message?.direction === "inbound")
    .reduce((found, each) =>
      (!found || Date.parse(each.last_message.created_at) > Date.parse(found.last_message.created_at) ? each : found), null);
}
