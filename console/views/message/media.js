/**
 * Media by way of /api/v1/media/{message id}. Files may still be on their way from Meta, or be gone there:
 * each kind falls back to a placeholder that offers another try.
 */

import { safeHref } from "../../format/links.js";
import { visible } from "../../format/names.js";
import { html } from "../../html.js";
import { t } from "../../locale.js";
import { useState } from "../../vendor/hooks.js";
import { Icon } from "../parts/icon.js";

/** @typedef {import("../../types.js").Shown} Shown */

/** @param {Shown} message */
const addressOf = (message) => `/api/v1/media/${encodeURIComponent(message.id)}`;

/** A small picture, loaded when it comes near, that opens in full in a new tab. @param {{message: Shown}} props */
export function Picture({ message }) {
  const words = message.content.caption || t("media.image.bare");
  return html`<${WithFallback} of=${message} kind=${t("media.image")} draw=${(/** @type {() => void} */ failed) => html`
    <a class="picture" href=${addressOf(message)} target="_blank" rel="noopener">
      <img src=${`${addressOf(message)}?size=thumbnail`} alt=${words} loading="lazy" onError=${failed} />
    </a>`} />`;
}

/** @param {{message: Shown}} props */
export function Sticker({ message }) {
  return html`<${WithFallback} of=${message} kind=${t("media.sticker")} draw=${(/** @type {() => void} */ failed) => html`
    <img class="sticker" src=${addressOf(message)} alt=${t("media.sticker")} loading="lazy" onError=${failed} />`} />`;
}

/** @param {{message: Shown}} props */
export function Video({ message }) {
  return html`<${WithFallback} of=${message} kind=${t("media.video")} draw=${(/** @type {() => void} */ failed) => html`
    <video src=${addressOf(message)} controls preload="metadata" aria-label=${message.content.caption || t("media.video")}
      onError=${failed} />`} />`;
}

/** A recording or a sound file. @param {{message: Shown}} props */
export function Sound({ message }) {
  const kind = message.content.voice ? t("media.voice") : t("media.audio");
  return html`<${WithFallback} of=${message} kind=${kind} draw=${(/** @type {() => void} */ failed) => html`
    <audio src=${addressOf(message)} controls preload="none" aria-label=${kind} onError=${failed} />`} />`;
}

/** A file to download; nothing is fetched until the agent asks. @param {{message: Shown}} props */
export function DocumentFile({ message }) {
  const { filename, mime_type: type } = message.content;
  return html`<a class="card card-link" href=${addressOf(message)} download=${filename || ""} rel="noopener">
    <${Icon} name="file" />
    <div><p class="card-title" dir="auto">${visible(filename) || t("media.document")}</p>
      <p class="aside">${type || t("media.file")}</p></div>
  </a>`;
}

/** A file sent by its address: WhatsApp fetches it from there, and the agent may look there too. @param {{message: Shown}} props */
export function LinkedFile({ message: { type, content } }) {
  const { link, filename } = content;
  const href = safeHref(link);
  const inside = html`
    <${Icon} name=${type === "image" || type === "sticker" ? "image" : "file"} />
    <div><p class="card-title" dir="auto">${visible(filename) || t(`media.${type}`)}</p>
      <p class="aside">${href ? new URL(href).host : String(link)}</p></div>`;
  if (!href) return html`<div class="card">${inside}</div>`;
  return html`<a class="card card-link" href=${href} target="_blank" rel="noopener noreferrer">${inside}</a>`;
}

/** News of the message is another try by itself: its file may be here by then. @param {{of: Shown, kind: string, draw: (failed: () => void) => import("../../html.js").Drawn}} props */
function WithFallback({ of: { content }, kind, draw }) {
  const [failed, setFailed] = useState(/** @type {object|null} */ (null));
  const inside = failed === content ? html`<${Placeholder} kind=${kind} again=${() => setFailed(null)} />` : draw(() => setFailed(content));
  return html`<div class="media">${inside}</div>`;
}

/** @param {{kind: string, again: () => void}} props */
function Placeholder({ kind, again }) {
  return html`<div class="placeholder"><${Icon} name="image" />
    <span>${t("media.missing", { kind })}</span>
    <button type="button" class="link" onClick=${again}>${t("again")}</button>
  </div>`;
}
