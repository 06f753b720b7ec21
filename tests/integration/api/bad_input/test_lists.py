"""Cursors, limits and filters that are none: every mistake named, never a 500."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from faults.house import House
from tests.integration.api.bad_input.refusals import UNKNOWN, wrong_fields

pytestmark = pytest.mark.integration


def cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


BAD_PLACES = [
    *(("limit", value) for value in ("0", "201", "-1", "ten", "1e1", "", "%D9%A1", "99999999999999", "1.0")),
    *(("before", value) for value in ("x", "%00", "%ff", "=", "a" * 5000, cursor(), cursor("no id"))),
    *(
        ("before", value)
        for value in (cursor(1), cursor("\x00"), cursor("\ud800"), cursor(*"abcdef"), cursor(None))
    ),
    *(("after", value) for value in ("x", cursor("2026-13-45", "x"), cursor(UNKNOWN * 9))),
]


@pytest.mark.parametrize("path", ["/conversations", "/conversations/{}/messages"])
@pytest.mark.parametrize(("name", "value"), BAD_PLACES)
def test_a_limit_or_cursor_that_is_none_is_refused_by_name(
    guarded_house: House, known_conversation: str, path: str, name: str, value: str
) -> None:
    answer = guarded_house.request("GET", f"{path.format(known_conversation)}?{name}={value}")
    assert wrong_fields(answer) == {name}


def test_a_cursor_of_another_list_is_refused(guarded_house: House, known_conversation: str) -> None:
    path = f"/conversations/{known_conversation}/messages"
    theirs = guarded_house.request("GET", "/conversations?limit=1").json()["next"]
    answer = guarded_house.request("GET", f"{path}?{theirs.partition('?')[2]}")
    assert wrong_fields(answer) == {"before"}


def test_before_and_after_exclude_each_other(guarded_house: House, known_conversation: str) -> None:
    place = cursor(UNKNOWN)
    answer = guarded_house.request(
        "GET", f"/conversations/{known_conversation}/messages?before={place}&after={place}"
    )
    assert wrong_fields(answer) == {"after"}


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("colour=red&limit=x", {"colour", "limit"}),
        ("status=asleep&unread=maybe", {"status", "unread"}),
        ("q=%00", {"q"}),
        (f"q={'x' * 300}", {"q"}),
    ],
)
def test_every_wrong_parameter_of_a_list_is_named_at_once(
    guarded_house: House, query: str, wrong: set[str]
) -> None:
    assert wrong_fields(guarded_house.request("GET", f"/conversations?{query}")) == wrong


@pytest.mark.parametrize(
    "text", ["%25", "_", "%5C", "%27", "%ff", "%ED%A0%80", "(", "%F0%9F%91%8B", "%22%3B"]
)
def test_any_text_may_be_searched_for(guarded_house: House, text: str) -> None:
    assert guarded_house.request("GET", f"/conversations?q={text}").status_code == 200


@pytest.mark.parametrize(
    "after", ["", "?after=", "?after=x", "?after=1", "?after=-1-0", "?after=1-0%00", "?after=9" * 9]
)
def test_events_are_read_from_behind_an_event_id_only(
    guarded_house: House, known_conversation: str, after: str
) -> None:
    answer = guarded_house.request("GET", f"/conversations/{known_conversation}/events{after}")
    assert wrong_fields(answer) == {"after"}
