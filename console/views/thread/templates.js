/** The dialog that sends a template: pick one, fill it in, see what the customer will read, send. */

import { slotsOf, templateMessage, templatePreview } from "../../format/template.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { useEffect, useRef, useState } from "../../vendor/hooks.js";
import { choices } from "../message/forms.js";
import { Prose } from "../message/prose.js";
import { Dialog } from "../parts/dialog.js";

// A listing of some hundred templates takes about a second; a longer one shows at the next opening.
const FETCHED_MS = 2000;

/** @typedef {import("../../desk.js").Desk} Desk */

/** @param {{desk: Desk, conversation: import("../../types.js").Conversation, close: () => void}} props */
export function TemplateDialog({ desk, conversation, close }) {
  const { templates, problem, fetch, fetching, send, sending, edited } = useTemplates(desk, conversation, close);
  const [picked, setPicked] = useState(0);
  const [values, setValues] = useState(/** @type {Object<string, string>} */ ({}));
  const template = templates[picked];
  const pick = (/** @type {any} */ { currentTarget: { selectedIndex } }) => { setPicked(selectedIndex); setValues({}); edited(); };
  const fill = (/** @type {string} */ id, /** @type {string} */ value) => { setValues({ ...values, [id]: value.trim() }); edited(); };
  return html`<${Dialog} title=${t("template.title")} name="template" close=${close} submit=${() => send(templateMessage(template, values))}>
    <label for="template-pick">${t("template.pick")}</label>
    <select id="template-pick" hidden=${!templates.length} data-testid="template-pick" onChange=${pick}>${templates.map(({ name, language }, at) =>
      html`<option selected=${at === picked}>${name} (${language})</option>`)}</select>
    <div class="slots">${template && slotsOf(template)?.map((slot) => html`<${Slot} key=${`${picked} ${slot.id}`} slot=${slot} fill=${fill} />`)}</div>
    <h3 class="kicker">${t("template.reads")}</h3>
    <div class="template-preview" role="status" data-testid="template-preview">${template && preview(templatePreview(template, values))}</div>
    <p class="error" role="alert" data-testid="template-error">${problem}</p>
    <div class="actions">
      ${desk.me.role === "admin" && html`<button type="button" class="button" disabled=${fetching} onClick=${fetch}>${t("template.fetch")}</button>`}
      <button type="button" class="button" onClick=${close}>${t("cancel")}</button>
      <button class="button primary" data-testid="template-send" disabled=${!template || sending}>${t("send")}</button>
    </div>
  <//>`;
}

/** @param {{slot: import("../../format/template.js").Slot, fill: (id: string, value: string) => void}} props */
function Slot({ slot: { id, label, example, kind }, fill }) {
  return html`<label for=${`template-slot-${id}`}>${label}</label>
    <input id=${`template-slot-${id}`} type=${kind === "link" ? "url" : "text"} required autocomplete="off" maxlength="1024" dir="auto"
      placeholder=${example ? t("template.example", { example }) : ""}
      onInput=${(/** @type {any} */ { currentTarget: { value } }) => fill(id, value)} />`;
}

/** @param {ReturnType<typeof templatePreview>} lines */
function preview({ header, body, footer, buttons }) {
  return html`${header && html`<p class="card-title" dir="auto">${header}</p>`}<${Prose} text=${body} />
    ${footer && html`<p class="aside" dir="auto">${footer}</p>`}${choices(t("template.buttons"), buttons)}`;
}

/** The templates that can be filled in here, and what can be done with them. @param {Desk} desk @param {import("../../types.js").Conversation} conversation @param {() => void} close */
function useTemplates(desk, conversation, close) {
  const [templates, setTemplates] = useState(/** @type {any[]} */ ([]));
  const [problem, setProblem] = useState(() => t("template.loading"));
  const [fetching, setFetching] = useState(false);
  const [sending, setSending] = useState(false);
  const key = useRef(/** @type {string|null} */ (null));
  const here = useRef(true);
  useEffect(() => {
    load();
    return () => { here.current = false; };
  }, []);

  async function load() {
    try {
      const found = (await desk.templatesOf(conversation)).filter(slotsOf);
      if (here.current) setTemplates(found);
      setProblem(found.length ? "" : t("template.none"));
    } catch (failure) {
      setProblem(failure.message);
    }
  }

  async function fetch() {
    setFetching(true);
    setProblem(t("template.fetching"));
    try {
      await desk.api.syncTemplates();
      setTimeout(load, FETCHED_MS);
    } catch (failure) {
      setProblem(failure.message);
    }
    setFetching(false);
  }

  async function send(/** @type {object} */ template) {
    setSending(true);
    setProblem("");
    try {
      key.current ??= crypto.randomUUID();
      await desk.sendTemplate(conversation.id, template, key.current);
      close();
    } catch (failure) {
      setProblem([failure.message, failure.details].filter(Boolean).join(" "));
    }
    setSending(false);
  }

  // Other words are another send: they get another idempotency key.
  return { templates, problem, fetch, fetching, send, sending, edited: () => { key.current = null; } };
}
