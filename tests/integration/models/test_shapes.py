"""Every shape Meta sends, on real tables: what it leaves there and which events come of it.

``expect.stored`` and ``expect.events`` of a fixture say so, for a house that knows the messages and the template
the fixtures speak of: what a fixture does not name may be anything, but each list is complete. Batches of
several shapes end as if each had come alone.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.database import database, rows
from models.templates import news
from schema.events import Event
from tests.integration.models.tables import KERRY, NOON, empty, message, state, store, store_batch
from whatsapp.inbound.updates import TemplateNews
from whatsapp.inbound.webhooks import parse

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]
REAL = settings.get_profile("real tables")

SHAPES = {
    path.stem: json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "fixtures" / "webhooks").glob("*.json"))
}
_ACCOUNT = "102290129340398"
OURS = (
    "wamid.HBgLMTY1MDU1NTAxMjMVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA",
    *("wamid.question", "wamid.liked", "wamid.ours", "wamid.slip"),
)
THEIRS = ("wamid.first", "wamid.regretted", "wamid.photo", "wamid.asked", "wamid.nice")

_MESSAGES = """
SELECT m.wamid, m.direction, m.type, m.preview, m.status, coalesce(c.phone, c.user_id, c.group_id) AS "with",
       q.wamid AS quotes, jsonb_path_query_array(m.reactions, '$[*].emoji') AS reactions,
       m.edited_at IS NOT NULL AS edited, m.deleted_at IS NOT NULL AS deleted,
       m.error->'code' AS error, m.pricing->'category' AS pricing, d.status AS media, m.sender->>'name' AS sender,
       m.payment, m.recipients
FROM message m JOIN conversation v ON v.id = m.conversation_id JOIN contact c ON c.id = v.contact_id
LEFT JOIN message q ON q.id = m.reply_to_id LEFT JOIN media d ON d.id = m.id ORDER BY m.id
"""
_THREADS = """
SELECT coalesce(c.phone, c.user_id, c.group_id) AS "with", c.phone, c.user_id, c.name, c.username,
       v.unread_count AS unread,
       to_char(v.window_expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS window
FROM conversation v JOIN contact c ON c.id = v.contact_id ORDER BY 1
"""


def known() -> None:
    """What the fixtures speak of: messages of ours and of Kerry's, all from before and all read, and a template."""
    before = NOON - timedelta(days=10)
    fields = {"account_id": _ACCOUNT, "sent_at": before}
    store(
        *(message(shape, direction="echo", **fields) for shape in OURS),
        *(message(shape, **fields) for shape in THEIRS),
    )
    rows("UPDATE conversation SET unread_count = 0")
    template = TemplateNews(
        account_id=_ACCOUNT,
        template_id="1689556908129832",
        name="order_confirmation",
        language="en_GB",
        changes={},
        at=before,
    )
    with database.atomic():
        news.apply([template])


def table(sql: str) -> list[dict[str, Any]]:
    return [row[0] for row in rows(f"SELECT row_to_json(t) FROM ({sql}) t")]


def tables_now() -> dict[str, list[Any]]:
    return {
        "messages": table(_MESSAGES),
        "threads": table(_THREADS),
        "others": [row[0] for row in rows("SELECT field FROM other_update ORDER BY id")],
        "parked": [row[0] for row in rows("SELECT key FROM parked_update ORDER BY id")],
    }


def stored(name: str) -> tuple[dict[str, list[Any]], list[dict[str, Any]]]:
    """What the tables say more than before this fixture, and the events it made."""
    known()
    before = tables_now()
    events = store_batch([parse(json.dumps(SHAPES[name]["delivery"]).encode())])
    after = tables_now()
    return {key: [row for row in after[key] if row not in before[key]] for key in after}, described(events)


def described(events: list[Event]) -> list[dict[str, Any]]:
    return [_event(event) for event in events]


def _event(event: Any) -> dict[str, Any]:
    """The type of an event and what it is about."""
    kind: dict[str, Any] = {"type": type(event).__struct_config__.tag}
    if hasattr(event, "message"):
        return kind | {"wamid": event.message.wamid}
    if hasattr(event, "status"):
        return kind | {"wamid": event.wamid, "status": event.status}
    contact = event.conversation.contact if hasattr(event, "conversation") else None
    return kind | ({"with": contact.phone or contact.user_id or contact.group_id} if contact else {})


def named(actual: Any, expected: Any) -> Any:
    """``found`` reduced to what ``expected`` names, so that a failure shows the two side by side."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {key: named(actual.get(key), value) for key, value in expected.items()}
    if isinstance(expected, list) and isinstance(actual, list) and len(actual) == len(expected):
        return [named(*pair) for pair in zip(actual, expected, strict=True)]
    return actual


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_leaves_in_the_tables_what_stands_beside_it(name: str) -> None:
    expected = SHAPES[name]["expect"]
    actual, events = stored(name)
    wanted: dict[str, Any] = {key: [] for key in actual} | expected["stored"]
    assert named(actual, wanted) == wanted
    assert named(events, expected["events"]) == expected["events"]


def envelope(name: str) -> dict[str, Any]:
    """The delivery, where it is an object at all."""
    delivery = SHAPES[name]["delivery"]
    return delivery if isinstance(delivery, dict) else {}


TIMED = [name for name in SHAPES if "timestamp_as_garbage" not in name]
"""Those whose end does not depend on when they are stored."""
_MOVES = ("system_user_changed_number", "system_customer_changed_number")
MIXED = [
    name
    for name in TIMED
    if envelope(name).get("object") == "whatsapp_business_account" and name not in _MOVES
]
"""Those that may share a body: after a move, what comes from the old number is somebody else's."""


def entries(name: str) -> list[Any]:
    """The shape's entries, in which nobody has two names and no two people one id, so that it is no matter who
    comes first."""
    text = json.dumps(envelope(name).get("entry", [])).replace("Kerry Example", "Kerry Fisher")
    kerrys = text.replace("US.13491208655302741918", "US.55020123")
    return list(json.loads(kerrys if f'"from": "{KERRY.phone}"' in text else text))


def one_delivery(names: list[str]) -> bytes:
    """All these shapes in one body."""
    whole = [entry for name in names for entry in entries(name)]
    return json.dumps({"object": "whatsapp_business_account", "entry": whole}).encode()


@settings(REAL)
@given(st.lists(st.sampled_from(MIXED), min_size=2, max_size=25))
def test_shapes_in_one_delivery_end_as_if_each_had_come_alone(names: list[str]) -> None:
    empty()
    known()
    for name in names:
        store_batch([parse(one_delivery([name]))])
    alone = state()
    empty()
    known()
    store_batch([parse(one_delivery(names))])
    assert state() == alone


@settings(REAL)
@given(st.lists(st.sampled_from(TIMED), min_size=1, max_size=25))
def test_shapes_that_come_again_change_nothing_and_tell_nobody(names: list[str]) -> None:
    empty()
    known()
    store_batch([parse(one_delivery(names))])
    before = state()
    assert described(store_batch([parse(one_delivery(names))])) == []
    assert state() == before
