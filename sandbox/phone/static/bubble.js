import { clock } from "./clock.js";
import { contentOf } from "./content.js";
import { element } from "./element.js";
import { fateOf, ticks } from "./ticks.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "🙏"];
const WHO = { customer: "You", business: "The business" };

/** One message; `tools` offers `reply(entry)`, `react(entry, emoji)`, `answer(order)`, `quotedText(id)`. */
export function bubble(entry, delivery, tools) {
  const fate = fateOf(entry, delivery);
  const quoted = entry.quoted && element("blockquote", {}, tools.quotedText(entry.quoted));
  const item = element(
    "div",
    { class: `bubble from-${entry.sender}`, data: { id: entry.id, testid: "message-bubble", sender: entry.sender, status: entry.status } },
    element("span", { class: "hidden-words" }, `${WHO[entry.sender]}: `),
    quoted,
    element("div", { class: "content" }, ...contentOf(entry, tools.answer)),
    foot(entry, fate),
    trouble(fate),
    reactions(entry),
    toolbar(entry, tools),
  );
  item.shown = signature(entry);
  return item;
}

/** Show what changed about a message; false where it has to be drawn anew. */
export function refresh(item, entry, delivery) {
  if (item.shown !== signature(entry)) return false;
  const fate = fateOf(entry, delivery);
  item.dataset.status = entry.status;
  item.querySelector(".ticks").replaceWith(ticks(fate));
  item.querySelector(".trouble").replaceWith(trouble(fate));
  return true;
}

const signature = (entry) => JSON.stringify([entry.text, entry.reactions, entry.edited, entry.revoked]);

function foot(entry, fate) {
  return element("p", { class: "foot" }, entry.edited && "edited · ", element("time", {}, clock(entry.at)), ticks(fate));
}

function trouble(fate) {
  return element("p", { class: "trouble", hidden: fate.tone !== "bad" }, fate.tone === "bad" ? fate.words : "");
}

function reactions(entry) {
  const given = Object.entries(entry.reactions);
  if (!given.length) return null;
  const said = given.map(([who, emoji]) => `${WHO[who]} reacted with ${emoji}`).join(", ");
  return element("p", { class: "reactions", role: "img", "aria-label": said, title: said }, given.map(([, emoji]) => emoji).join(""));
}

function toolbar(entry, tools) {
  if (entry.revoked) return null;
  const mine = entry.reactions.customer;
  const faces = EMOJI.map((emoji) =>
    element("button", { type: "button", "aria-label": `React with ${emoji}`, "aria-pressed": String(mine === emoji),
      on: { click: () => tools.react(entry, mine === emoji ? "" : emoji) } }, emoji));
  return element("div", { class: "toolbar", role: "group", "aria-label": "Answer this message" },
    element("button", { type: "button", class: "reply", title: "Reply with a quote", "aria-label": "Reply with a quote", on: { click: () => tools.reply(entry) } }, "↩"),
    ...(entry.sender === "customer" ? own(entry, tools) : []),
    ...faces);
}

/** What only its sender may do with a message. */
function own(entry, tools) {
  const edit = entry.type === "text" && element("button", { type: "button", class: "edit", title: "Edit",
    "aria-label": "Edit this message", on: { click: () => tools.edit(entry) } }, "✎");
  const remove = element("button", { type: "button", class: "revoke", title: "Delete for everyone",
    "aria-label": "Delete this message for everyone", on: { click: () => tools.revoke(entry) } }, "✕");
  return [edit, remove].filter(Boolean);
}
