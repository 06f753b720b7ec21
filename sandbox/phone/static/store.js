const DELIVERIES_KEPT = 300;

/** What the page knows: customers, the open chat, deliveries. Changes are told to `changed(what, item)`. */
export class Store {
  constructor(changed) {
    this.changed = changed;
    this.customers = new Map();
    this.entries = new Map();
    this.deliveries = new Map();
    this.deliveryOf = new Map();
    this.unread = new Map();
    this.chat = "";
  }

  get customer() {
    return this.customers.get(this.chat);
  }

  /** Replace everything by a snapshot of one chat. */
  load(chat, { customers, entries }, deliveries) {
    this.chat = chat;
    this.unread.delete(chat);
    this.customers = new Map(customers.map((customer) => [customer.key, customer]));
    this.entries = new Map(entries.map((entry) => [entry.id, entry]));
    this.deliveries.clear();
    this.deliveryOf.clear();
    for (const delivery of deliveries.toReversed()) this.#keepDelivery(delivery);
    this.changed("all");
  }

  hear(kind, data) {
    if (kind === "entry") this.#hearEntry(data);
    else if (kind === "customer") this.#hearCustomer(data);
    else if (kind === "delivery") this.#hearDelivery(data);
    else if (kind === "typing" && data.chat === this.chat) this.changed("typing", data);
  }

  /** The delivery that carried this message, if it is remembered. */
  deliveryFor(entry) {
    return this.deliveries.get(this.deliveryOf.get(entry.id));
  }

  #hearEntry(entry) {
    const customer = this.customers.get(entry.chat);
    const news = !customer?.last || entry.at >= customer.last.at;
    if (customer && news) {
      const known = customer.last?.id === entry.id;
      customer.last = entry;
      if (!known && entry.chat !== this.chat && entry.sender === "business") {
        this.unread.set(entry.chat, (this.unread.get(entry.chat) ?? 0) + 1);
      }
      this.changed("customers");
    }
    if (entry.chat !== this.chat) return;
    this.entries.set(entry.id, entry);
    this.changed("entry", entry);
  }

  #hearCustomer(customer) {
    this.customers.set(customer.key, { last: this.customers.get(customer.key)?.last, ...customer });
    this.changed("customers");
  }

  #hearDelivery(delivery) {
    this.#keepDelivery(delivery);
    this.changed("delivery", delivery);
  }

  #keepDelivery(delivery) {
    this.deliveries.set(delivery.id, delivery);
    for (const update of delivery.updates) {
      if (update.what === "message") this.deliveryOf.set(update.id, delivery.id);
    }
    if (this.deliveries.size > DELIVERIES_KEPT) this.deliveries.delete(this.deliveries.keys().next().value);
  }
}
