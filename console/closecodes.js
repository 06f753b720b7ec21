/**
 * What a close code says about coming back: those of schema/close_codes.py that forbid it. All others,
 * 1006 (connection lost) among them, pass by themselves.
 */

/** The login behind the socket is over, as the server itself says: there is nobody left to ask whether it is. */
export const SESSION_ENDED = 4410;

export const FINAL = new Map([
  [1002, "The server did not understand this page. Reload it."],
  [1003, "The server did not understand this page. Reload it."],
  [1007, "The server did not understand this page. Reload it."],
  [1009, "The server did not understand this page. Reload it."],
  [4403, "You are logged in as somebody else now. Reload the page."],
  [4406, "The server does not let pages from this address in (ALLOWED_ORIGINS)."],
  [4410, "You were logged out. Log in again."],
]);

/**
 * 4401 (no valid ticket) forbids coming back with the same ticket, and this client gets a new one for every
 * connection: it tries again, and learns from the ticket request whether its login is over.
 * @param {number} code
 * @param {number} code
 */
export function mayReconnect(code) {
  return !FINAL.has(code);
}
