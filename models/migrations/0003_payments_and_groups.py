"""What became of bills, how far a group's members are with a message, and what could not be read and was noted."""

TABLES = """
ALTER TABLE message ADD COLUMN payment jsonb;
-- Of a group's message, how far each member is: member -> {status, at, error}.
ALTER TABLE message ADD COLUMN recipients jsonb NOT NULL DEFAULT '{}';
-- When a group was last given its subject, which is its contact's name.
ALTER TABLE contact ADD COLUMN subject_told_at timestamptz;
CREATE TABLE group_member (
    group_id text NOT NULL,
    member text NOT NULL,
    PRIMARY KEY (group_id, member)
);
-- Set once somebody has looked at it.
ALTER TABLE other_update ADD COLUMN noted_at timestamptz;
CREATE INDEX other_update_unread ON other_update (id)
    WHERE noted_at IS NULL AND reason <> ''
    AND field IN ('', 'messages', 'message_echoes', 'smb_message_echoes', 'statuses');
"""


def up(migrator, db):
    db.execute_sql(TABLES)


def down(migrator, db):
    db.execute_sql("DROP INDEX other_update_unread")
    db.execute_sql("ALTER TABLE other_update DROP COLUMN noted_at")
    db.execute_sql("DROP TABLE group_member")
    db.execute_sql("ALTER TABLE contact DROP COLUMN subject_told_at")
    db.execute_sql("ALTER TABLE message DROP COLUMN payment, DROP COLUMN recipients")
