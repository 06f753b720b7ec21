/**
 * Where a thread stays while it grows: at the end if it was there, else at what the agent was reading. New
 * messages below the fold are told by a pill rather than by pulling the page away.
 */

import { setText, show } from "./dom.js";

const AT_END_PX = 60;

export class Stickiness {
  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list inside it
   * @param {HTMLElement} pill button that leads to the end
   */
  constructor(scroller, list, pill) {
    Object.assign(this, { scroller, list, pill, top: 0 });
    this.reset();
    scroller.addEventListener("scroll", () => this.#moved(), { passive: true });
    pill.addEventListener("click", () => this.#toEnd());
    // Images that load, a composer that grows, a window that shrinks: the end stays the end.
    const observer = new ResizeObserver(() => this.stuck && this.#toEnd());
    observer.observe(scroller);
    observer.observe(list);
  }

  /** Starts over at the end, for another conversation. */
  reset() {
    this.stuck = true;
    this.last = null;
    show(this.pill, false);
  }

  /** Stays at the end from the next change on. */
  follow() {
    this.stuck = true;
    show(this.pill, false);
  }

  /** Changes the list, and leaves the agent's eye where it was. */
  keep(change) {
    const anchor = this.stuck ? null : this.#firstVisible();
    const top = anchor?.getBoundingClientRect().top;
    change();
    if (this.stuck) this.#toEnd();
    else if (anchor?.isConnected) this.scroller.scrollTop += anchor.getBoundingClientRect().top - top;
    this.#announce();
  }

  #firstVisible() {
    const edge = this.scroller.getBoundingClientRect().top;
    return [...this.list.children].find((each) => each.getBoundingClientRect().bottom > edge);
  }

  #announce() {
    const last = this.list.lastElementChild?.dataset.messageId ?? null;
    const grown = this.last && last && last !== this.last;
    if (grown && !this.stuck) {
      setText(this.pill.querySelector("span"), "New messages");
      show(this.pill, true);
    }
    this.last = last;
  }

  /** Only an agent goes up: the end may have moved on between a scroll of ours and the event that tells of it. */
  #moved() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const up = scrollTop < this.top;
    this.top = scrollTop;
    if (scrollHeight - scrollTop - clientHeight < AT_END_PX) this.follow();
    else if (up) this.stuck = false;
  }

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.top = this.scroller.scrollTop;
  }
}
