/** Building and updating elements. Text only ever becomes text: nothing here parses HTML. */

/**
 * An element. Attributes that are null, undefined or false are left out, functions become listeners
 * (`onclick`), everything else is set as it stands.
 * @param {string} tag
 * @param {Object<string, unknown>} attributes
 * @param {...(Node|string|null|undefined|false)} children
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((each) => each !== null && each !== undefined && each !== false));
  return element;
}

/** Sets an element's text only where it differs, so that live regions do not repeat themselves. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows or hides. */
export function show(element, visible) {
  element.hidden = !visible;
}

const drawn = new WeakMap();

/**
 * Makes a parent's children match a list: elements of unchanged items stay, the rest are made anew, and the
 * focus stays where it was.
 * @param {Element} parent whose children belong to this function alone
 * @param {object[]} items
 * @param {object} how
 * @param {(item: object) => string} how.key unique in the list
 * @param {(item: object, old: {item: object, node: Element}|undefined) => Element} how.make
 */
export function reconcile(parent, items, { key, make }) {
  const before = drawn.get(parent) ?? new Map();
  const focus = focusWithin(parent, before);
  const after = new Map();
  for (const item of items) {
    const old = before.get(key(item));
    after.set(key(item), old && alike(old.item, item) ? old : { item, node: make(item, old) });
  }
  place(parent, [...after.values()].map((each) => each.node));
  drawn.set(parent, after);
  if (focus) refocus(after, focus, [...before.keys()]);
}

/** Items are compared field by field; state that did not change keeps its identity. */
function alike(one, other) {
  const names = Object.keys(other);
  return names.length === Object.keys(one).length && names.every((name) => Object.is(one[name], other[name]));
}

function place(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let cursor = parent.firstElementChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
}

/** Which item holds the focus, and on which of its elements (`data-focus`). */
function focusWithin(parent, entries) {
  const active = document.activeElement;
  if (!active || !parent.contains(active)) return null;
  for (const [key, { node }] of entries) {
    if (node.contains(active)) return { key, active, part: active.dataset.focus };
  }
  return null;
}

/** Where its item is gone, the focus goes to the one that takes its place. */
function refocus(entries, { key, active, part }, order) {
  const node = entries.get(nearest(key, order, entries))?.node;
  if (!node || document.activeElement === active) return;
  const target = node.contains(active) ? active : part ? node.querySelector(`[data-focus="${part}"]`) : node;
  target?.focus({ preventScroll: true });
}

/** The key itself, else the next that is left after it, else the last before. */
function nearest(key, order, entries) {
  const at = order.indexOf(key);
  return [...order.slice(at), ...order.slice(0, at).toReversed()].find((each) => entries.has(each));
}
