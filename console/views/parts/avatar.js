/** A contact's initials on a colour of their own. */

import { colourOf, initials, nameOf, visible } from "../../format/names.js";
import { html } from "../../html.js";
import { Icon } from "./icon.js";

/** @param {{contact: import("../../types.js").Contact}} props */
export function Avatar({ contact }) {
  const letters = initials(nameOf(contact));
  const face = visible(contact.name) && letters !== "#" ? letters : html`<${Icon} name="person" />`;
  return html`<span class=${`avatar avatar-${colourOf(contact.id)}`} aria-hidden="true">${face}</span>`;
}
