/** A sentence for the agent, for a while. */

import { html } from "../../html.js";
import { useEffect } from "../../vendor/hooks.js";

const SHOWN_MS = 8000;

/** @param {{desk: import("../../desk.js").Desk}} props */
export function Notice({ desk }) {
  const notice = desk.notice.value;
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => desk.tell(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return html`<p class="notice" role="alert" data-testid="notice" dir="auto" hidden=${!notice}>${notice}</p>`;
}
