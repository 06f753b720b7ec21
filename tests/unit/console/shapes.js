/** Views as the API sends them, with only what a test cares about spelled out. */

export const at = (minute, second = 0) =>
  `2026-03-12T10:${String(minute).padStart(2, "0")}:${String(second).padStart(2, "0")}Z`;

export function message(id, changes = {}) {
  return {
    id, conversation_id: "c1", phone_number_id: "1", direction: "inbound", type: "text",
    content: { body: id }, preview: id, status: "received", status_times: {}, error: null, reply_to: null,
    reactions: [], edited_at: null, deleted_at: null, possible_duplicate: false, agent_id: null, pricing: null,
    wamid: null, revision: 1, created_at: at(0), ...changes,
  };
}

export function conversation(id, changes = {}) {
  return {
    id, phone_number_id: "1",
    contact: { id: `contact-${id}`, name: id, phone: "4915112345678", user_id: null, username: null },
    status: "open", assignee_id: null, labels: [], unread_count: 0, window: { open: true, expires_at: null },
    last_message: null, last_message_at: at(0), revision: 1, created_at: at(0), ...changes,
  };
}

export function statusEvent(id, status, revision, changes = {}) {
  return {
    type: "message_status", conversation_id: "c1", message_id: id, status, status_times: { [status]: at(1) },
    error: null, wamid: "wamid.1", pricing: null, possible_duplicate: false, revision, ...changes,
  };
}
