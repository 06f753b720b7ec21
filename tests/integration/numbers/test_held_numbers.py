"""A number Meta will not let send is held as a whole, and others go on; it is tried, and let go once Meta takes one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from faults.people.socket_client import Socket
    from tests.integration.numbers.several import Several

pytestmark = pytest.mark.integration

_numbers = itertools.count(1_055_600_000)
HOLDING = [(400, 131048, "quality"), (401, 190, "auth"), (403, 131031, "account")]
ACCOUNT = (403, 131031)


class Line:
    """A number of ours, and the people it speaks with."""

    def __init__(self, several: Several, phones: Iterator[str]) -> None:
        self.id = str(next(_numbers))
        self.several = several
        self._phones = phones
        several.graph.tokens[self.id] = f"EAA{self.id}"
        body = {"phone_number_id": self.id, "access_token": f"EAA{self.id}"}
        assert several.house.request("POST", "/numbers", json=body).status_code == 201

    def meet(self) -> str:
        """Somebody new writes to it; returns the conversation."""
        return str(self.several.hear(self.id, next(self._phones))["conversation_id"])

    def refuse(self, status: int, code: int) -> None:
        self.several.graph.refusals[self.id] = status, code

    def allow(self) -> None:
        del self.several.graph.refusals[self.id]

    def calls(self) -> list[str]:
        """The texts of the calls made with it, refused ones too, in the order in which they came."""
        asked = [request for request in self.several.graph.asked if request.path == f"{self.id}/messages"]
        return [json.loads(request.body)["text"]["body"] for request in asked]

    def try_now(self) -> None:
        """The time of the hold is over."""
        self.several.house.ask("UPDATE number_hold SET until = now() WHERE phone_number_id = %s", self.id)

    def hold(self) -> Any:
        standing = self.several.number(self.id)["standing"]
        return standing and standing["hold"]


@pytest.fixture
def line(several: Several, phones: Iterator[str]) -> Line:
    return Line(several, phones)


@pytest.fixture
def other(several: Several, phones: Iterator[str]) -> Line:
    """Another number, which nothing is wrong with."""
    return Line(several, phones)


@pytest.fixture
def socket(several: Several) -> Iterator[Socket]:
    """An agent's socket that follows the inbox."""
    with several.house.socket(several.agent.id, several.agent.token) as socket:
        socket.send(type="subscribe_inbox")
        socket.expect("subscribed")
        yield socket


def number_update(socket: Socket, line: Line) -> dict[str, Any]:
    """What the next ``number_updated`` of this number tells."""
    while (event := socket.expect("number_updated"))["number"]["phone_number_id"] != line.id:
        pass
    return dict(event["number"])


def put_on_hold(
    line: Line, socket: Socket, refusal: tuple[int, int], words: str = "First"
) -> tuple[str, str]:
    """Have a message refused; returns its conversation and its id once the number is held."""
    conversation = line.meet()
    line.refuse(*refusal)
    message = line.several.say(conversation, words)
    assert number_update(socket, line)["hold"]["error"]["code"] == refusal[1]
    return conversation, message


def look_for_what_is_due(several: Several, other: Line) -> None:
    """A message of another number goes out: whoever sent it has passed over those of the number that is held."""
    several.wait_for(several.say(other.meet(), "Of another number"), "accepted")


@pytest.mark.parametrize(("status", "code", "kind"), HOLDING)
def test_one_refused_call_holds_the_number_and_no_other(
    several: Several, line: Line, other: Line, socket: Socket, status: int, code: int, kind: str
) -> None:
    conversation, first = put_on_hold(line, socket, (status, code))
    second, third = several.say(conversation, "Second"), several.say(line.meet(), "To somebody else")
    look_for_what_is_due(several, other)
    assert line.calls() == ["First"]
    assert {several.message(message_id)["status"] for message_id in (first, second, third)} == {"queued"}
    assert (line.hold()["error"]["class"], line.hold()["error"]["code"]) == (kind, code)
    assert line.hold()["error"]["advice"]
    assert line.hold()["since"] < line.hold()["until"]
    assert other.hold() is None


@pytest.mark.parametrize(("status", "code", "kind"), HOLDING)
def test_a_trial_that_is_taken_lets_the_number_go_and_the_queue_goes_out_in_order(
    several: Several, line: Line, socket: Socket, status: int, code: int, kind: str
) -> None:
    conversation, first = put_on_hold(line, socket, (status, code))
    queued = [first, *(several.say(conversation, words) for words in ("Second", "Third"))]
    line.allow()
    line.try_now()
    assert number_update(socket, line)["hold"] is None
    for message in queued:
        assert several.wait_for(message, "accepted")["error"] is None
    assert line.calls() == ["First", "First", "Second", "Third"]


def test_a_trial_that_is_refused_holds_the_number_for_longer(
    several: Several, line: Line, other: Line, socket: Socket
) -> None:
    put_on_hold(line, socket, (400, 131048))
    first = ends(line.hold())
    several.say(line.meet(), "To somebody else")
    line.try_now()
    after = number_update(socket, line)["hold"]
    look_for_what_is_due(several, other)
    assert line.calls() == ["First", "First"]
    # A minute at first, two from the next refusal on.
    assert ends(after) - first > timedelta(minutes=1)
    assert line.hold() == after


def ends(hold: dict[str, str]) -> datetime:
    return datetime.fromisoformat(hold["until"])


def test_a_token_lets_go_what_was_held_for_the_token_in_order(
    several: Several, line: Line, socket: Socket
) -> None:
    several.graph.tokens[line.id] = "EAAanother"
    conversation = line.meet()
    queued = [several.say(conversation, "First")]
    assert number_update(socket, line)["hold"]["error"]["class"] == "auth"
    queued += [several.say(conversation, words) for words in ("Second", "Third")]
    body = {"access_token": "EAAanother"}
    assert several.house.request("PATCH", f"/numbers/{line.id}", json=body).status_code == 200
    assert number_update(socket, line)["hold"] is None
    for message in queued:
        several.wait_for(message, "accepted")
    assert line.calls() == ["First", "First", "Second", "Third"]


def test_a_token_does_not_let_go_what_is_held_for_another_reason(
    several: Several, line: Line, socket: Socket
) -> None:
    put_on_hold(line, socket, (400, 131048))
    body = {"access_token": f"EAA{line.id}"}
    assert several.house.request("PATCH", f"/numbers/{line.id}", json=body).status_code == 200
    assert line.hold()["error"]["class"] == "quality"


def test_a_message_that_its_account_kept_back_for_too_long_fails_and_is_a_dead_letter(
    several: Several, line: Line, socket: Socket
) -> None:
    conversation, old = put_on_hold(line, socket, ACCOUNT)
    young = several.say(conversation, "Second")
    several.house.ask("UPDATE message SET created_at = now() - interval '25 hours' WHERE id = %s", old)
    line.try_now()
    failed = several.wait_for(old, "failed")
    assert failed["error"]["class"] == "account"
    letters = several.house.request("GET", "/dead-letters").json()["data"]
    assert old in [letter["message_id"] for letter in letters]
    assert several.message(young)["status"] == "queued"
    assert line.hold()["error"]["class"] == "account"


def test_the_shell_and_doctor_tell_why_a_number_is_held_and_what_mends_it(
    several: Several, line: Line, socket: Socket
) -> None:
    put_on_hold(line, socket, (401, 190))
    listed = "\n" + several.parley("number", "list").stdout
    shown = listed[listed.index(f"\n{line.id}") :].splitlines()[2:4]
    assert [words.split()[0] for words in shown] == ["held", "->"]
    assert "Refused as ordered (190)" in shown[0]
    told_line = next(text for text in several.parley("doctor").stdout.splitlines() if line.id in text)
    assert told_line.startswith("FAIL")
    assert "held since" in told_line
    for words in (shown[1], told_line):
        assert f"Set a valid token: parley number token {line.id}." in words
    assert several.house.request("DELETE", f"/numbers/{line.id}").status_code == 204


def test_a_number_tells_its_own_rate_which_may_be_set_and_forgotten(several: Several, line: Line) -> None:
    house, path = several.house, f"/numbers/{line.id}"
    assert several.number(line.id)["send_rate"] is None
    assert house.request("PATCH", path, json={"send_rate": 2.5}).json()["send_rate"] == 2.5
    assert several.number(line.id)["send_rate"] == 2.5
    for wrong in (0, -1, 1001, "80", True):
        refused = house.request("PATCH", path, json={"send_rate": wrong})
        assert list(refused.json()["error"]["fields"]) == ["send_rate"], wrong
    listed = several.parley("number", "list").stdout.splitlines()
    assert next(shown for shown in listed if line.id in shown).endswith("  2.5/s")
    assert house.request("PATCH", path, json={"send_rate": None}).json()["send_rate"] is None
