/** The list of conversations, its search box and its filter. */

import { nameOf } from "../format/names.js";
import { full, short } from "../format/times.js";
import { listed, typingAgents } from "../state/select.js";
import { unreadText } from "../state/unread.js";
import { avatar } from "./avatar.js";
import { el, reconcile, setText, show } from "./dom.js";
import { ticks } from "./ticks.js";

const SEARCH_AFTER_MS = 250;
const NEAR_END_PX = 300;

const EMPTY = {
  loading: "Loading conversations…",
  unreachable: "The server cannot be reached. Trying again…",
  failed: "The conversations could not be loaded.",
  search: "Nothing found. Names, numbers and message texts are searched.",
  unread: "All read. Nothing waits for you.",
  none: "No conversations yet. They appear here when a customer writes.",
};

/** @returns {() => void} draws the list as the desk has it */
export function listView(root, desk) {
  const list = root.querySelector("#list");
  const search = root.querySelector("#search");
  const filters = [...root.querySelectorAll("[data-filter]")];
  const again = root.querySelector("#list-again");

  search.addEventListener("input", debounced(() => desk.choose({ query: search.value.trim() }), SEARCH_AFTER_MS));
  again.addEventListener("click", () => desk.refreshList());
  list.addEventListener("scroll", () => {
    if (list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX) desk.loadMore();
  });
  for (const button of filters) {
    button.addEventListener("click", () => desk.choose({ unreadOnly: button.dataset.filter === "unread" }));
  }

  return function draw() {
    const { unreadOnly, query, found, state } = desk.list;
    const waiting = query && !found;
    const conversations = waiting ? [] : listed(desk.inbox, { unreadOnly, found, openId: desk.openId });
    const items = conversations.map((each) => itemOf(each, desk));
    reconcile(list, withTabStop(items), { key: (item) => item.conversation.id, make: drawItem });
    for (const button of filters) {
      button.setAttribute("aria-pressed", String((button.dataset.filter === "unread") === unreadOnly));
    }
    setText(root.querySelector("#unread-total"), unreadText(desk.unread));
    const empty = state === "loading" || waiting ? "loading" : emptyReason(desk.list);
    setText(root.querySelector("#list-empty-text"), EMPTY[empty]);
    show(root.querySelector("#list-empty"), !items.length);
    show(again, state === "failed");
  };
}

function emptyReason({ state, query, unreadOnly }) {
  if (state !== "ready") return state;
  if (query) return "search";
  return unreadOnly ? "unread" : "none";
}

function itemOf(conversation, desk) {
  const last = conversation.last_message;
  const when = conversation.last_message_at ?? conversation.created_at;
  return {
    conversation,
    open: conversation.id === desk.openId,
    typing: typingAgents(desk.inbox, conversation.id, Date.now()).length > 0,
    when, said: short(when, Date.now()),
    by: last?.agent_id === desk.me.id ? "You:" : "",
    tabStop: false,
  };
}

/** One item is reached by Tab, the others from it by arrow keys. */
function withTabStop(items) {
  const stop = items.find((each) => each.open) ?? items[0];
  return items.map((each) => (each === stop ? { ...each, tabStop: true } : each));
}

function drawItem({ conversation, open, typing, when, said, by, tabStop }) {
  const name = nameOf(conversation.contact);
  const unread = conversation.unread_count;
  return el("li", {},
    el("a", {
      class: "item", href: `#/c/${conversation.id}`, "data-testid": "conversation-item", "data-focus": "item",
      "data-conversation-id": conversation.id, "aria-current": open && "true", tabindex: tabStop ? "0" : "-1",
      "data-unread": String(unread > 0),
    },
    avatar(conversation.contact),
    el("span", { class: "item-name", dir: "auto" }, name),
    el("time", { class: "item-time", datetime: when, title: full(when) }, said),
    typing ? el("span", { class: "item-preview item-typing" }, "An agent is typing…") : preview(conversation, by),
    unread > 0 && el("span", { class: "badge" },
      el("span", { "aria-hidden": "true" }, unread > 99 ? "99+" : String(unread)),
      el("span", { class: "unseen" }, `${unread} unread`)),
    ));
}

function preview({ last_message: last }, by) {
  if (!last) return el("span", { class: "item-preview" }, "No messages yet");
  const text = last.deleted_at ? "Message deleted" : last.preview || last.type;
  return el("span", { class: "item-preview" }, ticks(last), by && el("span", { class: "item-by" }, by),
    el("span", { class: "item-text", dir: "auto" }, text));
}

function debounced(action, ms) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, ms);
  };
}
