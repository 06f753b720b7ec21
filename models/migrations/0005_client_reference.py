"""What a client calls a message of its own: kept with it, and told with all that becomes of it."""


def up(migrator, db):
    db.execute_sql("ALTER TABLE message ADD COLUMN client_reference text")


def down(migrator, db):
    db.execute_sql("ALTER TABLE message DROP COLUMN client_reference")
