/** The dialog that sends a template: pick one, fill it in, see what the customer will read, send. */

import { slotsOf, templateMessage, templatePreview } from "../format/template.js";
import { prose } from "./content.js";
import { el, setText, show } from "./dom.js";

// A listing of some hundred templates takes about a second; a longer one shows at the next opening.
const FETCHED_MS = 2000;

/**
 * @param {HTMLDialogElement} dialog
 * @param {import("../desk.js").Desk} desk
 * @returns {() => void} opens it for the conversation that is open
 */
export function templateDialog(dialog, desk) {
  const form = dialog.querySelector("form");
  const [pick, slots, preview, error, send, fetch] = ["pick", "slots", "preview", "error", "send", "fetch"]
    .map((each) => dialog.querySelector(`#template-${each}`));
  let templates = [];
  let conversation = null;
  let key = null;

  const chosen = () => templates[pick.selectedIndex];
  const values = () => Object.fromEntries([...slots.querySelectorAll("input")].map((each) => [each.name, each.value.trim()]));
  const drawPreview = () => preview.replaceChildren(...(chosen() ? previewOf(templatePreview(chosen(), values())) : []));
  const draw = () => {
    slots.replaceChildren(...(chosen() ? slotsOf(chosen()).flatMap(slotField) : []));
    send.disabled = !chosen();
    drawPreview();
  };

  // Other words are another send: they get another idempotency key.
  form.addEventListener("input", () => { key = null; drawPreview(); });
  pick.addEventListener("change", draw);
  dialog.querySelector("#template-cancel").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    setText(error, "");
    try {
      key ??= crypto.randomUUID();
      await desk.sendTemplate(conversation.id, templateMessage(chosen(), values()), key);
      key = null;
      dialog.close();
    } catch (problem) {
      setText(error, [problem.message, problem.details].filter(Boolean).join(" "));
    }
    send.disabled = !chosen();
  });

  async function load() {
    try {
      templates = (await desk.templatesOf(conversation)).filter(slotsOf);
      setText(error, templates.length ? "" : "There is no approved template that can be filled in here. An admin can fetch new ones.");
    } catch (problem) {
      templates = [];
      setText(error, problem.message);
    }
    pick.replaceChildren(...templates.map(({ name, language }) => el("option", {}, `${name} (${language})`)));
    show(pick, templates.length > 0);
    draw();
  }

  fetch.addEventListener("click", async () => {
    fetch.disabled = true;
    setText(error, "Fetching templates from WhatsApp…");
    try {
      await desk.api.syncTemplates();
      setTimeout(load, FETCHED_MS);
    } catch (problem) {
      setText(error, problem.message);
    }
    fetch.disabled = false;
  });

  return function open() {
    conversation = desk.conversation;
    if (!conversation) return;
    show(fetch, desk.me.role === "admin");
    templates = [];
    key = null;
    setText(error, "Loading templates…");
    draw();
    dialog.showModal();
    load();
  };
}

function slotField({ id, label, example, kind }) {
  const input = el("input", {
    id: `template-slot-${id}`, name: id, type: kind === "link" ? "url" : "text", required: true, autocomplete: "off",
    maxlength: "1024", placeholder: example ? `such as ${example}` : "", dir: "auto",
  });
  return [el("label", { for: input.id }, label), input];
}

function previewOf({ header, body, footer, buttons }) {
  return [
    header && el("p", { class: "card-title" }, header), prose(body), footer && el("p", { class: "aside" }, footer),
    buttons.length > 0 && el("ul", { class: "choices", "aria-label": "Buttons" }, ...buttons.map((each) => el("li", {}, each))),
  ].filter(Boolean);
}
