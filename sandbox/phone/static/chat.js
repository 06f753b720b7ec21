import { bubble, refresh } from "./bubble.js";
import { day } from "./clock.js";
import { element } from "./element.js";

const NEAR_END = 120;

/** The list of messages on the phone. */
export class Chat {
  constructor(list, store, tools) {
    this.list = list;
    this.store = store;
    this.tools = { ...tools, quotedText: (id) => this.quotedText(id) };
    this.items = new Map();
    this.following = true;
    this.#stayAtEnd();
  }

  quotedText(id) {
    const entry = this.store.entries.get(id);
    if (!entry) return "An earlier message";
    return entry.text || entry.type;
  }

  /** Draw the whole chat. */
  draw() {
    this.items.clear();
    this.lastDay = "";
    this.list.replaceChildren();
    if (!this.store.entries.size) this.list.append(this.#welcome());
    for (const entry of this.store.entries.values()) this.#append(entry);
    this.following = true;
    this.#follow();
  }

  /** Draw one message, new or changed. */
  show(entry) {
    const delivery = this.store.deliveryFor(entry);
    const item = this.items.get(entry.id);
    if (!item) this.#add(entry);
    else if (!refresh(item, entry, delivery)) this.#replace(item, entry, delivery);
    this.#follow();
  }

  /** Show how the delivery of some messages goes on. */
  showDelivery(delivery) {
    for (const update of delivery.updates) {
      const entry = this.store.entries.get(update.id);
      if (entry && update.what === "message") this.show(entry);
    }
  }

  #add(entry) {
    if (entry.sender === "customer") this.following = true;
    this.list.querySelector(".welcome")?.remove();
    this.#append(entry).classList.add("arriving");
  }

  /** The newest message stays in sight unless the person has scrolled up to read. */
  #stayAtEnd() {
    this.list.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.list;
      this.following = scrollHeight - scrollTop - clientHeight < NEAR_END;
    });
    // Pictures that load late and notices that take room move the end away.
    this.list.addEventListener("load", () => this.#follow(), true);
    new ResizeObserver(() => this.#follow()).observe(this.list);
  }

  #follow() {
    if (this.following) this.list.scrollTop = this.list.scrollHeight;
  }

  #append(entry) {
    const today = day(entry.at);
    if (today !== this.lastDay) this.list.append(element("p", { class: "day" }, today));
    this.lastDay = today;
    const item = bubble(entry, this.store.deliveryFor(entry), this.tools);
    this.items.set(entry.id, item);
    this.list.append(item);
    return item;
  }

  #replace(item, entry, delivery) {
    const focused = item.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    const fresh = bubble(entry, delivery, this.tools);
    this.items.set(entry.id, fresh);
    item.replaceWith(fresh);
    if (focused) fresh.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  }

  #welcome() {
    const name = this.store.customer?.name ?? "the customer";
    return element("div", { class: "welcome" },
      element("p", { class: "welcome-title" }, `This is ${name}'s phone.`),
      element("p", {}, "Write something below. Parley gets it as a signed WhatsApp webhook, and what your agents answer appears here."));
  }
}
