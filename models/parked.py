"""Statuses that came before their message: kept until it is known, or until they are too old to matter."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import peewee

from models.database import IdField, JsonField, Table, TimeField, bulk, rows
from models.ids import new_id
from models.message import News, advance, by_wamid
from realtime.events import MessageStatus, now
from whatsapp.errors import GraphProblem
from whatsapp.webhooks import Status


class ParkedStatus(Table):
    id = IdField(primary_key=True, default=new_id)
    phone_number_id = peewee.TextField()
    wamid = peewee.TextField()
    status = peewee.TextField()
    at = TimeField()
    body = JsonField()
    created_at = TimeField(default=now)

    class Meta:
        table_name = "parked_status"
        indexes = ((("phone_number_id", "wamid", "status"), True),)


class _Body(msgspec.Struct, frozen=True):
    problem: GraphProblem | None
    pricing: object


def park(statuses: Iterable[Status]) -> None:
    """Keep statuses whose message is not known yet. The same one twice is kept once."""
    moment = now()
    kept = {(each.phone_number_id, each.wamid, each.status): each for each in statuses}
    bulk(
        "INSERT INTO parked_status (id, phone_number_id, wamid, status, at, body, created_at) VALUES %s"
        " ON CONFLICT DO NOTHING",
        [
            (new_id(), *key, each.at or moment, _encode(each), moment)
            for key, each in sorted(kept.items(), key=lambda item: item[0])
        ],
        "(%s, %s, %s, %s, %s, %s::jsonb, %s)",
    )


def _encode(status: Status) -> str:
    return msgspec.json.encode(_Body(status.problem, status.pricing)).decode()


def unpark(limit: int = 500) -> list[MessageStatus]:
    """Apply parked statuses whose message is known by now. Must run in a transaction."""
    found = rows(
        "SELECT p.id, p.phone_number_id, p.wamid, p.status, p.at, p.body FROM parked_status p"
        " JOIN message m USING (phone_number_id, wamid) ORDER BY p.id LIMIT %s FOR UPDATE OF p SKIP LOCKED",
        (limit,),
    )
    if not found:
        return []
    known = by_wamid((row[1], row[2]) for row in found)
    news = []
    for _, number, wamid, status, at, body in found:
        told = msgspec.convert(body, _Body)
        news.append(News(known[number, wamid], status, at, told.problem, told.pricing))
    rows("DELETE FROM parked_status WHERE id = ANY(%s::uuid[])", ([row[0] for row in found],))
    return advance(news)


def delete_older_than(days: int) -> None:
    """Forget statuses whose message never came."""
    rows("DELETE FROM parked_status WHERE created_at < now() - make_interval(days => %s)", (days,))
