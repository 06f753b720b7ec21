/** The list of conversations: what is near the eye of it, however long it is. */

import { html } from "../../html.js";
import { t } from "../../locale.js";
import { listed } from "../../state/select.js";
import { useLayoutEffect, useMemo, useReducer, useRef } from "../../vendor/hooks.js";
import { Scrolling } from "../parts/scrolling.js";
import { Item } from "./item.js";

const NEAR_END_PX = 600;
const ROW_PX = 66;

/** @typedef {import("../../desk.js").Desk} Desk */

/** @param {{desk: Desk}} props */
export function List({ desk }) {
  const scroller = useRef(null);
  const list = useRef(null);
  const { query, found } = desk.list.listing.value;
  const rows = useListed(desk);
  const scrolling = useScrolling(desk, scroller, list);
  const drawn = scrolling.stretch(rows);
  useLayoutEffect(() => scrolling.settle());
  const openId = desk.thread.openId.value;
  // One item is reached by Tab, the others from it by arrow keys.
  const stop = drawn.some(({ key }) => key === openId) ? openId : drawn[0]?.key;
  const first = rows.indexOf(drawn[0]) + 1;
  return html`<div class="list" ref=${scroller} data-testid="list" hidden=${!rows.length}><ul ref=${list} aria-label=${t("list")}>${drawn.map(({ key, conversation }, at) => html`
      <li key=${key} data-key=${key} aria-posinset=${first + at} aria-setsize=${rows.length}>
        <${Item} desk=${desk} conversation=${conversation} open=${key === openId} tabStop=${key === stop} /></li>`)}</ul></div>
    ${!rows.length && html`<${Empty} desk=${desk} waiting=${Boolean(query && !found)} />`}`;
}

/** @param {Desk} desk @returns {import("../../types.js").ListRow[]} */
function useListed(desk) {
  const { conversations } = desk.inbox.shown.value;
  const { unreadOnly, query, found } = desk.list.listing.value;
  const openId = desk.thread.openId.value;
  return useMemo(() => {
    if (query && !found) return [];
    return listed({ conversations }, { unreadOnly, found, openId }).map((conversation) => ({ key: conversation.id, conversation }));
  }, [conversations, unreadOnly, query, found, unreadOnly && openId]);
}

/** @param {Desk} desk @param {{current: HTMLElement|null}} scroller @param {{current: HTMLElement|null}} list */
function useScrolling(desk, scroller, list) {
  const [, draw] = useReducer((/** @type {number} */ count) => count + 1, 0);
  const more = (/** @type {Scrolling<any>} */ scrolling) => { if (scrolling.isNear(NEAR_END_PX, { end: true })) desk.loadMore(); };
  const scrolling = useMemo(() => new Scrolling({ guess: () => ROW_PX, onChange: () => draw(0), onScroll: more, refuge }), []);
  useLayoutEffect(() => {
    if (scroller.current && list.current) scrolling.attach(scroller.current, list.current);
    return () => scrolling.detach();
  }, []);
  return scrolling;
}

/** @returns {HTMLElement|null} the filter that is pressed: without it there may be rows again */
function refuge() {
  return document.querySelector('[data-testid="filters"] [aria-pressed="true"]');
}

/** Why there is nothing. @param {{desk: Desk, waiting: boolean}} props */
function Empty({ desk, waiting }) {
  const { state, query, unreadOnly } = desk.list.listing.value;
  const reason = state === "loading" || waiting ? "loading" : state !== "ready" ? state : query ? "search" : unreadOnly ? "unread" : "none";
  return html`<div class="list-empty"><p role="status">${t(`list.${reason}`)}</p>
    ${state === "failed" && html`<button type="button" class="small" onClick=${() => desk.list.refresh()}>${t("again")}</button>`}</div>`;
}
