"""The connection to Postgres: one pool a process, handed to the tables by ``bind``.

Importing this opens nothing. A thread's connection is taken from the pool by its first query and must be
given back with ``release``: the web process does so after each request, the worker after each task.
Pools do not survive a fork: ``dispose`` in the child.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import peewee
import psycopg2.extensions
import psycopg2.extras
from playhouse.pool import MaxConnectionsExceeded

from ground import clock
from models.deadline import CONNECT_S, limited
from models.pool import Pool
from models.session import KEPT_ALIVE, limiting, speak_utc

database: Any = peewee.DatabaseProxy()

# A pool that is full waits this long for a connection to come back; the default raises at once.
_POOL_WAIT_S = 10
# A statement that takes longer than its limit is ended by the server, which then says so; this much later it is
# ended here, because the server says nothing.
_SERVER_AHEAD_S = 1.0
# Nobody waits for anything but Postgres in a transaction, Redis apart, which is given up before this. Who takes longer
# has vanished or hangs, and its locks are freed.
_IDLE_S = 10.0
_UUID_OID = 2950


class Table(peewee.Model):
    """A table of Parley's database."""

    class Meta:
        database = database
        legacy_table_names = False


class IdField(peewee.UUIDField):
    """A UUID that is text on this side, as in JSON."""

    def db_value(self, value: Any) -> Any:
        return value

    def python_value(self, value: Any) -> Any:
        return value


class JsonField(peewee.Field):
    """A jsonb column."""

    field_type = "JSONB"

    def db_value(self, value: Any) -> Any:
        return None if value is None else msgspec.json.encode(value).decode()


class TimeField(peewee.DateTimeField):
    """A moment: aware datetimes in UTC."""

    field_type = "TIMESTAMPTZ"


def bind(url: str, pool_size: int, statement_s: float | None = None) -> None:
    """Use this database for all tables, and give each statement ``statement_s`` seconds. Opens no connection yet."""
    database.initialize(open_pool(url, pool_size, statement_s))


def open_pool(url: str, pool_size: int, statement_s: float | None = None) -> Any:
    """A pool of its own, for tools that speak to several databases."""
    _register_types()
    speak_utc()
    return Pool(
        dsn(url),
        max_connections=pool_size,
        timeout=_POOL_WAIT_S,
        stale_timeout=300,
        connect_timeout=int(CONNECT_S),
        application_name="parley",
        **KEPT_ALIVE,
        **_limits(statement_s),
    )


def dsn(url: str) -> str:
    """``url`` as libpq and peewee take it: postgres:// is another name of the scheme."""
    return f"postgresql{url[url.index('://') :]}"


def _limits(statement_s: float | None) -> dict[str, Any]:
    if statement_s is None:
        return {}
    return {
        "cursor_factory": limiting(statement_s, _IDLE_S),
        "connection_factory": limited(statement_s + _SERVER_AHEAD_S),
    }


def _register_types() -> None:
    """jsonb is read by msgspec; a uuid stays text, as in JSON (peewee asks psycopg2 for UUID objects)."""
    psycopg2.extras.register_default_jsonb(globally=True, loads=msgspec.json.decode)
    as_text = psycopg2.extensions.new_type((_UUID_OID,), "UUID", lambda value, _: value)
    psycopg2.extensions.register_type(as_text)


def release() -> None:
    """Give this thread's connection back to the pool, if it has one."""
    if not database.is_closed():
        database.close()


def dispose() -> None:
    """Close every connection: after a fork in the child, or after Postgres went away."""
    database.close_all()


UNAVAILABLE = (
    peewee.InterfaceError,
    peewee.OperationalError,
    psycopg2.InterfaceError,
    psycopg2.OperationalError,
    MaxConnectionsExceeded,
)
_LIMIT_EXCEEDED = "54"


def is_unavailable(error: BaseException) -> bool:
    """Whether ``error`` says that Postgres cannot be used now, rather than that the data is wrong.

    psycopg2 files "program limit exceeded" (class 54: a value too long for an index) under operational
    errors, but it is the data's fault and waiting does not mend it.
    """
    return isinstance(error, UNAVAILABLE) and not _code(error).startswith(_LIMIT_EXCEEDED)


def _code(error: BaseException) -> str:
    """Postgres' code of an error, be it psycopg2's own or peewee's, which keeps that as ``orig``."""
    return getattr(getattr(error, "orig", error), "pgcode", None) or ""


class TooSlow(Exception):
    """A statement took longer than its limit."""


_CANCELED = "57014"


@contextlib.contextmanager
def statement_limit(seconds: float) -> Iterator[None]:
    """A transaction whose statements may take so many seconds each, fewer than others. Raises TooSlow."""
    with database.atomic():
        rows("SELECT set_config('statement_timeout', %s, true)", (str(int(seconds * 1000)),))
        try:
            yield
        except peewee.OperationalError as error:
            if _code(error) == _CANCELED:
                raise TooSlow from error
            raise


def rows(sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
    """Run one statement and fetch what it returns."""
    cursor = database.execute_sql(sql, parameters)
    return cursor.fetchall() if cursor.description else []


def moment() -> datetime:
    """This moment by Postgres' clock, asked for: what is timed by this is in order whichever process it is of."""
    asked_at = time.monotonic()
    at: datetime = rows("SELECT clock_timestamp()")[0][0]
    clock.read(at, asked_at, time.monotonic())
    return at


def is_read_only() -> bool:
    """Whether it takes no writes: a standby, or one with default_transaction_read_only."""
    return bool(rows("SELECT current_setting('transaction_read_only') = 'on'")[0][0])


def bulk(sql: str, values: list[tuple[Any, ...]], template: str | None = None) -> list[tuple[Any, ...]]:
    """Run ``sql``, whose one ``%s`` becomes all of ``values``, in one round trip; fetch what it returns."""
    if not values:
        return []
    cursor = database.cursor()
    psycopg2.extras.execute_values(cursor, sql, values, template, page_size=len(values))
    return cursor.fetchall() if cursor.description else []


def json(value: Any) -> str | None:
    """``value`` as a parameter for a jsonb column."""
    return None if value is None else msgspec.json.encode(value).decode()


def forget_idle() -> None:
    """Close the pool's idle connections: after Postgres went away they are all dead."""
    database.close_idle()
