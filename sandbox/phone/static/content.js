import { element, link, linked } from "./element.js";

/** What stands inside a bubble, by the type of its message: an array of nodes. `answer(order)` sends a reply. */
export function contentOf(entry, answer) {
  if (entry.revoked) return [element("p", { class: "gone" }, "This message was deleted.")];
  const form = FORMS[entry.type] ?? FORMS.unknown;
  return form(entry.message[entry.type] ?? {}, entry, answer).filter(Boolean);
}

const words = (entry) => entry.text && element("p", { class: "words" }, ...linked(entry.text));

function picture(part, entry) {
  const source = part.id ? `/sandbox/media/${encodeURIComponent(part.id)}` : "";
  const name = part.caption || (entry.type === "sticker" ? "Sticker" : "Picture");
  if (!source) return [file(entry.type, part), words(entry)];
  const image = element("img", { src: source, alt: name, class: entry.type, loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(element("p", { class: "gone" }, `${name}: no longer held here, or not shown by browsers`)));
  return [image, part.caption && words(entry)];
}

const ICONS = { audio: "🎤", video: "🎬", document: "📄", image: "🖼", sticker: "🖼" };

function file(kind, part) {
  const name = part.filename || `${kind} ${part.mime_type ?? ""}`.trim();
  const target = part.id
    ? element("a", { href: `/sandbox/media/${encodeURIComponent(part.id)}`, download: part.filename || kind }, name)
    : link(part.link ?? "", part.filename || part.link || kind);
  return element("p", { class: "card" }, element("span", { "aria-hidden": "true" }, ICONS[kind] ?? "📎"), target);
}

function place(part, entry) {
  const address = `https://www.openstreetmap.org/?mlat=${Number(part.latitude)}&mlon=${Number(part.longitude)}#map=15`;
  const where = `${Number(part.latitude).toFixed(4)}, ${Number(part.longitude).toFixed(4)}`;
  return [element("p", { class: "card" }, element("span", { "aria-hidden": "true" }, "📍"), element("span", {}, entry.text, element("br"), link(address, where)))];
}

function cards(part) {
  return [].concat(part).map((contact) =>
    element("p", { class: "card" }, element("span", { "aria-hidden": "true" }, "👤"),
      element("span", {}, contact?.name?.formatted_name ?? "Contact", ...(contact?.phones ?? []).flatMap((phone) => [element("br"), phone.phone ?? ""]))));
}

function choice(title, order, answer) {
  return element("button", { type: "button", class: "choice", on: { click: () => answer(order) } }, title);
}

function interactive(part, entry, answer) {
  const action = part.action ?? {};
  const quoted = { reply_to: entry.id };
  const buttons = (action.buttons ?? []).map(({ reply }) =>
    choice(reply?.title ?? "", { type: "button_reply", title: reply?.title, reply_id: reply?.id, ...quoted }, answer));
  const rows = (action.sections ?? []).flatMap((section) => (section.rows ?? []).map((row) =>
    choice(row.title ?? "", { type: "list_reply", title: row.title, reply_id: row.id, description: row.description, ...quoted }, answer)));
  const url = part.type === "cta_url" && element("p", { class: "choice" }, link(action.parameters?.url ?? "", action.parameters?.display_text ?? "Open"));
  return [
    part.header?.text && element("p", { class: "heading" }, part.header.text),
    words(entry),
    part.footer?.text && element("p", { class: "footer" }, part.footer.text),
    ...buttons,
    rows.length > 0 && element("details", { class: "rows" }, element("summary", {}, action.button ?? "Choose"), ...rows),
    url,
  ];
}

function template(part, entry, answer) {
  const buttons = entry.buttons.filter((button) => button.type === "QUICK_REPLY").map((button) =>
    choice(button.text, { type: "button", text: button.text, payload: button.text, reply_to: entry.id }, answer));
  return [element("p", { class: "label" }, `Template ${part.name ?? ""}`), words(entry), ...buttons];
}

const FORMS = {
  text: (_, entry) => [words(entry)],
  image: picture,
  sticker: picture,
  audio: (part, entry) => [file(entry.type, part)],
  video: (part, entry) => [file(entry.type, part), part.caption && words(entry)],
  document: (part, entry) => [file(entry.type, part), part.caption && words(entry)],
  location: place,
  contacts: cards,
  interactive,
  template,
  button: (_, entry) => [words(entry)],
  system: (_, entry) => [element("p", { class: "gone" }, entry.text)],
  unknown: (_, entry) => [element("p", { class: "gone" }, `A message of type “${entry.type}”`), words(entry)],
};
