/**
 * Phone numbers as people write them: read where they mean one number everywhere, refused where they may mean another.
 * The server says the same (api/phone_numbers.py), and one list of examples is put to both.
 */

const PUNCTUATION = /[\s().\-/\u2010-\u2015\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069]/gu;
const TRUNK_ZERO = /\(\s*0\s*\)/u;
const PHONE = /^[1-9][0-9]{5,14}$/;
const SHOWN = 40;

/**
 * @param {string} text
 * @returns {{digits: string, problem: string}} the number with its country code, or what is wrong with it, to be read
 *   after the name of the field; the other is ""
 */
export function readPhone(text) {
  const told = `is “${[...text.trim()].slice(0, SHOWN).join("")}”`;
  const wrong = (why) => ({ digits: "", problem: told + why });
  if (TRUNK_ZERO.test(text)) {
    return wrong(": the (0) is dialled in some countries and not in others. "
      + "Write it as it is dialled from abroad, such as +44 7700 900123.");
  }
  const written = text.replace(PUNCTUATION, "");
  const digits = written.replace(/^(\+|00)/, "");
  if (written === digits && digits.startsWith("0")) {
    return wrong(": it begins with 0, so its country code is missing. "
      + "Write it with the code and without that 0, such as +44 7700 900123.");
  }
  return PHONE.test(digits) ? { digits, problem: "" } : wrong(", which is no phone number with country code, such as +44 7700 900123.");
}
