/**
 * A scrolled column of which only what is near the eye is in the page. It stays where it is while rows come, go and
 * change their heights: at its end if it `sticks` there and was there, else at what the agent was reading.
 */

import { Column } from "../../state/column.js";
import { FocusKeeper } from "./focus.js";

const AT_END_PX = 60;
/** Drawn beyond what is seen, for the wheel and for the next key. */
const BEYOND_PX = 600;
const UNKNOWN_PX = 900;

/** @template {{key: string}} Row */
export class Scrolling {
  /**
   * @param {object} parts
   * @param {(row: Row) => number} parts.guess a row's height in px before it was drawn
   * @param {() => void} parts.onChange another stretch is to be drawn, or `stuck` or `below` changed
   * @param {(scrolling: Scrolling<Row>) => void} [parts.onScroll]
   * @param {() => HTMLElement|null} parts.refuge where the focus goes when the row that has it leaves the page
   * @param {boolean} [parts.sticks] whether the end stays in sight as the column grows
   * @param {(row: Row) => boolean} [parts.stays] whether a row keeps its neighbours, whatever comes before them
   */
  constructor({ guess, onChange, refuge, onScroll = () => {}, sticks = false, stays = () => true }) {
    this.column = new Column(guess);
    this.onChange = onChange;
    this.onScroll = onScroll;
    this.sticks = this.stuck = sticks;
    this.stays = stays;
    /** Whether something came below while the agent was reading above. */
    this.below = false;
    this.focus = new FocusKeeper(refuge);
  }

  /** @type {HTMLElement|null} */ #scroller = null;
  /** @type {HTMLElement|null} */ #list = null;
  /** @type {ResizeObserver|null} */ #observer = null;
  /** @type {[number, number]} */ #drawn = [0, 0];
  /** What is at the upper edge, and how far below its top the edge is; above it, where that is less than 0. @type {{key: string, by: number}|null} */
  #anchor = null;
  /** @type {string|null} */ #revealed = null;
  #top = 0;

  /** @param {HTMLElement} scroller @param {HTMLElement} list inside it */
  attach(scroller, list) {
    this.#scroller = scroller;
    this.#list = list;
    scroller.addEventListener("scroll", this.#moved, { passive: true });
    // Pictures that load, a composer that grows, a window that shrinks.
    this.#observer = new ResizeObserver(() => this.settle());
    this.#observer.observe(scroller);
    this.#observer.observe(list);
    this.settle();
  }

  detach() {
    this.#scroller?.removeEventListener("scroll", this.#moved);
    this.#observer?.disconnect();
  }

  /** The rows to draw of these. To be called as they are drawn; `settle` afterwards. @param {Row[]} rows @returns {Row[]} */
  stretch(rows) {
    const last = this.column.rows.at(-1)?.key;
    this.column.set(rows);
    if (!this.stuck && last && rows.at(-1)?.key !== last) this.below = true;
    this.#drawn = this.#wanted();
    if (this.#list) this.focus.remember(this.#list);
    return rows.slice(...this.#drawn);
  }

  /** After drawing: learns the heights, and puts what the agent was looking at back in its place. */
  settle() {
    const scroller = this.#scroller;
    const list = this.#list;
    if (!scroller || !list) return;
    const drawn = this.column.rows.slice(...this.#drawn);
    this.column.measured(drawn.flatMap(({ key }, at) => heightOf(key, list.children[at])));
    const [from, to] = this.#drawn;
    list.style.paddingBlockStart = `${this.column.topAt(from)}px`;
    list.style.paddingBlockEnd = `${this.column.height - this.column.topAt(to)}px`;
    this.#scrollTo(this.stuck ? scroller.scrollHeight : this.#anchored(scroller, list));
    this.focus.restore(list, this.column.rows.map(({ key }) => key));
    this.#reveal(list);
    if (!this.#covers(this.#wanted(0))) this.onChange();
  }

  /** Goes to the end, and stays there. */
  follow() {
    this.stuck = this.sticks;
    this.below = false;
    this.onChange();
  }

  /** Brings a row into the middle and gives it the focus. @param {string} key */
  reveal(key) {
    if (!this.#scroller || this.column.indexOf(key) < 0) return;
    this.stuck = false;
    this.#anchor = { key, by: -this.#scroller.clientHeight / 3 };
    this.#revealed = key;
    this.onChange();
  }

  /** Whether the agent is near the column's beginning, or its end. @param {number} px */
  isNear(px, { end = false } = {}) {
    if (!this.#scroller) return false;
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return end ? scrollHeight - scrollTop - clientHeight < px : scrollTop < px;
  }

  #wanted(beyond = BEYOND_PX) {
    const height = this.#scroller?.clientHeight || UNKNOWN_PX;
    const top = this.stuck ? this.column.height - height : this.#edge();
    return this.column.between(top - beyond, top + height + beyond);
  }

  /** Where the upper edge is in the column. */
  #edge() {
    const at = this.#anchor ? this.column.indexOf(this.#anchor.key) : -1;
    if (this.#anchor && at >= 0) return this.column.topAt(at) + this.#anchor.by;
    return (this.#scroller?.scrollTop ?? 0) - (this.#list?.offsetTop ?? 0);
  }

  /** @param {HTMLElement} scroller @param {HTMLElement} list */
  #anchored(scroller, list) {
    return this.#anchor && this.column.indexOf(this.#anchor.key) >= 0 ? this.#edge() + list.offsetTop : scroller.scrollTop;
  }

  /** @param {number} top */
  #scrollTo(top) {
    const scroller = /** @type {HTMLElement} */ (this.#scroller);
    if (Math.abs(scroller.scrollTop - top) > 0.5) scroller.scrollTop = top;
    this.#top = scroller.scrollTop;
  }

  /** @param {[number, number]} range */
  #covers([from, to]) {
    return this.#drawn[0] <= from && this.#drawn[1] >= to;
  }

  /** Only an agent goes up: the end may have moved on between a scroll of ours and the event that tells of it. */
  #moved = () => {
    const { scrollTop } = /** @type {HTMLElement} */ (this.#scroller);
    const up = scrollTop < this.#top;
    this.#top = scrollTop;
    const was = this.stuck;
    if (this.sticks && this.isNear(AT_END_PX, { end: true })) this.stuck = true;
    else if (up) this.stuck = false;
    if (!this.stuck) this.#drop();
    if (this.stuck && this.below) this.below = false;
    if (was !== this.stuck || !this.#covers(this.#wanted(BEYOND_PX / 2))) this.onChange();
    this.onScroll(this);
  };

  /** Remembers what is at the upper edge: of what stays beside its neighbours, the first. */
  #drop() {
    const { scrollTop } = /** @type {HTMLElement} */ (this.#scroller);
    const y = scrollTop - /** @type {HTMLElement} */ (this.#list).offsetTop;
    const edge = this.column.indexAt(y);
    const kept = this.column.rows.findIndex((row, index) => index >= edge && this.stays(row));
    const at = kept < 0 ? edge : kept;
    const row = this.column.rows[at];
    // At the very top of a list that does not stick, what comes first is to be seen.
    this.#anchor = row && (this.sticks || scrollTop > 0) ? { key: row.key, by: y - this.column.topAt(at) } : null;
  }

  /** @param {HTMLElement} list */
  #reveal(list) {
    const node = this.#revealed && list.querySelector(`[data-key="${CSS.escape(this.#revealed)}"] [tabindex]`);
    if (!node) return;
    this.#revealed = null;
    /** @type {HTMLElement} */ (node).focus({ preventScroll: true });
  }
}

/** @param {string} key @param {Element|undefined} node @returns {[string, number][]} */
function heightOf(key, node) {
  return node instanceof HTMLElement && node.dataset.key === key ? [[key, node.getBoundingClientRect().height]] : [];
}
