import { addCustomer } from "./api.js";
import { clock } from "./clock.js";
import { element } from "./element.js";

const HUES = 6;

/** A customer's round initial; the colour follows from the key. */
export function avatar(customer) {
  const hue = [...customer.key].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES;
  return element("span", { class: `avatar hue-${hue}`, "aria-hidden": "true" }, customer.name.slice(0, 1).toUpperCase());
}

/** How a customer can be reached, for people to read. */
export function reached(customer) {
  return customer.wa_id ? `+${customer.wa_id}` : `@${customer.username || customer.user_id}`;
}

/** The list of customers and its search; `choose(key)` opens a chat. */
export class People {
  constructor(store, choose) {
    Object.assign(this, { store, choose });
    for (const [part, id] of [["list", "people"], ["search", "people-search"], ["none", "people-none"]]) this[part] = document.getElementById(id);
    this.search.addEventListener("input", () => this.draw());
  }

  draw() {
    const found = [...this.store.customers.values()].filter((each) => matches(each, this.search.value));
    const newest = found.sort((one, other) => (other.last?.at ?? 0) - (one.last?.at ?? 0));
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.list.replaceChildren(...newest.map((each) => element("li", {}, person(each, this.store, this.choose))));
    if (focused) this.list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    const none = newest.length ? "" : "Nobody found by name, number or last message.";
    if (this.none.textContent !== none) this.none.textContent = none;
  }
}

/** Letters without their accents and of one case, as people look for them. */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Whether a customer has all the words that are looked for; a number in any way of writing it. */
function matches({ name, wa_id: number, user_id: id, username, last }, sought) {
  const digits = sought.replace(/[\s+().\-/]/g, "");
  if (/^\d{3,}$/.test(digits)) return Boolean(number?.includes(digits)) || Boolean(last?.text?.includes(sought.trim()));
  const known = plain([name, username, id, last?.text].filter(Boolean).join(" "));
  return plain(sought).split(/\s+/).every((word) => known.includes(word));
}

function person(customer, store, choose) {
  const unread = store.unread.get(customer.key);
  const last = customer.last;
  const preview = last ? `${last.sender === "customer" ? "You: " : ""}${last.text || last.type}` : reached(customer);
  return element(
    "button",
    { type: "button", class: "person", "aria-current": customer.key === store.chat ? "true" : null,
      data: { key: customer.key, testid: "customer" }, on: { click: () => choose(customer.key) } },
    avatar(customer),
    element("span", { class: "person-name", dir: "auto" }, customer.name),
    element("span", { class: "person-time" }, last ? clock(last.at) : ""),
    element("span", { class: "person-last", dir: "auto" }, preview),
    unread ? element("span", { class: "unread" }, String(unread), element("span", { class: "hidden-words" }, " new")) : null,
  );
}

/** The dialog that makes up a customer; `choose(key)` opens their chat. */
export function wireDialog(choose) {
  const dialog = document.getElementById("customer-dialog");
  const form = document.getElementById("customer-form");
  const problem = document.getElementById("dialog-problem");
  const open = () => {
    form.reset();
    problem.hidden = true;
    // Ofcom keeps 07700 900000 to 900999 for fiction.
    form.elements.wa_id.value = `+44 7700 900${String(Math.floor(Math.random() * 1000)).padStart(3, "0")}`;
    dialog.showModal();
  };
  document.getElementById("new-customer").addEventListener("click", open);
  document.getElementById("dialog-cancel").addEventListener("click", () => dialog.close());
  form.elements.hidden.addEventListener("change", (event) => (form.elements.wa_id.disabled = event.target.checked));
  dialog.addEventListener("close", () => (form.elements.wa_id.disabled = false));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const made = await addCustomer(wished(form.elements));
      dialog.close();
      choose(made.key);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
}

function wished({ name, wa_id: number, hidden }) {
  const called = name.value.trim();
  if (!hidden.checked) return { name: called, wa_id: number.value.replace(/\D/g, "") };
  const id = crypto.getRandomValues(new Uint32Array(2)).join("");
  const username = called.toLowerCase().replace(/[^a-z0-9]+/g, ".").replace(/^\.|\.$/g, "") || "somebody";
  return { name: called, user_id: `GB.${id}`, username };
}
