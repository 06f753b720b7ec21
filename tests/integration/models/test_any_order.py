"""Deliveries in any order, company and repetition end alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.database import rows
from tests.integration.models.tables import (
    KERRY,
    NOON,
    amendment,
    delivery,
    empty,
    message,
    other,
    state,
    status,
    store,
    store_batch,
)
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

REAL = settings.get_profile("real tables")
PEOPLE = [KERRY, Customer("16505550124", None, "Bo"), Customer(None, "US.7", "Alex", "alex")]
WORDS = ["sent", "delivered", "read", "played", "failed", "deleted"]
WHY = GraphProblem(131026, "Undeliverable", "", ErrorClass.RECIPIENT)


def _message(n: int, person: int, ours: bool, ad: bool) -> Any:
    return message(
        f"wamid.{n}",
        customer=PEOPLE[person],
        direction="echo" if ours else "inbound",
        from_ad=ad and not ours,
        sent_at=NOON + timedelta(minutes=n),
    )


def _status(n: int, word: int) -> Any:
    problem = WHY if WORDS[word] == "failed" else None
    return status(f"wamid.{n}", WORDS[word], at=NOON + timedelta(minutes=word), problem=problem)


def _amendment(n: int, kind: str) -> Any:
    more = {"emoji": "👍"} if kind == "reaction" else {}
    if kind == "edit":
        more = {"type": "text", "content": {"body": f"edit {n}"}, "preview": f"edit {n}"}
    return amendment(kind, f"wamid.{n}", f"wamid.{kind}.{n}", at=NOON + timedelta(hours=1), **more)


NTH = st.integers(0, 4)
UPDATES = (
    st.builds(_message, NTH, st.integers(0, 2), st.booleans(), st.booleans())
    | st.builds(_status, NTH, st.integers(0, 5))
    | st.builds(_amendment, NTH, st.sampled_from(["reaction", "edit", "revoke"]))
    | st.builds(lambda n: other(b"[%d]" % n), NTH)
)


def same_wamid_same_message(updates: list[Any]) -> list[Any]:
    """Meta repeats a message as it was, so of messages with one wamid the first is meant."""
    first: dict[str, Any] = {}
    return [
        first.setdefault(update.wamid, update) if type(update).__name__ == "Message" else update
        for update in updates
    ]


LISTS = st.lists(UPDATES, max_size=14).map(same_wamid_same_message)
SEEN = "SELECT digest, seen FROM other_update ORDER BY 1"


@settings(REAL)
@given(LISTS)
@example([_amendment(1, "reaction"), _amendment(1, "revoke"), _message(1, 0, False, False)])
def test_one_batch_ends_as_one_by_one(updates: list[Any]) -> None:
    empty()
    for update in updates:
        store(update)
    one_by_one = state(), rows(SEEN)
    empty()
    store_batch([delivery(update) for update in updates])
    assert (state(), rows(SEEN)) == one_by_one


@settings(REAL)
@given(LISTS, st.data())
def test_any_order_and_repetition_ends_alike(updates: list[Any], data: st.DataObject) -> None:
    empty()
    store_batch([delivery(update) for update in updates])
    in_order = state()
    again = data.draw(st.lists(st.sampled_from(updates), max_size=5)) if updates else []
    shuffled = data.draw(st.permutations(updates + again))
    cut = data.draw(st.integers(0, len(shuffled)))
    empty()
    store_batch([delivery(update) for update in shuffled[:cut]])
    store_batch([delivery(update) for update in shuffled[cut:]])
    assert state() == in_order
