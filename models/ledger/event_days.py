"""The days of the event log: a partition each, made ahead and dropped whole.

What finds no partition of its own goes to ``event_other``, so that nothing fails where nobody made one in time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ground.clock import now
from models.database import database, rows

_AHEAD = 2
_OTHER = "event_other"
_DAY = timedelta(days=1)
# Whoever waits for the table's lock holds up all who write events behind it: rather again in an hour.
_WAIT_MS = 1000


def make_ahead() -> None:
    """Make the partitions of today and the next days. Raises one of database.UNAVAILABLE."""
    today = now().astimezone(UTC).date()
    wanted = [today + ahead * _DAY for ahead in range(_AHEAD + 1)]
    for day in sorted(set(wanted) - set(_days())):
        make(day)


def drop_older_than(days: int) -> int:
    """Drop the partitions that ended before so many days; returns how many. Raises one of database.UNAVAILABLE."""
    oldest = now().astimezone(UTC).date() - days * _DAY
    old = [day for day in _days() if day < oldest]
    for day in old:
        with database.atomic():
            _wait_briefly()
            rows(f"DROP TABLE {_name(day)}")
    rows(
        f"DELETE FROM {_OTHER} WHERE at < %s", (datetime(oldest.year, oldest.month, oldest.day, tzinfo=UTC),)
    )
    return len(old)


def make(day: date) -> None:
    """The partition of one day, unless the events of that day are stored elsewhere already."""
    with database.atomic():
        _wait_briefly()
        if rows(
            f"SELECT 1 FROM {_OTHER} WHERE at >= %s AND at < %s LIMIT 1", (_start(day), _start(day + _DAY))
        ):
            return  # nobody made it in time, and its events are there
        rows(
            f"CREATE TABLE IF NOT EXISTS {_name(day)} PARTITION OF event"
            f" FOR VALUES FROM ('{_start(day)}') TO ('{_start(day + _DAY)}')"
        )


def _days() -> list[date]:
    """The days that have a partition."""
    partitions = rows(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'event'::regclass AND c.relname <> %s ORDER BY 1",
        (_OTHER,),
    )
    return [datetime.strptime(name, "event_%Y%m%d").replace(tzinfo=UTC).date() for (name,) in partitions]


def _name(day: date) -> str:
    return f"event_{day:%Y%m%d}"


def _start(day: date) -> str:
    return f"{day} 00:00+00"


def _wait_briefly() -> None:
    rows(f"SELECT set_config('lock_timeout', '{_WAIT_MS}', true)")
