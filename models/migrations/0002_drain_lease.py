"""Who drains each shard of the inbox, and until when: models/drain_leases.py."""

TABLES = """
CREATE TABLE drain_lease (
    shard integer PRIMARY KEY,
    -- Rises with each holder; what a former one brings is refused by it.
    fence bigint NOT NULL,
    held boolean NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    since timestamptz NOT NULL,
    beat timestamptz NOT NULL,
    until timestamptz NOT NULL
);
"""


def up(migrator, db):
    db.execute_sql(TABLES)


def down(migrator, db):
    db.execute_sql("DROP TABLE drain_lease")
