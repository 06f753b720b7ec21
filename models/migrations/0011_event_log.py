"""The event log, and the outbox for events that could not be numbered at once: models/ledger/event_log.py.

``pending_event`` stays: the version before writes there while an upgrade rolls, and the sweep takes over what it left.
The version before knows no log: where it has a message deleted that this one told of, a trigger takes the words out.
Both go with the first migration after the release that brings this one.
"""

from datetime import UTC, datetime, timedelta

# A sequence of its own, which no TRUNCATE restarts: a position is never given twice. It begins above the ids of before,
# which were times in milliseconds.
UP = """
CREATE SEQUENCE event_position AS bigint START WITH 4000000000000;
CREATE TABLE event (
    position bigint NOT NULL,
    type text NOT NULL,
    conversation_id uuid,
    phone_number_id text,
    audience text NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (position, at)
) PARTITION BY RANGE (at);
CREATE INDEX event_of_conversation ON event (conversation_id, position);
CREATE TABLE event_other PARTITION OF event DEFAULT;
CREATE TABLE event_outbox (
    id bigserial PRIMARY KEY,
    type text NOT NULL,
    conversation_id uuid,
    phone_number_id text,
    audience text NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
-- As models/ledger/event_log.py forgets, the outbox first.
CREATE FUNCTION forget_events_of_deleted_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_words text := 'message":{"id":"' || NEW.id || '"';
BEGIN
    DELETE FROM event_outbox WHERE strpos(body, its_words) > 0;
    DELETE FROM event WHERE strpos(body, its_words) > 0 AND at >= NEW.created_at - interval '10 minutes'
        AND conversation_id IN (
            SELECT NEW.conversation_id
            UNION SELECT r.id FROM conversation_removed r WHERE r.merged_into = NEW.conversation_id
        );
    RETURN NULL;
END $$;
CREATE TRIGGER message_deleted AFTER UPDATE OF deleted_at ON message
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION forget_events_of_deleted_message();
"""
# What is not published yet is left to the version before, which publishes what stands in its own table.
DOWN = """
DROP TRIGGER message_deleted ON message;
DROP FUNCTION forget_events_of_deleted_message();
INSERT INTO pending_event (conversation_id, body, created_at)
    SELECT conversation_id, body, at FROM event_outbox ORDER BY id;
DROP TABLE event_outbox;
DROP TABLE event;
DROP SEQUENCE event_position;
"""
_DAYS_AHEAD = 2


def up(migrator, db):
    db.execute_sql(UP)
    today = datetime.now(UTC).date()
    for ahead in range(_DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        db.execute_sql(
            f"CREATE TABLE event_{day:%Y%m%d} PARTITION OF event"
            f" FOR VALUES FROM ('{day} 00:00+00') TO ('{day + timedelta(days=1)} 00:00+00')"
        )


def down(migrator, db):
    db.execute_sql(DOWN)
