/** What the views show, read from the state. Pure; nothing here is stored. */

import { inReadingOrder } from "./merge.js";

/** An agent who has not said so again for this long types no more. */
export const TYPING_MS = 6000;

const JOIN_MS = 3 * 60 * 1000;

/**
 * The conversations of the list, newest activity first.
 * @param {import("./inbox.js").Inbox} inbox
 * @param {{unreadOnly: boolean, found: Set<string>|null, openId: string|null}} choice `found` are the ids a
 *   search returned; the open conversation stays listed although reading it has made it no longer unread
 */
export function listed(inbox, { unreadOnly, found, openId }) {
  return Object.values(inbox.conversations)
    .filter((each) => !found || found.has(each.id))
    .filter((each) => !unreadOnly || each.unread_count > 0 || each.id === openId)
    .sort((one, other) => activity(other) - activity(one) || (one.id < other.id ? 1 : -1));
}

function activity(conversation) {
  return Date.parse(conversation.last_message_at ?? conversation.created_at);
}

/** A thread's messages in reading order, or [] where it is not opened. */
export function messagesOf(inbox, conversationId) {
  return Object.values(inbox.threads[conversationId]?.messages ?? {}).sort(inReadingOrder);
}

/**
 * Where the unread part begins, as the id of its first message, or null.
 * @param {import("./merge.js").MessageRecord[]} messages in reading order
 */
export function firstUnread(messages, unreadCount) {
  const inbound = messages.filter((each) => each.direction === "inbound");
  return unreadCount > 0 ? (inbound.at(-unreadCount) ?? inbound[0])?.id ?? null : null;
}

/**
 * The rows of a thread: messages with day separators and the unread mark between them, then sends that
 * have not reached the server.
 * @param {import("./merge.js").MessageRecord[]} messages in reading order
 * @param {import("./outbox.js").Send[]} sends of this conversation
 * @param {{unreadFrom: string|null, dayOf: (iso: string) => string}} marks
 * @returns {{kind: "day"|"unread"|"message", key: string}[]}
 */
export function threadRows(messages, sends, { unreadFrom, dayOf }) {
  const byId = new Map(messages.map((each) => [each.id, each]));
  const rows = [];
  let previous = null;
  for (const message of [...messages.filter(hasRow), ...unanswered(sends, messages).map(sendAsMessage)]) {
    const day = dayOf(timeOf(message));
    const newDay = !previous || dayOf(timeOf(previous)) !== day;
    const mark = message.id === unreadFrom;
    if (newDay) rows.push({ kind: "day", key: `day-${day}-${rows.length}`, at: timeOf(message) });
    if (mark) rows.push({ kind: "unread", key: "unread" });
    rows.push({
      kind: "message", key: message.id, message,
      quoted: message.reply_to ? byId.get(message.reply_to) ?? null : null,
      joined: !newDay && !mark && follows(message, previous),
    });
    previous = message;
  }
  return rows;
}

/** A reaction of ours stands at the message it is of, and has a row only where it did not get there. */
function hasRow({ type, direction, error }) {
  return type !== "reaction" || direction === "inbound" || Boolean(error);
}

function follows(message, previous) {
  return sideOf(message) === sideOf(previous) && message.agent_id === previous.agent_id
    && writerOf(message) === writerOf(previous)
    && Date.parse(timeOf(message)) - Date.parse(timeOf(previous)) < JOIN_MS;
}

/** When a message was written, by Meta's clock where it tells. */
function timeOf(message) {
  return message.sent_at ?? message.created_at;
}

/** Who wrote in a group; undefined outside. */
function writerOf({ sender }) {
  return sender?.phone ?? sender?.user_id;
}

/** "theirs" or "ours": echoes, written in the phone app, are ours. */
export function sideOf(message) {
  return message.direction === "inbound" ? "theirs" : "ours";
}

/**
 * Sends without those whose message is here already: its event may come before the answer to the request,
 * and showing both for a moment would look like a double send.
 */
export function unanswered(sends, messages) {
  const claimed = new Set();
  return sends.filter((send) => {
    const twin = messages.find((each) => !claimed.has(each.id) && isTwin(send, each));
    if (twin) claimed.add(twin.id);
    return !twin;
  });
}

function isTwin(send, message) {
  return send.state !== "refused" && message.direction === "outbound" && message.agent_id === send.agentId
    && message.content?.body === send.text && message.id > send.after;
}

/** A send that has not reached the server, shaped like a message; its status is its state in the outbox. */
export function sendAsMessage(send) {
  return {
    id: send.key, conversation_id: send.conversationId, direction: "outbound", type: "text",
    content: { body: send.text }, preview: send.text, status: send.state, status_times: {},
    error: send.error, reply_to: send.replyTo, reactions: [], edited_at: null, deleted_at: null,
    agent_id: send.agentId, created_at: send.createdAt, local: true,
  };
}

/** Ids of the agents who type in a conversation now. */
export function typingAgents(inbox, conversationId, now) {
  const agents = Object.entries(inbox.typing[conversationId] ?? {});
  return agents.filter(([, since]) => now - since < TYPING_MS).map(([id]) => id);
}

/**
 * Whether the customer-service window is open now: the server's word, or the clock where that ran out since.
 * @param {{open: boolean, expires_at: string|null}} window
 */
export function isOpen(window, now) {
  return window.open && (!window.expires_at || Date.parse(window.expires_at) > now);
}
