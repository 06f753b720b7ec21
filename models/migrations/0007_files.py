"""Thumbnails are made after their file is told: which are still to be made, and how often they were tried. Files whose
bytes are to be deleted at once. What was kept raw of a message is found by its id, so that it can go with it."""

UP = (
    "ALTER TABLE media ADD COLUMN thumbnail_due_at timestamptz",
    "ALTER TABLE media ADD COLUMN thumbnail_attempts integer NOT NULL DEFAULT 0",
    "CREATE INDEX media_thumbnail_due ON media (thumbnail_due_at) WHERE thumbnail_due_at IS NOT NULL",
    "CREATE TABLE released_file (digest text PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now())",
    "CREATE INDEX other_update_message ON other_update ((body->>'id')) WHERE body->>'id' IS NOT NULL",
)
DOWN = (
    "DROP INDEX other_update_message",
    "DROP TABLE released_file",
    "ALTER TABLE media DROP COLUMN thumbnail_due_at",
    "ALTER TABLE media DROP COLUMN thumbnail_attempts",
)


def up(migrator, db):
    for statement in UP:
        db.execute_sql(statement)


def down(migrator, db):
    for statement in DOWN:
        db.execute_sql(statement)
