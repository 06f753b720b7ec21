"""News of a message that is not known yet: kept until it is, or until it is too old to matter.

Meta promises no order: a status may come before the answer to the send, a reaction before what it is of. What another
version of Parley kept and this one cannot read becomes a dead letter, which comes back here when it is replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import peewee

from models import dead_letter
from models.database import IdField, JsonField, Table, TimeField, bulk, json, rows
from models.ids import new_id
from realtime.events import now
from whatsapp.updates import Amendment, Status, Updates

News = Status | Amendment
_PARK = (
    "INSERT INTO parked_update (id, phone_number_id, target_wamid, key, body, created_at) VALUES %s"
    " ON CONFLICT DO NOTHING"
)
_VALUES = "(%s, %s, %s, %s, %s::jsonb, %s)"


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
        return news.phone_number_id, news.wamid, f"status {news.status}"
    return news.phone_number_id, news.target_wamid, f"{news.kind} {news.wamid}"


def park(early: Iterable[News]) -> None:
    """Keep news whose message is not known. The same twice is kept once."""
    moment = now()
    kept = {_place(each): each for each in early}
    bulk(_PARK, [(new_id(), *place, json(kept[place]), moment) for place in sorted(kept)], _VALUES)


def collect(limit: int = 500) -> Updates:
    """Take out the news whose message is known by now. Must run in the transaction that applies it."""
    found = rows(
        "DELETE FROM parked_update WHERE id IN (SELECT p.id FROM parked_update p JOIN message m"
        " ON m.wamid = p.target_wamid AND m.phone_number_id = p.phone_number_id"
        " ORDER BY p.id LIMIT %s FOR UPDATE OF p SKIP LOCKED)"
        " RETURNING id, phone_number_id, target_wamid, key, body",
        (limit,),
    )
    news = list(_read(sorted(found)))
    return Updates(
        statuses=[each for each in news if isinstance(each, Status)],
        amendments=[each for each in news if isinstance(each, Amendment)],
    )


def _read(found: Iterable[tuple[Any, ...]]) -> Iterator[News]:
    for key, *row in found:
        letter = _Letter(*row)
        try:
            yield msgspec.convert(letter.body, News, strict=False)
        except msgspec.ValidationError as error:
            dead_letter.bury_delivery(
                f"news of {letter.target_wamid}, parked as {key}", msgspec.json.encode(letter), str(error)
            )


def restore(body: bytes) -> bool:
    """Park again what became a dead letter. False where the letter's body is no parked update but a delivery."""
    try:
        letter = msgspec.json.decode(body, type=_Letter)
    except msgspec.MsgspecError:
        return False
    row = (letter.phone_number_id, letter.target_wamid, letter.key, json(letter.body), now())
    bulk(_PARK, [(new_id(), *row)], _VALUES)
    return True


def delete_older_than(days: int) -> None:
    """Forget news whose message never came."""
    rows("DELETE FROM parked_update WHERE created_at < now() - make_interval(days => %s)", (days,))
