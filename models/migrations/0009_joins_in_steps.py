"""Two long conversations become one in steps: the one that goes stays until its last message has moved.

Meanwhile it belongs to no contact, so that whatever asks for conversations with their contacts does not see it, the
version before among it. Where its messages go to stands in conversation_removed.
"""

UP = (
    "CREATE TABLE conversation_join (id uuid PRIMARY KEY REFERENCES conversation (id) ON DELETE CASCADE,"
    " since timestamptz NOT NULL DEFAULT now())",
    "ALTER TABLE conversation ALTER COLUMN contact_id DROP NOT NULL",
)
# Joins under way are ended first, at once.
DOWN = (
    "UPDATE message m SET conversation_id = r.merged_into FROM conversation_join j JOIN conversation_removed r"
    " ON r.id = j.id WHERE m.conversation_id = j.id",
    "DELETE FROM conversation WHERE id IN (SELECT id FROM conversation_join)",
    "DROP TABLE conversation_join",
    "ALTER TABLE conversation ALTER COLUMN contact_id SET NOT NULL",
)


def up(migrator, db):
    for statement in UP:
        db.execute_sql(statement)


def down(migrator, db):
    for statement in DOWN:
        db.execute_sql(statement)
