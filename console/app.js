/** Wiring: who is here, which page is shown, and what happens when something changes. */

import { Api } from "./api.js";
import { Desk } from "./desk.js";
import { ChatSocket } from "./socket.js";
import { Drafts } from "./state/drafts.js";
import { announcer } from "./view/announce.js";
import { Composer } from "./view/composer.js";
import { connectionView } from "./view/connection.js";
import { newConversationDialog } from "./view/dialog.js";
import { el, setText, show } from "./view/dom.js";
import { unreadText } from "./state/unread.js";
import { holdsView } from "./view/holds.js";
import { drawIcons, icon } from "./view/icons.js";
import { listenToKeys } from "./view/keyboard.js";
import { listView } from "./view/list.js";
import { loginView } from "./view/login.js";
import { mayQuote } from "./view/message.js";
import { templateDialog } from "./view/templates.js";
import { threadView } from "./view/thread.js";

const REDRAW_MS = 15_000;
const NOTICE_MS = 8000;

const page = (id) => document.getElementById(id);
const attentive = () => document.visibilityState === "visible" && document.hasFocus();

/** What an agent wrote and has not sent outlives a reload of the tab and a new log-in, and ends with the tab. */
function storageOf(what, agentId) {
  const key = `parley.${what}.${agentId}`;
  return {
    load: () => JSON.parse(sessionStorage.getItem(key) ?? "[]"),
    save: (kept) => (kept.length ? sessionStorage.setItem(key, JSON.stringify(kept)) : sessionStorage.removeItem(key)),
  };
}

/** Draws soon, once for however many changes come together; a timer, since hidden pages get no frames. */
function soon(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    setTimeout(() => {
      asked = false;
      draw();
    }, 0);
  };
}

/** Everything an agent who is logged in sees. Built once; a second agent in this tab reloads the page. */
function openInbox(me, api) {
  const root = page("inbox");
  const desk = new Desk({
    api, socket: new ChatSocket({ issueTicket: () => api.ticket() }), me, attentive,
    storage: storageOf("unsent", me.id), drafts: new Drafts(storageOf("drafts", me.id)), onChange: soon(() => desk.closed || views.forEach((draw) => draw())),
    onSessionEnd: (isOver) => (isOver ? api.onLoggedOut() : api.me().catch(() => {})), onMoved: goTo,
  });
  const composer = new Composer(root, desk);
  const reply = (message) => composer.reply(message);
  const views = [
    listView(root, desk), threadView(root, desk, reply), composer.draw, connectionView(root, desk),
    holdsView(root, desk), announcer(page("announcer"), desk), () => drawFrame(root, desk),
  ];
  const startNew = newConversationDialog(page("new-conversation"), desk, goTo);
  root.querySelector("#new").addEventListener("click", startNew);
  root.querySelector("#template-open").addEventListener("click", templateDialog(page("template"), desk));
  root.querySelector("#leave").addEventListener("click", () => leave(desk, api));
  followAddress(desk, composer);
  followAttention(desk);
  bindKeys(root, desk, composer);
  drawAccount(root, me);
  setInterval(() => desk.onChange(), REDRAW_MS);
  show(root, true);
  desk.start();
  return desk;
}

function goTo(conversationId) {
  location.hash = conversationId ? `#/c/${conversationId}` : "#/";
}

/** The address says what is open: Back works, and a reload comes to the same place. */
function followAddress(desk, composer) {
  const follow = async () => {
    const id = location.hash.match(/^#\/c\/([\w-]+)$/)?.[1] ?? null;
    await desk.open(id);
    if (id && matchMedia("(min-width: 800px)").matches) setTimeout(() => composer.focus(), 0);
  };
  addEventListener("hashchange", follow);
  follow();
}

function followAttention(desk) {
  const attend = () => desk.attend();
  addEventListener("focus", attend);
  addEventListener("online", () => desk.socket.reconnectNow());
  addEventListener("offline", () => desk.onChange());
  const visible = () => document.visibilityState === "visible";
  desk.socket.present(visible());
  document.addEventListener("visibilitychange", () => {
    attend();
    desk.socket.present(visible());
    if (visible()) desk.socket.reconnectNow();
  });
}

function bindKeys(root, desk, composer) {
  const messageOf = (id) => desk.messages.find((each) => each.id === id);
  listenToKeys({
    list: root.querySelector("#list"), messages: root.querySelector("#messages"), search: root.querySelector("#search"),
    reply(id) {
      const message = messageOf(id) ?? desk.messages.findLast((each) => each.direction === "inbound");
      if (message && mayQuote(message)) composer.reply(message);
    },
    back: () => back(root, desk, composer),
  });
}

/** Escape gives up one thing at a time: the reply, the search, the conversation. */
function back(root, desk, composer) {
  const search = root.querySelector("#search");
  if (desk.openId && composer.cancelReply()) return;
  if (document.activeElement === search && search.value) {
    search.value = "";
    desk.choose({ query: "" });
    return;
  }
  const opened = root.querySelector(`#list [aria-current="true"]`);
  goTo(null);
  opened?.focus();
}

function drawFrame(root, desk) {
  root.dataset.open = String(Boolean(desk.openId));
  const unread = unreadText(desk.unread);
  document.title = unread ? `(${unread}) Parley` : "Parley";
  drawBlank(root, desk);
  drawNotice(desk);
}

/** A newcomer's first step is a customer's message; in development there is a phone to write it from. */
function drawBlank(root, { list, inbox, me }) {
  const fresh = list.state === "ready" && !list.query && !list.unreadOnly && !Object.keys(inbox.conversations).length;
  setText(root.querySelector("#blank-title"), fresh ? "Waiting for the first message" : "Pick a conversation");
  const hint = me.development ? "Open the customer's phone, write something, and watch it arrive here."
    : "Messages appear here as customers write to your number.";
  setText(root.querySelector("#blank-text"), fresh ? hint : "What customers write appears on the left as it arrives.");
}

let noticeTimer;

function drawNotice(desk) {
  const notice = page("notice");
  if (notice.textContent === desk.notice) return;
  setText(notice, desk.notice);
  show(notice, Boolean(desk.notice));
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => desk.dismissNotice(), NOTICE_MS);
}

function drawAccount(root, { name, email, development }) {
  const account = root.querySelector("#account");
  setText(account, name);
  account.title = email ?? "";
  const phone = development?.phone_url;
  show(root.querySelector("#phone"), Boolean(phone));
  if (phone) root.querySelector("#phone").replaceChildren(phoneLink(phone));
}

function phoneLink(href) {
  return el("a", { class: "button", href, target: "_blank", rel: "noopener" }, icon("phone"), "Open the customer's phone");
}

/** Ends the session. Where that cannot be done the agent is told, and is not made to believe it was. */
async function leave(desk, api) {
  try {
    await api.logout();
  } catch (error) {
    if (error.status !== 401) return desk.tell(error.message);
  }
  desk.outbox.clear();
  desk.drafts.clear();
  desk.stop();
  location.assign("/");
}

/**
 * The session is over: nothing of a customer stays in the page or in its memory, for whoever sits here next. What was
 * sent and not taken yet, and what is half written, is in the tab's storage; the next login loads the page anew.
 */
function closeInbox(desk) {
  desk.close();
  for (const id of ["inbox", "new-conversation", "template"]) page(id).replaceChildren();
  for (const id of ["announcer", "notice"]) setText(page(id), "");
  for (const id of ["new-conversation", "template"]) page(id).close();
  for (const id of ["inbox", "notice"]) show(page(id), false);
  document.title = "Parley";
}

/** Begins: an agent who is in already sees the inbox, any other the log-in form. */
async function begin() {
  drawIcons(document);
  let desk = null;
  const login = loginView(page("login"), new Api(), (agent) => {
    if (desk) return location.reload();
    login.close();
    enter(agent);
  });
  const askToLogIn = () => {
    if (desk) closeInbox(desk);
    login.open(desk ? "Your session has ended. Log in again; the messages you were writing are kept." : "");
  };
  const api = new Api({ onLoggedOut: askToLogIn });
  const enter = (agent) => { desk = openInbox(agent, api); };
  await arrive(api, enter);
}

async function arrive(api, enter) {
  try {
    enter(await api.me());
  } catch (error) {
    if (error.status !== 401) return arriveLater(api, enter, error);
  }
  show(page("starting"), false); // the inbox is there, or the log-in form
}

function arriveLater(api, enter, { message }) {
  setText(page("starting-text"), `${message} Trying again…`);
  setTimeout(() => arrive(api, enter), 3000);
}

begin();
