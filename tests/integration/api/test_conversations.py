"""Whose a conversation is, how it stands and what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.guarded import Guarded


@pytest.fixture
def conversation(guarded: Guarded) -> dict[str, Any]:
    """A conversation a customer just began."""
    key = guarded.house.converse("447700900777")
    answer: dict[str, Any] = guarded.house.request("GET", f"/conversations/{key}").json()
    return answer


def patch(guarded: Guarded, conversation: dict[str, Any], **body: Any) -> Any:
    return guarded.house.request("PATCH", f"/conversations/{conversation['id']}", json=body)


def test_an_agent_takes_a_conversation_labels_and_closes_it(
    guarded: Guarded, conversation: dict[str, Any]
) -> None:
    changes = {"status": "closed", "assignee_id": guarded.agent.id, "labels": ["bicycles", "blue"]}
    answer = patch(guarded, conversation, **changes).json()
    assert {name: answer[name] for name in changes} == changes
    assert answer["revision"] == conversation["revision"] + 1


def test_what_is_not_named_stays(guarded: Guarded, conversation: dict[str, Any]) -> None:
    patch(guarded, conversation, assignee_id=guarded.agent.id, labels=["blue"])
    answer = patch(guarded, conversation, status="pending").json()
    assert (answer["assignee_id"], answer["labels"]) == (guarded.agent.id, ["blue"])
    assert patch(guarded, conversation, assignee_id=None).json()["assignee_id"] is None


def test_the_same_again_changes_nothing(guarded: Guarded, conversation: dict[str, Any]) -> None:
    first = patch(guarded, conversation, status="snoozed").json()
    assert patch(guarded, conversation, status="snoozed").json()["revision"] == first["revision"]


def test_every_wrong_field_is_named(guarded: Guarded, conversation: dict[str, Any]) -> None:
    nobody = "01890a5d-ac96-774b-bcce-b302099a8057"
    wrong = patch(guarded, conversation, status="done", assignee_id=nobody, labels=["", 7], x=1)
    assert wrong.status_code == 422
    assert set(wrong.json()["error"]["fields"]) == {"status", "assignee_id", "labels[0]", "labels[1]", "x"}


def test_the_unread_are_counted_as_the_list_has_them(guarded: Guarded, conversation: dict[str, Any]) -> None:
    def counted() -> Any:
        return guarded.house.request("GET", "/conversations/counts").json()

    listed = guarded.house.request("GET", "/conversations?unread=true&limit=200").json()["data"]
    assert conversation["id"] in {conversation["id"] for conversation in listed}
    assert counted() == {"unread": len(listed), "unread_more": False}
    guarded.house.request("POST", f"/conversations/{conversation['id']}/read")
    assert counted()["unread"] == len(listed) - 1
    assert guarded.house.request("GET", "/conversations/counts?x=1").status_code == 422


def test_one_that_was_joined_with_another_says_where_its_history_is(
    guarded: Guarded, phones: Iterator[str]
) -> None:
    house, (old, new) = guarded.house, (next(phones), next(phones))
    ours, theirs = house.converse(old), house.converse(new)
    move = house.meta.message(
        old, "system", system={"type": "user_changed_number", "wa_id": new, "body": "New"}
    )
    house.deliver(house.meta.said(move))
    house.stored(move["id"])
    for answer in (
        house.request("GET", f"/conversations/{theirs}"),
        house.request("GET", f"/conversations/{theirs}/messages"),
        house.request("POST", f"/conversations/{theirs}/read"),
        house.request("PATCH", f"/conversations/{theirs}", json={"status": "closed"}),
    ):
        assert (answer.status_code, answer.json()["error"]["merged_into"]) == (404, ours)
        assert ours in answer.json()["error"]["message"]


def test_people_who_change_a_conversation_while_its_customer_writes_are_not_turned_away(
    guarded: Guarded, phone: str
) -> None:
    house, key = guarded.house, guarded.house.converse(phone)

    def change(turn: int) -> list[int]:
        path, statuses = f"/conversations/{key}", ("open", "pending", "closed")
        return [
            house.request("PATCH", path, json={"status": statuses[(turn + n) % 3]}).status_code
            for n in range(40)
        ]

    said = [house.meta.text(phone, f"Words {n}") for n in range(60)]
    with ThreadPoolExecutor(4) as people:
        changing = [people.submit(change, turn) for turn in range(4)]
        for message in said:
            assert house.deliver(house.meta.said(message)).status_code == 200
        assert {code for future in changing for code in future.result()} == {200}
    house.stored(said[-1]["id"])
    ((deadlocks,),) = house.ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert deadlocks == 0
