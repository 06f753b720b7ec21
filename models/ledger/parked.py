"""News of a message that is not known yet: kept until it is, or until it is too old to matter.

Meta promises no order: a status may come before the answer to the send, a reaction before what it is of. What another
version of Parley kept and this one cannot read becomes a dead letter, which comes back here when it is replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import peewee

from ground.clock import now
from ground.ids import new_id
from models import sql
from models.database import IdField, JsonField, Table, TimeField, rows
from models.ledger import dead_letters
from whatsapp.inbound.updates import Amendment, Payment, Status, Updates

News = Status | Amendment | Payment
# Longer than any two transactions overlap.
_RECENT = "3 minutes"
# One probe of the index a row, whatever the planner thinks of how many rows there are.
_KNOWN = (
    "JOIN LATERAL (SELECT FROM message m WHERE m.wamid = p.target_wamid"
    " AND m.phone_number_id = p.phone_number_id OFFSET 0) m ON true"
)


class _Letter(msgspec.Struct, tag_field="kind", tag="parked_update", forbid_unknown_fields=True):
    """A parked update as the body of a dead letter."""

    phone_number_id: str
    target_wamid: str
    key: str
    body: Any


class ParkedUpdate(Table):
    """``target_wamid`` is the message it waits for; ``key`` tells one piece of news of it from another."""

    id = IdField(primary_key=True, default=new_id)
    phone_number_id = peewee.TextField()
    target_wamid = peewee.TextField()
    key = peewee.TextField()
    body = JsonField()
    created_at = TimeField(default=now)

    class Meta:
        table_name = "parked_update"
        indexes = ((("target_wamid", "phone_number_id", "key"), True),)


def _place(news: News) -> tuple[str, str, str]:
    if isinstance(news, Status):
        whose = f" of {news.member}" if news.member else ""
        return news.phone_number_id, news.wamid, f"status {news.status}{whose}"
    if isinstance(news, Payment):
        return news.phone_number_id, news.wamid, f"payment {news.status} {news.at}"
    return news.phone_number_id, news.target_wamid, f"{news.kind} {news.wamid}"


def park(early: Iterable[News]) -> None:
    """Keep news whose message is not known. The same twice is kept once."""
    kept = {_place(item): item for item in early}
    _insert([(place, kept[place]) for place in sorted(kept)])


def _insert(news: Sequence[tuple[tuple[str, str, str], Any]]) -> None:
    # By the clock that ``collect`` goes by: the column's own default, now().
    rows = [
        {"id": new_id(), "phone_number_id": number, "target_wamid": wamid, "key": key, "body": body}
        for (number, wamid, key), body in news
    ]
    sql.insert(ParkedUpdate, rows, "ON CONFLICT DO NOTHING")


def take(pairs: Iterable[tuple[str, str]]) -> Updates:
    """Take out the news of these messages, (phone_number_id, wamid) each, which have just become known.

    Must run in the transaction in which they do, and which applies it.
    """
    wanted = set(pairs)
    if not wanted:
        return Updates()
    numbers, wamids = zip(*wanted, strict=True)
    return _taken(
        "SELECT p.id FROM unnest(%s, %s) AS known (number, wamid) JOIN parked_update p"
        " ON p.target_wamid = known.wamid AND p.phone_number_id = known.number FOR UPDATE OF p SKIP LOCKED",
        (list(numbers), list(wamids)),
    )


def call_up(pairs: Iterable[tuple[str, str]]) -> None:
    """Let the next ``collect`` find the news of these messages, which have become known in this transaction."""
    wanted = set(pairs)
    if wanted:
        numbers, wamids = zip(*wanted, strict=True)
        rows(
            "UPDATE parked_update SET created_at = now() WHERE id IN (SELECT p.id"
            " FROM unnest(%s, %s) AS known (number, wamid) JOIN parked_update p"
            " ON p.target_wamid = known.wamid AND p.phone_number_id = known.number FOR UPDATE OF p SKIP LOCKED)",
            (list(numbers), list(wamids)),
        )


def collect(limit: int = 500) -> Updates:
    """Take out what was parked in the last minutes and whose message is known by now. Must run in the transaction
    that applies it.

    Whoever learns of a message takes its news, so that here is only what neither of two transactions saw of the
    other: the news of the one, the message of the other. ``call_up_old`` helps where nobody looked in time.
    """
    return _taken(
        f"SELECT p.id FROM parked_update p {_KNOWN} WHERE p.created_at > now() - interval '{_RECENT}'"
        " ORDER BY p.created_at LIMIT %s FOR UPDATE OF p SKIP LOCKED",
        (limit,),
    )


def call_up_old(after: str, limit: int = 5000) -> str | None:
    """Let ``collect`` find what is known among all that is parked, a page from behind the id ``after``; returns
    where the next page begins, None behind the last."""
    page = [
        row[0]
        for row in rows("SELECT id FROM parked_update WHERE id > %s ORDER BY id LIMIT %s", (after, limit))
    ]
    rows(
        "UPDATE parked_update SET created_at = now() WHERE id IN (SELECT p.id"
        f" FROM parked_update p {_KNOWN} WHERE p.id = ANY(%s::uuid[]) FOR UPDATE OF p SKIP LOCKED)",
        (page,),
    )
    return page[-1] if len(page) == limit else None


def _taken(which: str, parameters: Any) -> Updates:
    """Delete what the query ``which`` chooses; returns what it was, in the order in which it was parked."""
    records = rows(
        f"DELETE FROM parked_update WHERE id IN ({which})"
        " RETURNING id, phone_number_id, target_wamid, key, body",
        parameters,
    )
    news = list(_read(sorted(records)))
    return Updates(
        statuses=[status for status in news if isinstance(status, Status)],
        amendments=[amendment for amendment in news if isinstance(amendment, Amendment)],
        payments=[payment for payment in news if isinstance(payment, Payment)],
    )


def _read(records: Iterable[tuple[Any, ...]]) -> Iterator[News]:
    for key, *row in records:
        letter = _Letter(*row)
        try:
            yield msgspec.convert(letter.body, News, strict=False)
        except msgspec.ValidationError as error:
            dead_letters.bury_delivery(
                f"news of {letter.target_wamid}, parked as {key}", msgspec.json.encode(letter), str(error)
            )


def restore(body: bytes) -> bool:
    """Park again what became a dead letter. False where the letter's body is no parked update but a delivery."""
    try:
        letter = msgspec.json.decode(body, type=_Letter)
    except msgspec.MsgspecError:
        return False
    # As new: ``collect`` looks at once whether its message is known.
    _insert([((letter.phone_number_id, letter.target_wamid, letter.key), letter.body)])
    return True


def delete_older_than(days: int) -> None:
    """Forget news whose message never came."""
    rows("DELETE FROM parked_update WHERE created_at < now() - make_interval(days => %s)", (days,))
