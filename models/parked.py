"""News of a message that is not known yet: kept until it is, or until it is too old to matter.

Meta promises no order: a status may come before the answer to the send, a reaction before what it is of.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import peewee

from models.database import IdField, JsonField, Table, TimeField, bulk, json, rows
from models.ids import new_id
from realtime.events import now
from whatsapp.updates import Amendment, Status, Updates

News = Status | Amendment


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
        return news.phone_number_id, news.wamid, f"status {news.status}"
    return news.phone_number_id, news.target_wamid, f"{news.kind} {news.wamid}"


def park(early: Iterable[News]) -> None:
    """Keep news whose message is not known. The same twice is kept once."""
    moment = now()
    kept = {_place(each): each for each in early}
    bulk(
        "INSERT INTO parked_update (id, phone_number_id, target_wamid, key, body, created_at) VALUES %s"
        " ON CONFLICT DO NOTHING",
        [(new_id(), *place, json(kept[place]), moment) for place in sorted(kept)],
        "(%s, %s, %s, %s, %s::jsonb, %s)",
    )


def collect(limit: int = 500) -> Updates:
    """Take out the news whose message is known by now. Must run in the transaction that applies it."""
    found = rows(
        "DELETE FROM parked_update WHERE id IN (SELECT p.id FROM parked_update p JOIN message m"
        " ON m.wamid = p.target_wamid AND m.phone_number_id = p.phone_number_id"
        " ORDER BY p.id LIMIT %s FOR UPDATE OF p SKIP LOCKED) RETURNING id, body",
        (limit,),
    )
    news = [msgspec.convert(body, News, strict=False) for _, body in sorted(found)]
    return Updates(
        statuses=[each for each in news if isinstance(each, Status)],
        amendments=[each for each in news if isinstance(each, Amendment)],
    )


def delete_older_than(days: int) -> None:
    """Forget news whose message never came."""
    rows("DELETE FROM parked_update WHERE created_at < now() - make_interval(days => %s)", (days,))
