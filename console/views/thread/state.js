/** What stands where the messages of a thread will. */

import { html } from "../../html.js";
import { t } from "../../locale.js";
import { isLoaded } from "../../stores/thread.js";

/** Where the messages are not here yet: that they come, or why they cannot. @param {{desk: import("../../desk.js").Desk, id: string}} props */
export function ThreadState({ desk, id }) {
  const problem = desk.thread.problem.value;
  if (!problem && isLoaded(desk.inbox.shown.value, id)) return null;
  return html`<div class="thread-state">
    <p role="status" data-testid="thread-state" dir="auto">${problem || t("thread.loading")}</p>
    ${problem && html`<button type="button" class="small" onClick=${() => desk.thread.load()}>${t("again")}</button>`}
  </div>`;
}
