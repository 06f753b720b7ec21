/** The left column: the connection, search and filter, the list, and who is logged in. */

import { html } from "../../html.js";
import { t } from "../../locale.js";
import { unreadText } from "../../state/unread.js";
import { useEffect, useRef } from "../../vendor/hooks.js";
import { Connection } from "../frame/connection.js";
import { Icon } from "../parts/icon.js";
import { LanguageChoice } from "../parts/language.js";
import { List } from "./list.js";

const SEARCH_AFTER_MS = 250;

/** @typedef {import("../../desk.js").Desk} Desk */

/** @param {{desk: Desk, openNew: () => void, leave: () => void}} props */
export function Side({ desk, openNew, leave }) {
  return html`<nav class="side" aria-label=${t("list")}>
    <header class="side-head">
      <p class="brand">Parley</p>
      <${Connection} desk=${desk} />
      <button type="button" class="icon-button" aria-label=${t("new.title")} title=${t("new.title")} data-testid="new-conversation-open"
        onClick=${openNew}><${Icon} name="plus" /></button>
    </header>
    <${Search} desk=${desk} />
    <${Filters} desk=${desk} />
    <${List} desk=${desk} />
    <footer class="side-foot">
      <span class="account" title=${desk.me.email ?? ""} dir="auto">${desk.me.name}</span>
      <${LanguageChoice} />
      <button type="button" class="icon-button" aria-label=${t("leave")} title=${t("leave")} onClick=${leave}><${Icon} name="leave" /></button>
    </footer>
  </nav>`;
}

/** @param {{desk: Desk}} props */
function Search({ desk }) {
  const field = useRef(/** @type {HTMLInputElement|null} */ (null));
  const timer = useRef(0);
  const { query } = desk.list.listing.value;
  // Escape gives the search up from outside.
  useEffect(() => { if (!query && field.current) field.current.value = ""; }, [query]);
  const look = (/** @type {{currentTarget: HTMLInputElement}} */ { currentTarget: { value } }) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => desk.list.choose({ query: value.trim() }), SEARCH_AFTER_MS);
  };
  return html`<div class="search" role="search">
    <span class="search-icon"><${Icon} name="search" /></span>
    <input ref=${field} type="search" placeholder=${t("search")} aria-label=${t("search.label")} autocomplete="off" dir="auto"
      aria-keyshortcuts="/" data-testid="search" onInput=${look} />
    <kbd aria-hidden="true">/</kbd>
  </div>`;
}

/** @param {{desk: Desk}} props */
function Filters({ desk }) {
  const { unreadOnly } = desk.list.listing.value;
  return html`<div class="filters" role="group" aria-label=${t("filter")} data-testid="filters">
    <button type="button" aria-pressed=${!unreadOnly} onClick=${() => desk.list.choose({ unreadOnly: false })}>${t("filter.all")}</button>
    <button type="button" data-testid="filter-unread" aria-pressed=${unreadOnly} onClick=${() => desk.list.choose({ unreadOnly: true })}>
      ${t("filter.unread")}${" "}<span data-testid="unread-total">${unreadText(desk.inbox.unread.value)}</span></button>
  </div>`;
}
