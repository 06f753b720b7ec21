/** The pages and their addresses: the one route table. */

import { signal } from "./vendor/signals-core.js";

/**
 * @typedef {object} Route
 * @property {"inbox"|"conversation"} page
 * @property {string|null} id of the conversation
 */

/** @type {[RegExp, (found: RegExpMatchArray) => Route][]} */
const ROUTES = [
  [/^#\/c\/([\w-]+)$/, ([, id]) => ({ page: "conversation", id })],
  [/^/, () => ({ page: "inbox", id: null })],
];

/** @param {string} hash @returns {Route} */
export function routeOf(hash) {
  for (const [pattern, page] of ROUTES) {
    const found = hash.match(pattern);
    if (found) return page(found);
  }
  throw new Error("the last row of the table takes every address");
}

/** Where a conversation is, or the list. @param {string|null} conversationId */
export function addressOf(conversationId) {
  return conversationId ? `#/c/${conversationId}` : "#/";
}

/** @param {string|null} conversationId */
export function goTo(conversationId) {
  location.hash = addressOf(conversationId);
}

/** Where the page is. Back works, and a reload comes to the same place. */
export const route = signal(routeOf(globalThis.location?.hash ?? ""));

/** Follows the address from now on. */
export function followAddress() {
  addEventListener("hashchange", () => { route.value = routeOf(location.hash); });
}
