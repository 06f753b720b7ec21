/** What a close code says about coming back. The numbers are those of wsgateway/closecodes.py. */

/** From here to 4999 the gateway means: the same request would be refused again. */
const FINAL_FROM = 4500;

/**
 * Whether a client that was closed with this code should connect again. Codes below 4000 are the WebSocket
 * protocol's own (1001 going away, 1006 connection lost, 1011 error, 1012 restart): all of them pass.
 * @param {number} code
 */
export function mayReconnect(code) {
  return code < FINAL_FROM;
}
