"""The Postgres a process waits for when it starts."""

from __future__ import annotations

from typing import Any

from psycopg2.extensions import parse_dsn

from ground.waiting import Server
from models.database import UNAVAILABLE, dsn, release, rows


def postgres_server(url: str) -> Server:
    """The Postgres of this URL, to which the tables must be bound."""
    return Server("Postgres", postgres_place(url), _trouble)


def postgres_place(url: str) -> str:
    """Host and port, as libpq reads them; never the password."""
    parts: dict[str, Any] = parse_dsn(dsn(url))
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}"


def _trouble() -> str | None:
    try:
        rows("SELECT 1")
    except UNAVAILABLE as error:
        return postgres_trouble(str(error))
    finally:
        release()
    return None


def postgres_trouble(said: str) -> str:
    """libpq's words without the address before them and the advice behind them."""
    first = said.strip().split("\n")[0]
    reason = first.rpartition(" failed: ")[2].removeprefix("FATAL:").strip()
    return reason[:1].lower() + reason[1:200] if reason else "no answer"
