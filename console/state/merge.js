/**
 * How two states of one thing become one. The socket promises every event at least once, and a snapshot
 * may be older than an event that overtook it, so nothing here depends on the order of arrival.
 *
 * A message changes in two halves: its content (whole views: new_message, message_updated, REST) and its
 * status (message_status carries nothing else). Each half remembers the revision it came with; otherwise a
 * status that arrived early would make an edit with a lower revision look old, and the edit would be lost.
 *
 * @typedef {import("../types.js").MessageRecord} MessageRecord
 * @typedef {import("../types.js").Conversation} Conversation
 */

const STATUS_FIELDS = [
  "status", "status_times", "error", "wamid", "pricing", "possible_duplicate", "payment", "recipients",
  "statusRevision",
];

/** @param {any} view @returns {MessageRecord} a whole view as a record */
export function fromView(view) {
  return { ...view, contentRevision: view.revision, statusRevision: view.revision };
}

/** @param {any} event @returns {any} what a message_status event tells, for combining */
export function fromStatusEvent(event) {
  const { message_id: id, conversation_id, status, status_times, error, wamid, revision } = event;
  const { pricing = null, possible_duplicate = false, payment = null, recipients = [] } = event;
  return {
    id, conversation_id, status, status_times, error, wamid, pricing, possible_duplicate, payment, recipients, revision,
    contentRevision: -1, statusRevision: revision,
  };
}

/** Whether more is known of the message than its status. @param {MessageRecord|null} record @returns {record is MessageRecord} */
export function isWhole(record) {
  return record !== null && record.contentRevision >= 0;
}

/**
 * The newer half of each. Returns `known` itself where `news` tells nothing new, so that views can compare
 * by identity. null only where both are none.
 * @template {MessageRecord|undefined|null} T
 * @param {T} known
 * @param {MessageRecord|undefined|null} news
 * @returns {T extends MessageRecord ? MessageRecord : MessageRecord|null}
 */
export function combine(known, news) {
  if (!known || !news) return /** @type {any} */ (known ?? news ?? null);
  const content = news.contentRevision > known.contentRevision ? news : known;
  const status = news.statusRevision > known.statusRevision ? news : known;
  if (content === known && status === known) return /** @type {any} */ (known);
  /** @type {any} */
  const combined = { ...content, revision: Math.max(content.revision, status.revision) };
  for (const field of STATUS_FIELDS) combined[field] = /** @type {any} */ (status)[field];
  return combined;
}

/** Sorts messages into reading order, which is that of their ids: what came late stands where it was written. @param {MessageRecord} one @param {MessageRecord} other */
export function inReadingOrder(one, other) {
  return one.id < other.id ? -1 : Number(one.id > other.id);
}

/** The later of two messages by id, as the server has it, combined where they are one; either may be null. @param {MessageRecord|null} one @param {MessageRecord|null} other */
export function latest(one, other) {
  if (!one || !other) return one ?? other ?? null;
  if (one.id === other.id) return combine(one, other);
  return one.id < other.id ? other : one;
}

/**
 * A conversation as known, and as just told. Events leave `last_message` null, which means "not told".
 * @param {Conversation|undefined} known with `last_message` a record
 * @param {Conversation} view a ConversationView whose `last_message` is a record or null
 */
export function combineConversation(known, view) {
  if (!known) return view;
  const base = view.revision > known.revision ? view : known;
  const last = latest(known.last_message, view.last_message);
  if (base === known && last === known.last_message) return known;
  return { ...base, last_message: last };
}
