/**
 * Makes one element. Text goes in as text nodes only, so data can never become markup.
 * Properties: `class`, `data` (an object for dataset), `on` (event name to listener), anything else an attribute;
 * null, undefined and false leave an attribute out.
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") made.className = value;
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return made;
}

/** A link, for http and https only; anything else stays plain text. */
export function link(address, text = address) {
  if (!/^https?:\/\//i.test(address)) return document.createTextNode(text);
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** Text with its web addresses as links. */
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,:;!?])/).map((piece, index) => (index % 2 ? link(piece) : piece));
}
