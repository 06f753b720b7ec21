/**
 * Our numbers, and which of them are paused. Pure: each function takes the numbers and returns the next ones,
 * sharing whatever did not change.
 *
 * @typedef {object} OurNumber A number as `GET /numbers` lists it.
 * @property {string} phone_number_id
 * @property {string} display_number
 * @property {"own"|"settings"|"none"} token where its access token is from
 * @property {string} account_id
 * @property {any} standing a NumberView (schema/views/numbers.py), whose `hold` is null while it may send
 *
 * @typedef {Object<string, OurNumber>} Numbers by phone_number_id
 */

/** The numbers as REST lists them, each with what an event told since. @param {Numbers} numbers @param {OurNumber[]} listed @returns {Numbers} */
export function withNumbers(numbers, listed) {
  return Object.fromEntries(listed.map((each) => {
    const standing = newer(numbers[each.phone_number_id]?.standing, each.standing);
    return [each.phone_number_id, { ...each, standing }];
  }));
}

/** The numbers after a `number_updated`. One that is not listed changes nothing: it has to be fetched. @param {Numbers} numbers @param {any} view @returns {Numbers} */
export function withStanding(numbers, view) {
  const known = numbers[view.phone_number_id];
  if (!known) return numbers;
  return { ...numbers, [view.phone_number_id]: { ...known, standing: newer(known.standing, view) } };
}

/** Of two states of one thing the one with the higher revision, whichever came first. @param {any} known @param {any} told */
function newer(known, told) {
  if (!known || !told) return told ?? known ?? null;
  return told.revision > known.revision ? told : known;
}

/** Why a number sends nothing at present, or null while it may. @param {Numbers} numbers @param {string} phoneNumberId */
export function holdOf(numbers, phoneNumberId) {
  return numbers[phoneNumberId]?.standing?.hold ?? null;
}

/** The numbers that are paused, in the order of the listing. @param {Numbers} numbers @returns {OurNumber[]} */
export function pausedNumbers(numbers) {
  return Object.values(numbers).filter((each) => each.standing?.hold);
}
