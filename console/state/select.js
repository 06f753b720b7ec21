/**
 * What the views show, read from the state. Pure; nothing here is stored.
 *
 * @typedef {import("../types.js").MessageRecord} MessageRecord
 * @typedef {import("../types.js").Conversation} Conversation
 */

import { inReadingOrder } from "./merge.js";

/** An agent who has not said so again for this long types no more. */
export const TYPING_MS = 6000;

const JOIN_MS = 3 * 60 * 1000;

/**
 * The conversations of the list, newest activity first.
 * @param {{conversations: Object<string, Conversation>}} inbox
 * @param {{unreadOnly: boolean, found: Set<string>|null, openId: string|null}} choice `found` are the ids a
 *   search returned; the open conversation stays listed although reading it has made it no longer unread
 */
export function listed(inbox, { unreadOnly, found, openId }) {
  return Object.values(inbox.conversations)
    .filter((each) => !found || found.has(each.id))
    .filter((each) => !unreadOnly || each.unread_count > 0 || each.id === openId)
    .sort((one, other) => activity(other) - activity(one) || (one.id < other.id ? 1 : -1));
}

/** @type {WeakMap<object, number>} */
const activities = new WeakMap();

/** In ms; read once of each state of a conversation, for thousands are sorted at each event. @param {Conversation} conversation */
function activity(conversation) {
  let at = activities.get(conversation);
  if (at === undefined) {
    at = Date.parse(conversation.last_message_at ?? conversation.created_at);
    activities.set(conversation, at);
  }
  return at;
}

/** The conversation a customer wrote in last, or null. @param {{conversations: Object<string, Conversation>}} inbox @returns {Conversation|null} */
export function latestInbound({ conversations }) {
  /** @type {Conversation|null} */
  let found = null;
  let at = -Infinity;
  for (const each of Object.values(conversations)) {
    if (each.last_message?.direction !== "inbound" || activity(each) < at) continue;
    found = each;
    at = activity(each);
  }
  return found;
}

/** @type {WeakMap<object, MessageRecord[]>} */
const orders = new WeakMap();

/** A thread's messages in reading order, or [] where it is not opened. Not to be changed: it is kept. @param {import("./inbox.js").Inbox} inbox @param {string|null} conversationId @returns {MessageRecord[]} */
export function messagesOf(inbox, conversationId) {
  const messages = inbox.threads[conversationId ?? ""]?.messages;
  if (!messages) return [];
  const order = orders.get(messages) ?? Object.values(messages).sort(inReadingOrder);
  orders.set(messages, order);
  return order;
}

/**
 * Where the unread part begins, as the id of its first message; null where nothing is unread, or where it begins
 * before what is loaded.
 * @param {MessageRecord[]} messages in reading order
 * @param {number} unreadCount
 * @param {boolean} atBeginning whether there are none before these
 */
export function firstUnread(messages, unreadCount, atBeginning) {
  if (unreadCount <= 0) return null;
  const inbound = messages.filter((each) => each.direction === "inbound");
  return (inbound.at(-unreadCount) ?? (atBeginning ? inbound[0] : null))?.id ?? null;
}

/**
 * The rows of a thread: messages with day separators and the unread mark between them, then sends that
 * have not reached the server.
 * @param {MessageRecord[]} messages in reading order
 * @param {import("./outbox.js").Send[]} sends of this conversation
 * @param {{unreadFrom: string|null, dayOf: (iso: string) => string}} marks
 * @returns {import("../types.js").Row[]}
 */
export function threadRows(messages, sends, { unreadFrom, dayOf }) {
  const byId = new Map(messages.map((each) => [each.id, each]));
  /** @type {import("../types.js").Row[]} */
  const rows = [];
  /** @type {MessageRecord|null} */
  let previous = null;
  let before = "";
  for (const message of [...messages.filter(hasRow), ...unanswered(sends, messages).map(sendAsMessage)]) {
    const day = dayOf(timeOf(message));
    const newDay = day !== before;
    const mark = message.id === unreadFrom;
    if (newDay) rows.push({ kind: "day", key: `day-${day}-${rows.length}`, at: timeOf(message) });
    if (mark) rows.push({ kind: "unread", key: "unread" });
    rows.push({
      kind: "message", key: message.id, message,
      quoted: message.reply_to ? byId.get(message.reply_to) ?? null : null,
      joined: !newDay && !mark && follows(message, previous),
    });
    previous = message;
    before = day;
  }
  return rows;
}

/** A reaction of ours stands at the message it is of, and has a row only where it did not get there. @param {MessageRecord} message */
function hasRow({ type, direction, error }) {
  return type !== "reaction" || direction === "inbound" || Boolean(error);
}

/** @param {MessageRecord} message @param {MessageRecord|null} previous */
function follows(message, previous) {
  if (!previous) return false;
  return sideOf(message) === sideOf(previous) && message.agent_id === previous.agent_id
    && writerOf(message) === writerOf(previous)
    && Date.parse(timeOf(message)) - Date.parse(timeOf(previous)) < JOIN_MS;
}

/** When a message was written, by Meta's clock where it tells. @param {MessageRecord} message */
function timeOf(message) {
  return message.sent_at ?? message.created_at;
}

/** Who wrote in a group; undefined outside. @param {MessageRecord} message */
function writerOf({ sender }) {
  return sender?.phone ?? sender?.user_id;
}

/** "theirs" or "ours": echoes, written in the phone app, are ours. @param {{direction: string}} message */
export function sideOf(message) {
  return message.direction === "inbound" ? "theirs" : "ours";
}

/**
 * Sends without those whose message is here already: its event may come before the answer to the request,
 * and showing both for a moment would look like a double send.
 * @param {import("./outbox.js").Send[]} sends
 * @param {MessageRecord[]} messages
 */
export function unanswered(sends, messages) {
  const claimed = new Set();
  return sends.filter((send) => {
    const twin = messages.find((each) => !claimed.has(each.id) && isTwin(send, each));
    if (twin) claimed.add(twin.id);
    return !twin;
  });
}

/** @param {import("./outbox.js").Send} send @param {MessageRecord} message */
function isTwin(send, message) {
  return send.state !== "refused" && message.direction === "outbound" && message.agent_id === send.agentId
    && message.content?.body === send.text && message.id > send.after;
}

/** A send that has not reached the server, shaped like a message; its status is its state in the outbox. @param {import("./outbox.js").Send} send @returns {MessageRecord} */
export function sendAsMessage(send) {
  return {
    id: send.key, conversation_id: send.conversationId, direction: "outbound", type: "text",
    content: { body: send.text }, preview: send.text, status: send.state, status_times: {},
    error: send.error, reply_to: send.replyTo, reactions: [], edited_at: null, deleted_at: null,
    agent_id: send.agentId, created_at: send.createdAt, local: true,
    phone_number_id: "", revision: 0, contentRevision: 0, statusRevision: 0,
  };
}

/** Ids of the agents who type in a conversation now. @param {import("./inbox.js").Inbox} inbox @param {string} conversationId @param {number} now */
export function typingAgents(inbox, conversationId, now) {
  const agents = Object.entries(inbox.typing[conversationId] ?? {});
  return agents.filter(([, since]) => now - since < TYPING_MS).map(([id]) => id);
}

/**
 * Whether the customer-service window is open now: the server's word, or the clock where that ran out since.
 * @param {{open: boolean, expires_at: string|null}} window
 * @param {number} now in ms
 */
export function isOpen(window, now) {
  return window.open && (!window.expires_at || Date.parse(window.expires_at) > now);
}
