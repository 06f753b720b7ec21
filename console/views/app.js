/** The page: which of its faces is shown. */

import { html } from "../html.js";
import { t } from "../locale.js";
import { Inbox } from "./frame/inbox.js";
import { Login } from "./frame/login.js";

/** @param {{session: import("../stores/session.js").SessionStore}} props */
export function App({ session }) {
  const phase = session.phase.value;
  if (phase === "inbox" && session.desk) return html`<${Inbox} desk=${session.desk} leave=${() => session.leave()} />`;
  if (phase === "login") return html`<${Login} session=${session} />`;
  const problem = session.problem.value;
  return html`<div class="centred"><p class="aside" role="status">${problem ? t("starting.again", { problem }) : t("starting")}</p></div>`;
}
