/** Keeps the focus in a column whose rows move, change and leave: where its row is gone, it goes to the nearest. */

const FOCUSABLE = "a[href], [tabindex], button:not(:disabled)";

export class FocusKeeper {
  /** @param {() => HTMLElement|null} refuge where the focus goes when no row is left */
  constructor(refuge) {
    this.refuge = refuge;
  }

  /** @type {{node: HTMLElement, key: string}|null} */
  #held = null;
  /** @type {string[]} */
  #order = [];

  /** Before the column is drawn. @param {HTMLElement} list */
  remember(list) {
    const node = document.activeElement;
    const row = node instanceof HTMLElement && list.contains(node) ? node.closest("[data-key]") : null;
    this.#held = row instanceof HTMLElement ? { node: /** @type {HTMLElement} */ (node), key: row.dataset.key ?? "" } : null;
  }

  /** After it was drawn. @param {HTMLElement} list @param {string[]} order the keys of all rows */
  restore(list, order) {
    const held = this.#held;
    this.#held = null;
    if (held && !list.contains(document.activeElement)) {
      const node = list.contains(held.node) ? held.node : this.#nearest(list, held.key, order);
      (node ?? this.refuge())?.focus({ preventScroll: true });
    }
    this.#order = order;
  }

  /** The key itself, else the next that is left after it, else the last before. */
  #nearest(/** @type {HTMLElement} */ list, /** @type {string} */ key, /** @type {string[]} */ order) {
    const at = this.#order.indexOf(key);
    const left = new Set(order);
    const near = [...this.#order.slice(at), ...this.#order.slice(0, at).reverse()].find((each) => left.has(each));
    const row = near === undefined ? null : list.querySelector(`[data-key="${CSS.escape(near)}"]`);
    return /** @type {HTMLElement|null} */ (row?.querySelector(FOCUSABLE) ?? null);
  }
}
