/** The open conversation: its head, its messages, who types, and where to write. */

import { html } from "../../html.js";
import { t } from "../../locale.js";
import { typingAgents } from "../../state/select.js";
import { Composer } from "./composer.js";
import { Head } from "./head.js";
import { Messages } from "./messages.js";

/** @param {{desk: import("../../desk.js").Desk, openTemplate: () => void}} props */
export function Thread({ desk, openTemplate }) {
  const id = desk.thread.openId.value;
  return html`<section class="conversation" aria-label=${t("thread")} data-testid="thread">
    <${Head} desk=${desk} />
    <${Messages} key=${id} desk=${desk} id=${id} />
    <${Typing} desk=${desk} id=${id} />
    <${Composer} key=${`composer ${id}`} desk=${desk} id=${id} openTemplate=${openTemplate} />
  </section>`;
}

/** @param {{desk: import("../../desk.js").Desk, id: string}} props */
function Typing({ desk, id }) {
  const agents = desk.inbox.agents.value;
  const names = typingAgents(desk.inbox.shown.value, id, Date.now()).map((each) => agents[each] ?? t("agent.other"));
  const words = names.length ? t("thread.typing", { n: names.length, names: names.join(", ") }) : "";
  return html`<p class="agent-typing" role="status" dir="auto">${words}</p>`;
}
