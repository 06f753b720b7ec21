/**
 * Media by way of /api/v1/media/{message id}. Files may still be on their way from Meta, or be gone there:
 * each kind falls back to a placeholder that offers another try.
 */

import { safeHref } from "../format/links.js";
import { visible } from "../format/names.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";

const addressOf = (message) => `/api/v1/media/${encodeURIComponent(message.id)}`;
const thumbnailOf = (message) => `${addressOf(message)}?size=thumbnail`;

/** A small picture, loaded when it comes near, that opens in full in a new tab. */
export function image(message) {
  const words = message.content.caption || "Image without a caption";
  return withFallback("Image", (failed) => {
    const picture = el("img", { src: thumbnailOf(message), alt: words, loading: "lazy", onerror: failed });
    return el("a", { class: "picture", href: addressOf(message), target: "_blank", rel: "noopener" }, picture);
  });
}

export function sticker(message) {
  return withFallback("Sticker", (failed) =>
    el("img", { class: "sticker", src: addressOf(message), alt: "Sticker", loading: "lazy", onerror: failed }));
}

export function video(message) {
  return withFallback("Video", (failed) => el("video", {
    src: addressOf(message), controls: true, preload: "metadata", "aria-label": message.content.caption || "Video", onerror: failed,
  }));
}

/** A recording or a sound file. */
export function audio(message) {
  const kind = message.content.voice ? "Voice message" : "Audio";
  return withFallback(kind, (failed) =>
    el("audio", { src: addressOf(message), controls: true, preload: "none", "aria-label": kind, onerror: failed }));
}

/** A file to download; nothing is fetched until the agent asks. */
export function documentFile(message) {
  const { filename, mime_type: type } = message.content;
  const name = visible(filename) || "Document";
  return el("a", { class: "card card-link", href: addressOf(message), download: filename || "", rel: "noopener" },
    icon("file"), el("div", {}, el("p", { class: "card-title" }, name), el("p", { class: "aside" }, type || "File")));
}

/** A file sent by its address: WhatsApp fetches it from there, and the agent may look there too. */
export function linkedFile({ type, content }) {
  const { link, filename } = content;
  const name = visible(filename) || type[0].toUpperCase() + type.slice(1);
  const place = safeHref(link) ? new URL(link).host : String(link);
  const inside = [icon(type === "image" || type === "sticker" ? "image" : "file"),
    el("div", {}, el("p", { class: "card-title" }, name), el("p", { class: "aside" }, place))];
  if (!safeHref(link)) return el("div", { class: "card" }, ...inside);
  return el("a", { class: "card card-link", href: safeHref(link), target: "_blank", rel: "noopener noreferrer" }, ...inside);
}

function withFallback(kind, make) {
  const frame = el("div", { class: "media" });
  const load = () => frame.replaceChildren(make(() => frame.replaceChildren(placeholder(kind, load))));
  load();
  return frame;
}

function placeholder(kind, load) {
  return el("div", { class: "placeholder" }, icon("image"),
    el("span", {}, `${kind} not available`),
    el("button", { type: "button", class: "link", onclick: load }, "Try again"));
}
