/** Text as people wrote it, with its addresses as links. */

import { linked } from "../../format/links.js";
import { html } from "../../html.js";

/** @param {{text: unknown}} props */
export function Prose({ text }) {
  const parts = linked(String(text ?? ""));
  return html`<p class="prose" dir="auto">${parts.map(({ text: words, href }) =>
    (href ? html`<${Link} href=${href}>${words}<//>` : words))}</p>`;
}

/** Leads out of the console: the other page learns nothing of this one. @param {{href: string, children?: import("../../html.js").Drawn}} props */
export function Link({ href, children }) {
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${children}</a>`;
}
