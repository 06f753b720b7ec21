/** Finds web addresses in text. Only http and https become links, whatever a customer writes. */

const ADDRESS = /\bhttps?:\/\/[^\s<>"']+/giu;
const TRAILING = /[.,;:!?…»”’)\]}]/u;

/**
 * Text in parts, of which those with `href` are addresses; joined, the parts' texts are the text again.
 * @param {string} text
 * @returns {{text: string, href?: string}[]}
 */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutTrailing(found);
    const href = safeHref(address);
    if (!href) continue;
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push({ text: address, href });
    end = index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** A sentence's full stop or closing bracket is not the address's, unless the bracket opened in it. @param {string} address */
function withoutTrailing(address) {
  let end = address.length;
  while (TRAILING.test(address[end - 1]) && !closesOwnBracket(address.slice(0, end))) end--;
  return address.slice(0, end);
}

/** @param {string} address */
function closesOwnBracket(address) {
  return address.endsWith(")") && address.split("(").length === address.split(")").length;
}

/** The address if it is http or https, else null. @param {unknown} address */
export function safeHref(address) {
  try {
    const url = new URL(String(address));
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}
