import { loadDeliveries, loadHealth, loadPhone, sendInbound } from "./api.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { element } from "./element.js";
import { listen } from "./feed.js";
import { Hooks } from "./hooks.js";
import { avatar, reached, People, wireDialog } from "./people.js";
import { Store } from "./store.js";

const FIRST = "447700900123";
const AGAIN_AFTER_MS = 1500;
const store = new Store(changed);
const tools = {
  reply: (entry) => composer.quote(entry),
  react: (entry, emoji) => sendAs({ type: "reaction", message_id: entry.id, emoji }).catch(() => live(false)),
  edit: (entry) => composer.edit(entry),
  revoke: (entry) => sendAs({ type: "revoke", message_id: entry.id }).catch(() => live(false)),
  answer: (order) => sendAs(order).catch(() => live(false)),
};
const chat = new Chat(document.getElementById("messages"), store, tools);
const composer = new Composer(sendAs);
const hooks = new Hooks(store);
const people = new People(store, choose);
const presence = document.getElementById("presence");
let silence = () => {};
let typing = 0;
let quiet = "";
let opened = 0;

function sendAs(order) {
  const { name, wa_id, user_id, username } = store.customer ?? { wa_id: store.chat };
  return sendInbound({ from: { name, wa_id, user_id, username }, ...order });
}

/** Load a chat and listen from there; tries until the sandbox answers. */
async function open(key) {
  const mine = ++opened;
  silence();
  try {
    const [phone, sent, health] = await Promise.all([loadPhone(key), loadDeliveries(), loadHealth()]);
    if (mine !== opened) return;
    store.load(key, phone, sent.deliveries);
    document.getElementById("business-name").textContent = health.business_name;
    quiet = `Business account · +${health.display_number}`;
    showTyping(0);
    document.getElementById("address").textContent = health.webhook_url;
    silence = listen(phone.cursor, { hear: (kind, data) => store.hear(kind, data), lost: () => open(store.chat), live });
  } catch {
    live(false);
    setTimeout(() => mine === opened && open(key), AGAIN_AFTER_MS);
  }
}

function changed(what, item) {
  if (what === "all") drawAll();
  else if (what === "entry") showEntry(item);
  else if (what === "customers") people.draw();
  else if (what === "typing") showTyping(item.until);
  else if (what === "delivery") {
    chat.showDelivery(item);
    hooks.draw();
  }
}

function drawAll() {
  composer.quote(null);
  showTyping(0);
  chat.draw();
  hooks.draw();
  people.draw();
  const customer = store.customer;
  document.getElementById("whose").replaceChildren(
    ...(customer ? [avatar(customer), element("span", { class: "whose-name", dir: "auto" }, `${customer.name}'s phone`), element("span", { class: "number" }, reached(customer))] : []));
}

function showEntry(entry) {
  if (entry.sender === "business") showTyping(0);
  chat.show(entry);
}

function showTyping(until) {
  clearTimeout(typing);
  const left = until * 1000 - Date.now();
  presence.textContent = left > 0 ? "typing…" : quiet;
  presence.className = left > 0 ? "typing" : "";
  if (left > 0) typing = setTimeout(() => showTyping(0), left);
}

function live(standing) {
  const mark = document.getElementById("live");
  mark.textContent = standing ? "live" : "reconnecting…";
  mark.className = standing ? "live on" : "live";
}

function choose(key) {
  view("chat");
  if (location.hash.slice(1) === encodeURIComponent(key)) open(key);
  else location.hash = encodeURIComponent(key);
}

function view(name) {
  document.body.dataset.view = name;
  for (const tab of document.querySelectorAll("[data-tab]")) {
    if (tab.dataset.tab === name) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

for (const tab of document.querySelectorAll("[data-tab]")) tab.addEventListener("click", () => view(tab.dataset.tab));
window.addEventListener("hashchange", () => open(decodeURIComponent(location.hash.slice(1)) || FIRST));
wireDialog(choose);
open(decodeURIComponent(location.hash.slice(1)) || FIRST);
