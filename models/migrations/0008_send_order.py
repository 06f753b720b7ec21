"""The order in which messages were asked for, by a sequence: no host's clock decides which of two goes out first.

Rows of before have none, and come first, in the order of their ids.
"""

UP = (
    "CREATE SEQUENCE message_send_order AS bigint",
    "ALTER TABLE message ADD COLUMN send_order bigint",
    # A default of its own step: rows that are there already are not written again.
    "ALTER TABLE message ALTER COLUMN send_order SET DEFAULT nextval('message_send_order')",
    "ALTER SEQUENCE message_send_order OWNED BY message.send_order",
    "CREATE INDEX message_outgoing_order ON message (conversation_id, (coalesce(send_order, 0)), id)"
    " WHERE direction = 'outbound' AND status IN ('queued', 'sending')",
)
DOWN = (
    "DROP INDEX message_outgoing_order",
    "ALTER TABLE message DROP COLUMN send_order",
)


def up(migrator, db):
    for statement in UP:
        db.execute_sql(statement)


def down(migrator, db):
    for statement in DOWN:
        db.execute_sql(statement)
