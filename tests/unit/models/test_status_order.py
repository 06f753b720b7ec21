"""The one order of a message's status, whatever order the news arrives in."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.messages import statuses as order
from models.messages.status_moves import News, Standing
from schema import statuses
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.inbound.updates import STATUSES

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WHY = GraphProblem(131026, "Undeliverable", "No such user", ErrorClass.RECIPIENT)
MOVES = (statuses.UNCONFIRMED, statuses.ACCEPTED, *sorted(STATUSES))


def news(word: str) -> News:
    return News("m", word, NOW, WHY if word == statuses.FAILED else None)


def standing(word: str = statuses.SENDING) -> Standing:
    row = {
        "id": "m",
        "conversation_id": "c",
        "status": word,
        "status_times": {},
        "error": None,
        "pricing": None,
    }
    more = {
        "wamid": None,
        "revision": 1,
        "possible_duplicate": False,
        "client_reference": None,
        "payment": None,
    }
    return Standing(SimpleNamespace(**row, **more, recipients={}))


def after(words: list[str], start: str = statuses.SENDING) -> Any:
    row = standing(start)
    for word in words:
        row.fold(news(word))
    return row


@given(st.data(), st.lists(st.sampled_from(MOVES)))
def test_any_shuffle_and_repetition_of_the_same_news_ends_alike(
    data: st.DataObject, words: list[str]
) -> None:
    more = data.draw(st.lists(st.sampled_from(words))) if words else []
    shuffled = data.draw(st.permutations(words + more))
    one, other = after(words), after(shuffled)
    assert (one.status, one.times, one.error) == (other.status, other.times, other.error)


@given(st.lists(st.sampled_from(MOVES)), st.sampled_from(MOVES))
def test_a_status_never_goes_backwards(words: list[str], last: str) -> None:
    before = after(words).status
    now = after([*words, last]).status
    assert now == before or order.rises(before, now)


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (["read", "delivered", "sent"], "read"),
        (["delivered", "failed"], "delivered"),
        (["sent", "failed"], "failed"),
        (["failed", "sent"], "failed"),
        (["failed", "read"], "read"),
        (["unconfirmed", "sent"], "sent"),
        (["unconfirmed", "failed"], "failed"),
        (["accepted", "unconfirmed"], "accepted"),
        (["played", "deleted"], "deleted"),
        (["deleted", "read"], "deleted"),
    ],
)
def test_the_order_is_as_documented(words: list[str], end: str) -> None:
    assert after(words).status == end


@given(st.sampled_from(MOVES))
def test_what_a_customer_wrote_never_leaves_received(word: str) -> None:
    assert not order.rises(statuses.RECEIVED, word)


@pytest.mark.parametrize("word", MOVES)
def test_the_same_news_twice_changes_nothing(word: str) -> None:
    row = after([word])
    row.changed = False
    row.fold(news(word))
    assert not row.changed


def test_late_news_still_tells_its_time() -> None:
    row = after(["read", "delivered"])
    assert (row.status, set(row.times)) == ("read", {"read", "delivered"})


def test_a_failure_says_why_until_the_message_arrives_after_all() -> None:
    assert after(["failed"]).error.code == 131026
    assert after(["failed", "delivered"]).error is None


def test_a_failure_that_comes_after_the_delivery_says_nothing() -> None:
    assert after(["delivered", "failed"]).error is None


def test_every_status_of_metas_has_its_place() -> None:
    for word in STATUSES:
        assert order.rises(statuses.QUEUED, word)


def test_only_what_failed_or_may_be_lost_can_be_sent_again_by_hand() -> None:
    assert {"failed", "unconfirmed"} == order.RETRYABLE
