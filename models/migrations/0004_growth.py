"""What grows stays quick: indexes for the lists by filter and the sweeps over what is new, and vacuums in time."""

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

# The defaults, a fifth and a tenth of a table's rows, would wait for a million dead messages where there are five
# million, and plans would be made by last month's statistics.
VACUUM = {
    "message": {
        "vacuum_scale_factor": 0.01,
        "vacuum_insert_scale_factor": 0.02,
        "analyze_scale_factor": 0.01,
    },
    "conversation": {"vacuum_scale_factor": 0.02, "analyze_scale_factor": 0.02},
    "parked_update": {"vacuum_scale_factor": 0.05, "analyze_scale_factor": 0.05},
}


def up(migrator, db):
    for table, options in VACUUM.items():
        parameters = ", ".join(f"autovacuum_{name} = {value}" for name, value in options.items())
        db.execute_sql(f"ALTER TABLE {table} SET ({parameters})")
    for name, of in INDEXES.items():
        # What a run that was interrupted left behind is of no use.
        db.execute_sql(f"DROP INDEX IF EXISTS {name}")
        db.execute_sql(f"CREATE INDEX CONCURRENTLY {name} ON {of}")


def down(migrator, db):
    for table, options in VACUUM.items():
        db.execute_sql(f"ALTER TABLE {table} RESET ({', '.join(f'autovacuum_{name}' for name in options)})")
    for name in INDEXES:
        db.execute_sql(f"DROP INDEX IF EXISTS {name}")
