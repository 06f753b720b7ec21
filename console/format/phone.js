/**
 * Phone numbers as people write them: read where they mean one number everywhere, refused where they may mean another.
 * The server says the same (schema/phone_numbers.py), and one list of examples is put to both.
 */

import { t } from "../locale.js";

const PUNCTUATION = /[\s().\-/\u2010-\u2015\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069]/gu;
const TRUNK_ZERO = /\(\s*0\s*\)/u;
const PHONE = /^[1-9][0-9]{5,14}$/;
const SHOWN = 40;

/**
 * @param {string} text
 * @returns {{digits: string, problem: string}} the number with its country code, or what is wrong with it in a
 *   sentence; the other is ""
 */
export function readPhone(text) {
  const told = [...text.trim()].slice(0, SHOWN).join("");
  const wrong = (/** @type {string} */ why) => ({ digits: "", problem: t(why, { told }) });
  if (TRUNK_ZERO.test(text)) return wrong("phone.trunk");
  const written = text.replace(PUNCTUATION, "");
  const digits = written.replace(/^(\+|00)/, "");
  if (written === digits && digits.startsWith("0")) return wrong("phone.local");
  return PHONE.test(digits) ? { digits, problem: "" } : wrong("phone.none");
}
