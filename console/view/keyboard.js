/** The keys: j/k or arrows move, Enter opens, / searches, r replies, Escape goes back. */

const FIELDS = "input, textarea, select, [contenteditable]";
const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/**
 * @param {object} places
 * @param {HTMLElement} places.list
 * @param {HTMLElement} places.messages
 * @param {HTMLInputElement} places.search
 * @param {(messageId: string|null) => void} places.reply to the focused message, or to the latest one
 * @param {() => void} places.back
 */
export function listenToKeys({ list, messages, search, reply, back }) {
  const keys = {
    "/": () => search.focus(),
    Escape: back,
    r: () => reply(document.activeElement.closest("[data-message-id]")?.dataset.messageId ?? null),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    const typing = event.target.closest?.(FIELDS);
    if (typing && event.key !== "Escape" && !leavesSearch(event, search)) return;
    const acted = step(event, list, messages, search) || (Object.hasOwn(keys, event.key) && (keys[event.key](), true));
    if (acted) event.preventDefault();
  });
}

/** From the search box the arrow leads into what was found. */
function leavesSearch(event, search) {
  return event.target === search && event.key === "ArrowDown";
}

function step({ key, target }, list, messages, search) {
  if (!Object.hasOwn(STEPS, key)) return false;
  const inThread = messages.contains(target) || target === messages.parentElement;
  const places = [...(inThread ? messages : list).querySelectorAll(inThread ? "[data-message-id]" : "a")];
  if (!places.length || target.closest("audio, video, pre")) return false;
  const at = places.findIndex((each) => each.contains(target));
  const next = places[nextIndex(at, STEPS[key], places, inThread)];
  // Only the arrow, which led in from there: a k more would be typed into it.
  if (!next && !inThread && at === 0 && key === "ArrowUp") search.focus();
  next?.focus();
  return true;
}

/** Outside, a list is entered at the open conversation or the top, a thread at its end. */
function nextIndex(at, by, places, inThread) {
  if (at >= 0) return at + by;
  if (inThread) return places.length - 1;
  return Math.max(0, places.findIndex((each) => each.hasAttribute("aria-current")));
}
