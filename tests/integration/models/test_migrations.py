"""Migrations go up and down and up again, and the model classes say what the tables are."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import models
from engines.postgres import Postgres
from models import migrate
from models.database import Table, open_pool

pytestmark = pytest.mark.integration

_SCHEMA = (
    "SELECT table_name, column_name, data_type, is_nullable, column_default, ordinal_position"
    " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 6",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
)


@pytest.fixture
def fresh(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[Any]:
    pool = open_pool(postgres.create_database(request.node.name[:60]), 4)
    yield pool
    pool.close_all()


def schema(pool: Any) -> list[Any]:
    with pool.connection_context():
        return [pool.execute_sql(sql).fetchall() for sql in _SCHEMA]


def columns(pool: Any) -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind, *_ in schema(pool)[0]:
        tables.setdefault(table, {})[column] = kind
    return tables


def test_up_makes_tables_and_leaves_nothing_pending(fresh: Any) -> None:
    assert migrate.pending(fresh)
    assert migrate.up(fresh)
    assert migrate.pending(fresh) == []
    assert {"agent", "number", "contact", "conversation", "message"} <= set(columns(fresh))


def test_up_again_does_nothing(fresh: Any) -> None:
    migrate.up(fresh)
    before = schema(fresh)
    assert migrate.up(fresh) == []
    assert schema(fresh) == before


def test_two_that_migrate_at_once_both_end_and_one_of_them_did_it(fresh: Any) -> None:
    with ThreadPoolExecutor(2) as both:
        done = [both.submit(migrate.up, fresh) for _ in range(2)]
        assert sorted(bool(future.result(60)) for future in done) == [False, True]
    assert migrate.pending(fresh) == []


def test_down_and_up_again_leaves_the_same_tables(fresh: Any) -> None:
    names = migrate.up(fresh)
    before = schema(fresh)
    migrate.down(fresh, names[0])
    assert {table for table in columns(fresh) if "migration" not in table} == set()
    assert migrate.up(fresh) == names
    assert schema(fresh) == before


_JOINING = """
INSERT INTO number (phone_number_id, account_id, display_number) VALUES ('1', '1', '1');
INSERT INTO contact (id, phone) SELECT gen_random_uuid(), '15550100001';
INSERT INTO conversation (id, phone_number_id, contact_id) SELECT gen_random_uuid(), '1', id FROM contact;
INSERT INTO conversation (id, phone_number_id) VALUES (gen_random_uuid(), '1');
INSERT INTO conversation_removed (id, merged_into)
    SELECT gone.id, kept.id FROM conversation gone JOIN conversation kept ON kept.contact_id IS NOT NULL
    WHERE gone.contact_id IS NULL;
INSERT INTO conversation_join (id) SELECT id FROM conversation_removed;
INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, status)
    SELECT gen_random_uuid(), id, '1', 'inbound', 'text', '{}', 'received' FROM conversation;
"""


def test_a_join_under_way_is_ended_where_its_table_goes(fresh: Any) -> None:
    names = migrate.up(fresh)
    with fresh.connection_context():
        fresh.execute_sql(_JOINING)
    migrate.down(fresh, next(name for name in names if "joins_in_steps" in name))
    with fresh.connection_context():
        records = fresh.execute_sql(
            "SELECT count(m.id), count(DISTINCT v.id), count(v.contact_id) FROM message m"
            " JOIN conversation v ON v.id = m.conversation_id"
        )
        assert records.fetchall() == [(2, 1, 2)]


_TELLING = """
INSERT INTO event (position, type, audience, body) VALUES (nextval('event_position'), 'presence', 'all', '{}');
INSERT INTO event_outbox (type, audience, body) VALUES ('presence', 'all', '{"n":1}'), ('presence', 'all', '{"n":2}');
"""


def test_events_that_wait_are_left_to_the_version_before_where_the_log_goes(fresh: Any) -> None:
    names = migrate.up(fresh)
    with fresh.connection_context():
        fresh.execute_sql(_TELLING)
    migrate.down(fresh, next(name for name in names if "event_log" in name))
    with fresh.connection_context():
        records = fresh.execute_sql("SELECT body FROM pending_event ORDER BY id").fetchall()
    assert records == [('{"n":1}',), ('{"n":2}',)]
    assert migrate.up(fresh)


for package in pkgutil.walk_packages(models.__path__, "models."):
    if not package.name.startswith("models.migrations"):
        importlib.import_module(package.name)


def _tables(parent: type[Table]) -> Iterator[type[Table]]:
    """Those that are tables, and not only what two of them share."""
    for child in parent.__subclasses__():
        if child.__subclasses__():
            yield from _tables(child)
        else:
            yield child


_KINDS = {
    "UUID": "uuid",
    "TEXT": "text",
    "INT": "integer",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "BIGAUTO": "bigint",
    "DOUBLE": "double precision",
    "BOOL": "boolean",
    "BLOB": "bytea",
    "JSONB": "jsonb",
    "TIMESTAMPTZ": "timestamp with time zone",
}


def _kind(field: Any) -> str:
    related = getattr(field, "rel_field", None)
    return _kind(related) if related is not None else _KINDS[field.field_type]


@pytest.fixture(scope="module")
def real(postgres: Postgres) -> dict[str, dict[str, str]]:
    with contextlib.closing(open_pool(postgres.create_database("classes"), 4)) as pool:
        migrate.up(pool)
        after = columns(pool)
        pool.close_all()
    return after


@pytest.mark.parametrize("table", list(_tables(Table)), ids=lambda table: table.__name__)
def test_a_class_names_the_columns_of_its_table_and_their_types(table: Any, real: dict[str, Any]) -> None:
    said = {field.column_name: _kind(field) for field in table._meta.sorted_fields}
    assert said == real[table._meta.table_name]
