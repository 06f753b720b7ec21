"""Indexes for what is asked for often: the lists by filter, and the sweeps over what is new."""

# Made while everybody works: none of them locks its table against writes.
atomic = False

_ACTIVITY = "(coalesce(last_message_at, created_at)) DESC, id DESC"
INDEXES = {
    "conversation_by_status": f"conversation (status, {_ACTIVITY})",
    "conversation_by_number": f"conversation (phone_number_id, {_ACTIVITY})",
    "conversation_read": f"conversation ({_ACTIVITY}) WHERE unread_count = 0",
    "conversation_by_number_unread": f"conversation (phone_number_id, {_ACTIVITY}) WHERE unread_count > 0",
    "message_quoting_late": "message (created_at) WHERE reply_to_id IS NULL AND reply_to_wamid IS NOT NULL",
    "parked_update_age": "parked_update (created_at)",
}


def up(migrator, db):
    for name, of in INDEXES.items():
        # What a run that was interrupted left behind is of no use.
        db.execute_sql(f"DROP INDEX IF EXISTS {name}")
        db.execute_sql(f"CREATE INDEX CONCURRENTLY {name} ON {of}")


def down(migrator, db):
    for name in INDEXES:
        db.execute_sql(f"DROP INDEX IF EXISTS {name}")
