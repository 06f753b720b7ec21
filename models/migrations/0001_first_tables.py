"""The first tables: agents, numbers, contacts, conversations, messages, and what is kept beside them."""

TABLES = """
CREATE TABLE agent (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'agent')),
    password_hash text,
    disabled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE agent_session (
    digest text PRIMARY KEY,
    agent_id uuid NOT NULL REFERENCES agent (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX agent_session_agent ON agent_session (agent_id);
CREATE INDEX agent_session_expires ON agent_session (expires_at);

CREATE TABLE number (
    phone_number_id text PRIMARY KEY,
    account_id text NOT NULL DEFAULT '',
    display_number text NOT NULL DEFAULT '',
    -- Encrypted; see models/numbers/keyring.py.
    access_token text,
    token_set_at timestamptz,
    -- Messages a second; SEND_RATE where it is null.
    send_rate double precision CHECK (send_rate > 0),
    removed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- A row while a number may not send: its quality, its token or its account is to blame.
CREATE TABLE number_hold (
    phone_number_id text PRIMARY KEY REFERENCES number (phone_number_id) ON DELETE CASCADE,
    error jsonb NOT NULL,
    -- Then one message is tried.
    until timestamptz NOT NULL,
    times integer NOT NULL DEFAULT 1,
    since timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE number_standing (
    phone_number_id text PRIMARY KEY REFERENCES number (phone_number_id) ON DELETE CASCADE,
    verified_name text NOT NULL DEFAULT '',
    name_status text NOT NULL DEFAULT '',
    quality text NOT NULL DEFAULT '',
    messaging_limit text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT '',
    account_event text NOT NULL DEFAULT '',
    alert text NOT NULL DEFAULT '',
    marks jsonb NOT NULL DEFAULT '{}',
    revision integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE template (
    id uuid PRIMARY KEY,
    account_id text NOT NULL,
    template_id text NOT NULL DEFAULT '',
    name text NOT NULL,
    language text NOT NULL,
    category text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT '',
    quality text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    parameter_format text NOT NULL DEFAULT '',
    components jsonb,
    marks jsonb NOT NULL DEFAULT '{}',
    revision integer NOT NULL DEFAULT 1,
    synced_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, name, language)
);

CREATE TABLE contact (
    id uuid PRIMARY KEY,
    phone text UNIQUE,
    user_id text UNIQUE,
    name text NOT NULL DEFAULT '',
    username text,
    group_id text UNIQUE,
    -- Set while the person wants no marketing messages; told when Meta last said which.
    marketing_opted_out_at timestamptz,
    marketing_told_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (coalesce(phone, user_id, group_id) IS NOT NULL)
);

CREATE TABLE conversation (
    id uuid PRIMARY KEY,
    phone_number_id text NOT NULL REFERENCES number (phone_number_id),
    contact_id uuid NOT NULL REFERENCES contact (id),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'pending', 'snoozed', 'closed')),
    assignee_id uuid REFERENCES agent (id) ON DELETE SET NULL,
    labels jsonb NOT NULL DEFAULT '[]',
    unread_count integer NOT NULL DEFAULT 0,
    window_expires_at timestamptz,
    last_message_id uuid,
    last_message_at timestamptz,
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (contact_id, phone_number_id)
);
CREATE INDEX conversation_activity ON conversation ((coalesce(last_message_at, created_at)) DESC, id DESC);
CREATE INDEX conversation_unread ON conversation ((coalesce(last_message_at, created_at)) DESC, id DESC)
    WHERE unread_count > 0;
-- What was joined with another when a customer's new number turned out to be one of ours already.
CREATE TABLE conversation_removed (
    id uuid PRIMARY KEY,
    merged_into uuid NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    removed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX conversation_removed_into ON conversation_removed (merged_into);

CREATE TABLE message (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversation (id),
    phone_number_id text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'echo')),
    type text NOT NULL,
    content jsonb NOT NULL,
    preview text NOT NULL DEFAULT '',
    status text NOT NULL,
    status_times jsonb NOT NULL DEFAULT '{}',
    error jsonb,
    pricing jsonb,
    wamid text,
    reply_to_id uuid,
    reply_to_wamid text,
    reactions jsonb NOT NULL DEFAULT '[]',
    sender jsonb,
    agent_id uuid REFERENCES agent (id) ON DELETE SET NULL,
    idempotency_key text,
    request_digest text,
    extra jsonb,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    lease_until timestamptz,
    -- When it was last queued again, by a person or by UNCONFIRMED_POLICY.
    asked_again_at timestamptz,
    possible_duplicate boolean NOT NULL DEFAULT false,
    revision integer NOT NULL DEFAULT 1,
    sent_at timestamptz,
    edited_at timestamptz,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (wamid, phone_number_id),
    UNIQUE (agent_id, idempotency_key)
);
CREATE INDEX message_thread ON message (conversation_id, id DESC);
-- Small whatever the history: only what is on its way out.
CREATE INDEX message_outgoing ON message (conversation_id, id)
    WHERE direction = 'outbound' AND status IN ('queued', 'sending');
CREATE INDEX message_due ON message (phone_number_id, next_attempt_at, id)
    WHERE direction = 'outbound' AND status = 'queued';
CREATE INDEX message_unconfirmed ON message (next_attempt_at) WHERE status = 'unconfirmed';
CREATE INDEX message_leased ON message (lease_until) WHERE status = 'sending';
-- Quotes of messages that are not known yet; the time is for the sweep, which looks at the late ones.
CREATE INDEX message_quoting ON message (reply_to_wamid, phone_number_id, created_at)
    WHERE reply_to_id IS NULL AND reply_to_wamid IS NOT NULL;

CREATE TABLE media (
    id uuid PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    phone_number_id text NOT NULL,
    media_id text NOT NULL,
    mime_type text NOT NULL DEFAULT '',
    expected text NOT NULL DEFAULT '',
    filename text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'stored', 'failed')),
    digest text,
    size bigint,
    thumbnail text,
    thumbnail_size bigint,
    error text NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX media_due ON media (next_attempt_at) WHERE status = 'pending';
CREATE INDEX media_digest ON media (digest);
CREATE INDEX media_thumbnail ON media (thumbnail);
CREATE INDEX media_age ON media (created_at) WHERE status = 'stored';

CREATE TABLE upload (
    id uuid PRIMARY KEY,
    agent_id uuid REFERENCES agent (id) ON DELETE SET NULL,
    digest text NOT NULL,
    size bigint NOT NULL,
    mime_type text NOT NULL,
    filename text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX upload_digest ON upload (digest);
CREATE INDEX upload_age ON upload (created_at);

CREATE TABLE upload_copy (
    digest text NOT NULL,
    mime_type text NOT NULL,
    phone_number_id text NOT NULL,
    media_id text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (digest, mime_type, phone_number_id)
);

CREATE TABLE parked_update (
    id uuid PRIMARY KEY,
    phone_number_id text NOT NULL,
    target_wamid text NOT NULL,
    key text NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (target_wamid, phone_number_id, key)
);

CREATE TABLE other_update (
    id uuid PRIMARY KEY,
    account_id text NOT NULL,
    phone_number_id text,
    field text NOT NULL,
    reason text NOT NULL,
    body jsonb NOT NULL,
    digest text NOT NULL UNIQUE,
    seen integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX other_update_field ON other_update (field) INCLUDE (seen);

CREATE TABLE dead_letter (
    id uuid PRIMARY KEY,
    journey text NOT NULL CHECK (journey IN ('inbound', 'outbound')),
    body bytea,
    message_id uuid,
    digest text NOT NULL UNIQUE,
    error text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz
);
CREATE INDEX dead_letter_waiting ON dead_letter (id) WHERE replayed_at IS NULL;

CREATE TABLE pending_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id uuid,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
"""

NAMES = (
    *(
        "pending_event",
        "dead_letter",
        "other_update",
        "parked_update",
        "upload_copy",
        "upload",
        "media",
        "message",
        "conversation_removed",
        "conversation",
        "contact",
    ),
    *("template", "number_standing", "number_hold", "number", "agent_session", "agent"),
)


def up(migrator, db):
    db.execute_sql(TABLES.replace("%", "%%"))


def down(migrator, db):
    for name in NAMES:
        db.execute_sql(f"DROP TABLE {name}")
