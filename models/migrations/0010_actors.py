"""Who does something in the house, and the record of it.

An agent is an actor of the same id. Rows of the version before come without one: writing an audit row adds who is
missing, so nothing refers to ``actor`` by a foreign key.
"""

UP = (
    "CREATE TABLE actor (id uuid PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('agent', 'token', 'bot', 'system')),"
    " name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now())",
    "INSERT INTO actor (id, kind, name, created_at) SELECT id, 'agent', name, created_at FROM agent",
    "CREATE TABLE audit (id uuid PRIMARY KEY, at timestamptz NOT NULL, actor_id uuid NOT NULL, verb text NOT NULL,"
    " subject text NOT NULL, subject_id text NOT NULL, before jsonb, after jsonb, origin text NOT NULL)",
    "CREATE INDEX audit_subject ON audit (subject, subject_id, id)",
    "CREATE INDEX audit_actor ON audit (actor_id, id)",
    "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'the audit table is append-only'; END $$",
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit"
    " FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
)
DOWN = (
    "DROP TABLE audit",
    "DROP FUNCTION audit_is_append_only()",
    "DROP TABLE actor",
)


def up(migrator, db):
    for statement in UP:
        db.execute_sql(statement)


def down(migrator, db):
    for statement in DOWN:
        db.execute_sql(statement)
