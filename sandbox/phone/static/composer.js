import { upload } from "./api.js";
import { element } from "./element.js";

const SAMPLES = [
  ["Sample picture", { type: "image", caption: "Sunset over the water" }],
  ["Voice note", { type: "voice" }],
  ["Sticker", { type: "sticker" }],
  ["Document", { type: "document" }],
  ["Location", { type: "location", name: "British Museum", address: "Great Russell Street, London" }],
  ["Contact card", { type: "contacts" }],
  ["Order from the catalog", { type: "order", text: "Please gift-wrap it" }],
  ["Answered form", { type: "flow_reply", name: "flow", text: "Sent", response_json: '{"size": "M"}' }],
  ["New phone number", { type: "system", new_wa_id: "447700900987" }],
  ["Unsupported message", { type: "unsupported" }],
];
const KINDS = { image: "image", video: "video", audio: "audio" };

/** The foot of the phone: writing, quoting, files. `send(order)` returns a promise. */
export class Composer {
  constructor(send) {
    this.send = send;
    this.quoted = null;
    this.edited = null;
    this.input = document.getElementById("composer-input");
    this.menu = document.getElementById("menu");
    this.file = document.getElementById("file");
    this.problem = document.getElementById("composer-problem");
    this.#wire();
    this.#fillMenu();
  }

  /** Quote a message in the next one; null quotes nothing. */
  quote(entry) {
    if (this.edited) this.#write("");
    [this.quoted, this.edited] = [entry, null];
    this.#show(entry, entry?.sender === "customer" ? "You" : "The business");
  }

  /** Change a text the customer sent: what is written next takes its place. */
  edit(entry) {
    [this.quoted, this.edited] = [null, entry];
    this.#show(entry, "Editing");
    this.#write(entry.text);
  }

  #show(entry, who) {
    document.getElementById("quoting").hidden = !entry;
    if (!entry) return;
    document.getElementById("quoting-who").textContent = who;
    document.getElementById("quoting-text").textContent = entry.text || entry.type;
    this.input.focus();
  }

  #write(text) {
    this.input.value = text;
    this.#fit();
  }

  #wire() {
    document.getElementById("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#sendText();
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#sendText();
      } else if (event.key === "Escape") this.quote(null);
    });
    this.input.addEventListener("input", () => this.#fit());
    document.getElementById("quoting-stop").addEventListener("click", () => {
      this.quote(null);
      this.input.focus();
    });
    this.file.addEventListener("change", () => this.#sendFile());
    document.addEventListener("click", (event) => {
      if (!this.menu.contains(event.target)) this.menu.open = false;
    });
    this.menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.menu.open = false;
      this.menu.querySelector("summary").focus();
    });
  }

  #fillMenu() {
    const own = ["Picture or file from here…", null];
    document.getElementById("menu-items").append(...[own, ...SAMPLES].map(([title, order]) =>
      element("button", { type: "button", on: { click: () => this.#choose(order) } }, title)));
  }

  #choose(order) {
    this.menu.open = false;
    if (order) this.#deliver(order);
    else this.file.click();
    this.input.focus();
  }

  async #sendText() {
    const text = this.input.value;
    if (!text.trim()) return;
    this.#write("");
    const order = this.edited ? { type: "edit", message_id: this.edited.id, text } : { type: "text", text };
    if (!(await this.#deliver(order)) && !this.input.value) this.#write(text);
  }

  async #sendFile() {
    const [file] = this.file.files;
    this.file.value = "";
    if (!file) return;
    const caption = this.input.value.trim();
    const kind = KINDS[file.type.split("/")[0]] ?? "document";
    try {
      const { id } = await upload(file);
      if (caption) this.input.value = "";
      await this.#deliver({ type: kind, media_id: id, caption });
    } catch (error) {
      this.#complain(error);
    }
  }

  async #deliver(order) {
    const quoted = this.quoted ? { reply_to: this.quoted.id } : {};
    try {
      await this.send({ ...order, ...quoted });
      this.quote(null);
      this.problem.hidden = true;
      return true;
    } catch (error) {
      this.#complain(error);
      return false;
    }
  }

  #complain(error) {
    this.problem.textContent = `Not sent: ${error.message}`;
    this.problem.hidden = false;
  }

  #fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 140)}px`;
  }
}
