/**
 * Plays tapes (JSON on stdin) into the console's own state, and prints what it shows of each:
 * {"conversations": {id: view}, "messages": {id: view}}.
 */

import { emptyInbox, withConversations, withEvent, withMessages, withThread } from "../../../console/state/inbox.js";

function begin(conversations) {
  return conversations.reduce(withThread, emptyInbox());
}

function withSnapshot(inbox, { conversations, messages }) {
  const opened = withConversations(inbox, conversations);
  return messages.reduce((next, view) => withMessages(next, view.conversation_id, [view]), opened);
}

function played({ conversations, tape }) {
  return tape.reduce((inbox, entry) => {
    if (entry.begin) return begin(conversations);
    return entry.event ? withEvent(inbox, entry.event, 0) : withSnapshot(inbox, entry.snapshot);
  }, begin(conversations));
}

/** A record without what the state notes for itself. */
function view({ contentRevision, statusRevision, ...told }) {
  return told;
}

function shown(inbox) {
  const threads = Object.values(inbox.threads).flatMap(({ messages }) => Object.values(messages));
  const conversations = Object.values(inbox.conversations);
  return {
    conversations: Object.fromEntries(conversations.map((each) => [each.id, { ...each, last_message: view(each.last_message) }])),
    messages: Object.fromEntries(threads.map((each) => [each.id, view(each)])),
  };
}

let text = "";
for await (const chunk of process.stdin) text += chunk;
console.log(JSON.stringify(JSON.parse(text).map((each) => shown(played(each)))));
