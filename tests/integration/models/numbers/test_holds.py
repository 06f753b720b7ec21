"""Numbers that may not send: held, tried, let go."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import rows
from models.messages import outbound
from models.numbers import holds, standings
from tests.integration.models.messages.outgoing import ask, claim, done, numbers_due, thread
from tests.integration.models.tables import NUMBER
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

BLOCKED = GraphProblem(131048, "Spam rate limit hit", "Low quality", ErrorClass.QUALITY)
OTHER = GraphProblem(190, "Token expired", "Log in again", ErrorClass.AUTH)


def put(problem: GraphProblem = BLOCKED, *, on_trial: bool = False, wait_s: float = 60.0) -> Any:
    return done(lambda: holds.put(NUMBER, problem, lambda times: wait_s * times, on_trial=on_trial))


def over() -> None:
    rows("UPDATE number_hold SET until = now() - interval '1 s'")


def trial() -> Any:
    return done(holds.begin_trial, NUMBER, 60.0)


def test_a_held_number_says_why_and_sends_nothing() -> None:
    ask(thread())
    (event,) = put()
    assert (event.number.hold.error.code, event.number.hold.error.class_) == (131048, "quality")
    assert numbers_due() == []
    assert standings.find(NUMBER) == event.number


def test_calls_refused_together_are_one_reason_to_hold() -> None:
    thread()
    assert len(put()) == 1
    assert put(OTHER) == []
    assert standings.find(NUMBER).hold.error.code == 131048


def test_once_the_time_is_over_one_message_is_tried_by_one_sender() -> None:
    for n in range(3):
        ask(thread(Customer(f"1650555010{n}", None)))
    put()
    over()
    assert [line.on_trial for line in outbound.lines()] == [True]
    assert trial() is True
    assert trial() is False
    assert numbers_due() == []


def test_a_refused_trial_lengthens_the_hold() -> None:
    thread()
    put()
    over()
    trial()
    (event,) = put(on_trial=True)
    first = standings.find(NUMBER).hold
    assert event.number.hold == first
    assert rows("SELECT times, until > now() + interval '100 s' FROM number_hold") == [(2, True)]


def test_a_number_let_go_says_so_once() -> None:
    ask(thread())
    put()
    (event,) = done(holds.lift, NUMBER)
    assert event.number.hold is None
    assert done(holds.lift, NUMBER) == []
    assert (numbers_due(), len(claim())) == ([NUMBER], 1)


def test_a_new_token_lifts_only_what_was_held_for_the_token() -> None:
    thread()
    put()
    assert done(holds.lift_for_token, NUMBER) == []
    done(holds.lift, NUMBER)
    put(OTHER)
    assert len(done(holds.lift_for_token, NUMBER)) == 1
