/**
 * The inbox as data, and every way it changes. Pure: each function takes a state and returns the next one,
 * sharing whatever did not change. What is built from a snapshot plus events equals a fresh snapshot.
 *
 * @typedef {import("../types.js").MessageRecord} MessageRecord
 * @typedef {import("../types.js").Conversation} Conversation
 *
 * @typedef {object} Thread An opened conversation's messages.
 * @property {Object<string, MessageRecord>} messages by id
 * @property {string|null|undefined} older link to older messages; null at the beginning, undefined unknown
 *
 * @typedef {object} Inbox
 * @property {Object<string, Conversation>} conversations by id
 * @property {Object<string, Thread>} threads by conversation id, only those opened
 * @property {Map<string, MessageRecord>} news what events told lately, newest last
 * @property {Object<string, Object<string, number>>} typing conversation id -> agent id -> when, in ms
 * @property {WeakSet<object>} [own] tables that nobody else has seen, to be changed in place: thousands of conversations
 *   are not copied for each event of a rain
 * @property {Object<string, string>} merged id of a conversation that is gone -> the one its messages are in
 */

import { combine, combineConversation, fromStatusEvent, fromView, isWhole, latest } from "./merge.js";

/** Enough to cover what overtakes a snapshot that is on its way. */
const NEWS_KEPT = 500;

/** @returns {Inbox} */
export function emptyInbox() {
  return { conversations: {}, threads: {}, news: new Map(), typing: {}, merged: {} };
}

/** Where the messages of a conversation are now: in itself, unless it was joined with another. @param {Inbox} inbox @param {string} conversationId @returns {string} */
export function homeOf(inbox, conversationId) {
  return conversationId in inbox.merged ? homeOf(inbox, inbox.merged[conversationId]) : conversationId;
}

/** Adds conversations as REST lists them. One that is gone by now may still tell a last message. @param {Inbox} inbox @param {any[]} views @returns {Inbox} */
export function withConversations(inbox, views) {
  const conversations = changing(inbox, inbox.conversations);
  for (const view of views) {
    const last = view.last_message && informed(inbox, fromView(view.last_message));
    if (view.id in inbox.merged) lastIn(conversations, homeOf(inbox, view.id), last);
    else conversations[view.id] = combineConversation(conversations[view.id], { ...view, last_message: last });
  }
  return { ...inbox, conversations };
}

/** A table to change: itself where nobody else has seen it, else a copy. @template {object} T @param {Inbox} inbox @param {T} table @returns {T} */
function changing({ own }, table) {
  if (own?.has(table)) return table;
  const copy = { ...table };
  own?.add(copy);
  return copy;
}

/** @param {Object<string, Conversation>} conversations @param {string} id @param {MessageRecord|null} told */
function lastIn(conversations, id, told) {
  const known = conversations[id];
  if (known) conversations[id] = { ...known, last_message: latest(known.last_message, told) };
}

/** Starts to follow a conversation's messages. To be called before they are fetched, so that none slips by. @param {Inbox} inbox @param {string} conversationId @returns {Inbox} */
export function withThread(inbox, conversationId) {
  if (inbox.threads[conversationId]) return inbox;
  const thread = { messages: {}, older: undefined };
  return { ...inbox, threads: { ...inbox.threads, [conversationId]: thread } };
}

/**
 * Adds a page of messages.
 * @param {Inbox} inbox
 * @param {string} conversationId
 * @param {any[]} views
 * @param {string|null} [older] the page's `next` link; left out where the page does not reach further back
 */
export function withMessages(inbox, conversationId, views, older) {
  if (conversationId in inbox.merged) return withMovedMessages(inbox, homeOf(inbox, conversationId), views);
  const thread = withThread(inbox, conversationId).threads[conversationId];
  const messages = { ...thread.messages };
  for (const view of views) {
    messages[view.id] = combine(messages[view.id], informed(inbox, fromView(view)));
  }
  const next = { messages, older: older === undefined ? thread.older : older };
  const others = without(inbox.threads, views.map((each) => each.id));
  return { ...inbox, threads: { ...others, [conversationId]: next } };
}

/** The threads without these messages: each is in one conversation, and one that has moved was in another. @param {Object<string, Thread>} threads @param {string[]} ids @returns {Object<string, Thread>} */
function without(threads, ids) {
  const gone = new Set(ids);
  const left = (/** @type {[string, Thread]} */ [id, thread]) => {
    if (!ids.some((each) => each in thread.messages)) return [id, thread];
    const messages = Object.entries(thread.messages).filter(([each]) => !gone.has(each));
    return [id, { ...thread, messages: Object.fromEntries(messages) }];
  };
  return Object.fromEntries(Object.entries(threads).map(left));
}

/** A page that was asked for before its conversation was joined with another. */
/** @param {Inbox} inbox @param {string} home @param {any[]} views @returns {Inbox} */
function withMovedMessages(inbox, home, views) {
  return inbox.threads[home] ? withMessages(inbox, home, views) : inbox;
}

/** Forgets the threads that are not open, for when events were missed; opening them fetches them anew. @param {Inbox} inbox @param {string|null} openId @returns {Inbox} */
export function withOnlyThread(inbox, openId) {
  const thread = openId && inbox.threads[openId];
  return { ...inbox, threads: thread ? { [openId]: thread } : {} };
}

/**
 * The list after a gap: the page that was fetched since, the open conversation, and what events told while
 * the page was on its way. The rest may be stale and is dropped; paging brings it back.
 * @param {Inbox} inbox
 * @param {Inbox} before the inbox when the gap was noticed
 * @param {any[]} views
 * @param {string|null} openId
 */
export function withListAfterGap(inbox, before, views, openId) {
  const next = withConversations(inbox, views);
  const fresh = new Set([...views.map((each) => each.id), openId]);
  const conversations = keepFresh(next.conversations, before.conversations, fresh);
  return { ...next, conversations };
}

/** The same for the open thread. @param {Inbox} inbox @param {Inbox} before @param {string} conversationId @param {any[]} views @param {string|null} older */
export function withThreadAfterGap(inbox, before, conversationId, views, older) {
  const thread = withMessages(inbox, conversationId, views, older).threads[conversationId];
  const fresh = new Set(views.map((each) => each.id));
  const messages = keepFresh(thread.messages, before.threads[conversationId]?.messages ?? {}, fresh);
  return { ...inbox, threads: { ...inbox.threads, [conversationId]: { ...thread, messages } } };
}

/** @template T @param {Object<string, T>} now @param {Object<string, T>} before @param {Set<string|null>} fresh @returns {Object<string, T>} */
function keepFresh(now, before, fresh) {
  return Object.fromEntries(
    Object.entries(now).filter(([id, value]) => fresh.has(id) || value !== before[id]),
  );
}

/** @type {Object<string, (inbox: Inbox, event: any, now: number) => Inbox>} */
const HANDLERS = {
  new_message: onNewMessage,
  message_status: (inbox, event) => withRecord(inbox, fromStatusEvent(event)),
  message_updated: (inbox, event) => withRecord(inbox, fromView(event.message)),
  conversation_updated: (inbox, event) => withConversations(inbox, [event.conversation]),
  conversation_removed: onRemoved,
  agent_typing: onTyping,
};

/**
 * The inbox after an event. Unknown types change nothing: an older console keeps working.
 * @param {Inbox} inbox
 * @param {any} event as the socket delivers it
 * @param {number} now in ms
 */
export function withEvent(inbox, event, now) {
  const handler = Object.hasOwn(HANDLERS, event.type) ? HANDLERS[event.type] : null;
  return handler ? handler(inbox, event, now) : inbox;
}

/** @param {Inbox} inbox @param {any} event @returns {Inbox} */
function onNewMessage(inbox, event) {
  const carried = { ...event.conversation, last_message: event.message };
  const next = withRecord(withConversations(inbox, [carried]), fromView(event.message));
  const sender = event.message.agent_id;
  return sender ? withTyping(next, event.message.conversation_id, sender, null) : next;
}

/** What is known of the one that is gone goes to the one it was joined with, whose thread is to be fetched again. @param {Inbox} inbox @param {any} event @returns {Inbox} */
function onRemoved(inbox, { removed_id: gone, merged_into: home }) {
  const { [gone]: left, ...conversations } = inbox.conversations;
  const { [gone]: thread, ...threads } = inbox.threads;
  const next = { ...inbox, conversations, threads, merged: { ...inbox.merged, [gone]: home } };
  if (left) lastIn(conversations, homeOf(next, gone), housed(next, left.last_message));
  const open = threads[home];
  if (open) threads[home] = { messages: { ...moved(next, thread), ...open.messages }, older: undefined };
  return next;
}

/** @param {Inbox} inbox @param {Thread|undefined} thread */
function moved(inbox, thread) {
  return Object.fromEntries(Object.values(thread?.messages ?? {}).map((each) => [each.id, housed(inbox, each)]));
}

/** A record as it reads where its conversation was joined with another. @template {MessageRecord|null} T @param {Inbox} inbox @param {T} record @returns {T} */
function housed(inbox, record) {
  const home = record && homeOf(inbox, record.conversation_id);
  return !record || home === record.conversation_id ? record : { ...record, conversation_id: home };
}

/** What is no newer than what is known of a message does not move it: it may have been told late. @param {Inbox} inbox @param {MessageRecord} record @returns {MessageRecord} */
function placed(inbox, record) {
  const knows = (/** @type {[string, Thread]} */ [, { messages }]) => messages[record.id]?.contentRevision >= record.contentRevision;
  const home = Object.entries(inbox.threads).find(knows)?.[0] ?? record.conversation_id;
  return home === record.conversation_id ? record : { ...record, conversation_id: home };
}

/** @param {Inbox} inbox @param {any} event @param {number} now @returns {Inbox} */
function onTyping(inbox, event, now) {
  return withTyping(inbox, event.conversation_id, event.user_id, event.on ? now : null);
}

/** @param {Inbox} inbox @param {string} conversationId @param {string} agentId @param {number|null} since @returns {Inbox} */
function withTyping(inbox, conversationId, agentId, since) {
  const agents = { ...inbox.typing[conversationId] };
  if (since === null) delete agents[agentId];
  else agents[agentId] = since;
  return { ...inbox, typing: { ...inbox.typing, [conversationId]: agents } };
}

/** Puts what an event told of one message wherever that message is shown. @param {Inbox} inbox @param {MessageRecord} told @returns {Inbox} */
function withRecord(inbox, told) {
  const record = placed(inbox, housed(inbox, told));
  const news = remembered(inbox.news, record);
  return inThread(inList({ ...inbox, news }, record), record);
}

/** @param {Inbox} inbox @param {MessageRecord} record @returns {Inbox} */
function inThread(inbox, record) {
  const thread = inbox.threads[record.conversation_id];
  if (!thread) return inbox;
  const whole = combine(thread.messages[record.id], inbox.news.get(record.id));
  if (!isWhole(whole) || whole === thread.messages[record.id]) return inbox;
  const next = { ...thread, messages: { ...thread.messages, [record.id]: whole } };
  return { ...inbox, threads: { ...inbox.threads, [record.conversation_id]: next } };
}

/** @param {Inbox} inbox @param {MessageRecord} record @returns {Inbox} */
function inList(inbox, record) {
  const conversation = inbox.conversations[record.conversation_id];
  if (conversation?.last_message?.id !== record.id) return inbox;
  const last = combine(conversation.last_message, record);
  if (last === conversation.last_message) return inbox;
  const conversations = changing(inbox, inbox.conversations);
  conversations[conversation.id] = { ...conversation, last_message: last };
  return { ...inbox, conversations };
}

/** A record from a snapshot, brought up to what events have told since. @param {Inbox} inbox @param {MessageRecord} record @returns {MessageRecord} */
function informed(inbox, record) {
  return housed(inbox, combine(record, inbox.news.get(record.id)));
}

/** @param {Map<string, MessageRecord>} news @param {MessageRecord} record */
function remembered(news, record) {
  const next = new Map(news);
  const combined = combine(next.get(record.id), record);
  next.delete(record.id);
  next.set(record.id, /** @type {MessageRecord} */ (combined));
  if (next.size > NEWS_KEPT) next.delete(/** @type {string} */ (next.keys().next().value));
  return next;
}
