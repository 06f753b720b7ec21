import { retryNow, verifyWebhook } from "./api.js";
import { clock } from "./clock.js";
import { element } from "./element.js";

const SHOWN = 60;
const STATES = { delivered: ["✓", "ok"], waiting: ["◷", ""], retrying: ["!", "bad"] };

/** The panel that says what became of each webhook. */
export class Hooks {
  constructor(store) {
    this.store = store;
    this.list = document.getElementById("hooks");
    this.due = 0;
    document.getElementById("notice-retry").addEventListener("click", () => retryNow().catch(() => {}));
    document.getElementById("verify").addEventListener("click", () => this.#verify());
  }

  /** Draw soon: a burst of deliveries is drawn once. */
  draw() {
    this.due ||= requestAnimationFrame(() => {
      this.due = 0;
      this.#drawNow();
    });
  }

  #drawNow() {
    const all = [...this.store.deliveries.values()].reverse();
    const stuck = all.filter((delivery) => delivery.state === "retrying");
    this.list.replaceChildren(...all.slice(0, SHOWN).map(row));
    const summary = document.getElementById("summary");
    summary.className = `summary ${stuck.length ? "bad" : all.length ? "ok" : ""}`;
    summary.textContent = summarised(all, stuck);
    const notice = document.getElementById("notice");
    notice.hidden = !stuck.length;
    document.getElementById("notice-text").textContent = stuck.length ? `${plural(stuck.length, "webhook")} not taken yet. ${stuck[0].said}` : "";
    const alert = document.getElementById("tab-alert");
    alert.hidden = !stuck.length;
    alert.textContent = String(stuck.length);
  }

  async #verify() {
    const verdict = document.getElementById("verdict");
    verdict.hidden = false;
    verdict.className = "verdict";
    verdict.textContent = "Asking…";
    const found = await verifyWebhook().catch((error) => ({ ok: false, said: error.message }));
    verdict.textContent = found.said;
    verdict.className = `verdict ${found.ok ? "ok" : "bad"}`;
  }
}

function summarised(all, stuck) {
  if (stuck.length) return `${plural(stuck.length, "webhook")} being retried. Nothing is lost: Meta keeps trying too.`;
  return all.length ? "Everything was taken." : "Nothing sent yet.";
}

function row(delivery) {
  const [mark, tone] = STATES[delivery.state] ?? STATES.waiting;
  return element("li", { class: `hook ${tone}`, data: { testid: "delivery", state: delivery.state } },
    element("span", { class: "hook-mark", "aria-hidden": "true" }, mark),
    element("span", { class: "hook-what" }, carried(delivery.updates)),
    element("time", { class: "hook-time" }, clock(delivery.created)),
    element("span", { class: "hook-said" }, delivery.said, delivery.tries > 1 ? ` ${delivery.tries} attempts${next(delivery)}.` : ""));
}

function next(delivery) {
  return delivery.next_at ? `, the next at ${new Date(delivery.next_at * 1000).toLocaleTimeString()}` : "";
}

function carried(updates) {
  if (!updates.length) return "Raw body";
  if (updates.length === 1) return single(updates[0]);
  const counts = new Map();
  for (const { what } of updates) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} × ${what}`).join(", ");
}

function single({ what, kind, field }) {
  if (what === "status") return `Status: ${kind}`;
  if (what === "message") return kind === "text" ? "Message" : `Message: ${kind}`;
  return what === "echo" ? "Echo from the phone app" : field.replaceAll("_", " ");
}

const plural = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
