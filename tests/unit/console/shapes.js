/** Views as the API sends them, with only what a test cares about spelled out. */

export const at = (minute, second = 0) =>
  `2026-03-12T10:${String(minute).padStart(2, "0")}:${String(second).padStart(2, "0")}Z`;

export function message(id, changes = {}) {
  return {
    id, conversation_id: "c1", phone_number_id: "1", direction: "inbound", type: "text",
    content: { body: id }, preview: id, status: "received", status_times: {}, error: null, reply_to: null,
    reactions: [], edited_at: null, deleted_at: null, possible_duplicate: false, agent_id: null, pricing: null,
    wamid: null, revision: 1, created_at: at(0), sent_at: null, referral: null, context: null, errors: [],
    payment: null, recipients: [], ...changes,
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
    error: null, wamid: "wamid.1", pricing: null, possible_duplicate: false, payment: null, recipients: [], revision,
    ...changes,
  };
}

export function number(id, itsStanding = standing(id)) {
  return {
    phone_number_id: id, account_id: "9", display_number: "15550001111", token_set_at: null, send_rate: null,
    created_at: at(0), default: true, token: "settings", standing: itsStanding,
  };
}

export function standing(id, changes = {}) {
  return {
    phone_number_id: id, account_id: "9", display_number: "15550001111", verified_name: "", name_status: "", quality: "",
    messaging_limit: "", status: "", account_event: "", alert: "", hold: null, revision: 1, updated_at: at(0), ...changes,
  };
}

export function hold(error = {}) {
  const quality = { code: 131048, title: "Spam rate limit hit", details: "Too many", class: "quality", advice: "It pauses." };
  return { error: { ...quality, ...error }, since: at(0), until: at(1) };
}
