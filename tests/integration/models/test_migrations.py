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


_OF_BEFORE = """
INSERT INTO agent (id, email, name, role) VALUES (gen_random_uuid(), 'ada@example.com', 'Ada', 'admin');
INSERT INTO number (phone_number_id) VALUES ('1');
INSERT INTO contact (id, phone) SELECT gen_random_uuid(), '15550100001';
INSERT INTO conversation (id, phone_number_id, contact_id) SELECT gen_random_uuid(), '1', id FROM contact;
INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, status)
    SELECT gen_random_uuid(), id, '1', 'inbound', 'text', '{}', 'received' FROM conversation;
INSERT INTO pending_event (conversation_id, body) SELECT id, '{"n":1}' FROM conversation;
"""


def back_to_before(pool: Any, name: str) -> list[str]:
    """A house with people, messages and an event on its way, as the version before a migration has it."""
    names = migrate.up(pool)
    migrate.down(pool, next(each for each in names if name in each))
    with pool.connection_context():
        pool.execute_sql(_OF_BEFORE)
    return names


def asked(pool: Any, statement: str) -> list[Any]:
    with pool.connection_context():
        return list(pool.execute_sql(statement).fetchall())


def test_agents_who_are_there_already_are_actors_and_stay_agents_where_that_is_taken_back(fresh: Any) -> None:
    names = back_to_before(fresh, "actors")
    assert migrate.up(fresh) == names[names.index("0010_actors") :]
    agents = asked(fresh, "SELECT id, name, created_at FROM agent")
    assert asked(fresh, "SELECT id, name, created_at FROM actor WHERE kind = 'agent'") == agents
    with fresh.connection_context():
        fresh.execute_sql(
            "INSERT INTO audit SELECT gen_random_uuid(), now(), id, 'x', 'x', 'x', null, null, 'x' FROM actor"
        )
    migrate.down(fresh, "0010_actors")
    assert asked(fresh, "SELECT id, name, created_at FROM agent") == agents
    assert "0010_actors" in migrate.up(fresh)


def test_what_the_version_before_has_on_its_way_stays_where_that_looks_for_it(fresh: Any) -> None:
    back_to_before(fresh, "event_log")
    there = "SELECT id, conversation_id, body FROM pending_event"
    before = asked(fresh, there)
    assert len(before) == 1
    migrate.up(fresh)
    assert asked(fresh, there) == before
    migrate.down(fresh, "0011_event_log")
    assert asked(fresh, there) == before


_TOLD = """
INSERT INTO conversation_removed (id, merged_into) SELECT gen_random_uuid(), id FROM conversation;
INSERT INTO event (position, type, conversation_id, audience, body)
    SELECT nextval('event_position'), 'new_message', v.id, 'all', '{"message":{"id":"' || m.id || '"}}'
    FROM message m, (SELECT id FROM conversation UNION ALL SELECT id FROM conversation_removed) v;
INSERT INTO event_outbox (type, conversation_id, audience, body)
    SELECT type, conversation_id, audience, body FROM event;
INSERT INTO event (position, type, conversation_id, audience, body)
    SELECT nextval('event_position'), 'new_message', id, 'all', '{"message":{"id":"another"}}' FROM conversation;
"""


def test_what_the_version_before_has_deleted_leaves_the_log_which_that_does_not_know(fresh: Any) -> None:
    back_to_before(fresh, "event_log")
    migrate.up(fresh)
    told = "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM event_outbox)"
    with fresh.connection_context():
        fresh.execute_sql(_TOLD)
        fresh.execute_sql("UPDATE message SET edited_at = now(), deleted_at = NULL")
        assert fresh.execute_sql(told).fetchall() == [(3, 2)]
        fresh.execute_sql("UPDATE message SET deleted_at = now()")
    assert asked(fresh, told) == [(1, 0)]
    assert asked(fresh, "SELECT body FROM event") == [('{"message":{"id":"another"}}',)]


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
