/** The shapes that pass between the stores and the views; what Meta and the API leave open is `any`. */

/** A MessageView of the API (schema/views/messages.py), and where its halves come from (state/merge.js). */
export interface MessageRecord {
  id: string;
  conversation_id: string;
  phone_number_id: string;
  direction: "inbound" | "outbound" | "echo";
  type: string;
  content: any;
  preview: string;
  status: string;
  status_times: { [status: string]: string };
  error: MessageError | null;
  reply_to: string | null;
  reactions: { emoji: string; from_customer: boolean }[];
  edited_at: string | null;
  deleted_at: string | null;
  possible_duplicate?: boolean;
  agent_id: string | null;
  wamid?: string | null;
  revision: number;
  created_at: string;
  sent_at?: string | null;
  sender?: any;
  referral?: any;
  context?: any;
  errors?: any[];
  payment?: any;
  recipients?: any[];
  /** -1 while only a status is known of the message. */
  contentRevision: number;
  statusRevision: number;
  /** A send of ours that has not reached the server. */
  local?: boolean;
}

export interface MessageError {
  code: number | null;
  title: string;
  details: string;
  class: string;
  advice: string;
}

export interface Contact {
  id: string;
  name: string | null;
  phone: string | null;
  username?: string | null;
}

export interface Window {
  open: boolean;
  expires_at: string | null;
}

export interface Conversation {
  id: string;
  phone_number_id: string;
  contact: Contact;
  unread_count: number;
  window: Window;
  last_message: MessageRecord | null;
  last_message_at: string | null;
  created_at: string;
  revision: number;
}

/** A message of the server, or a send of ours that has not reached it. */
export type Shown = MessageRecord;

export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "unread"; key: string }
  | { kind: "message"; key: string; message: Shown; quoted: Shown | null; joined: boolean };

/** A message's row with what only the view knows. */
export interface MessageRow {
  message: Shown;
  quoted: Shown | null;
  joined: boolean;
  /** The customer's name. */
  customer: string;
  /** The colleague who wrote it, else "". */
  by: string;
  /** Whether its number is paused. */
  paused: boolean;
}

export interface MessageActions {
  reply(message: Shown): void;
  retry(message: Shown): Promise<unknown>;
  discard(message: Shown): void;
  show(messageId: string): void;
}

export interface ListRow {
  key: string;
  conversation: Conversation;
}

/** Who is logged in, as GET /auth/me tells. */
export interface Agent {
  id: string;
  name: string;
  email?: string;
  role?: string;
  development?: { phone_url?: string };
}
