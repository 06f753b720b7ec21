import { colourOf, initials, nameOf, visible } from "../format/names.js";
import { icon } from "./icons.js";
import { el } from "./dom.js";

/** A contact's initials on a colour of their own. @param {object} contact a ContactView */
export function avatar(contact) {
  const letters = initials(nameOf(contact));
  const face = visible(contact.name) && letters !== "#" ? letters : icon("person");
  return el("span", { class: `avatar avatar-${colourOf(contact.id)}`, "aria-hidden": "true" }, face);
}
