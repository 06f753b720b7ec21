"""What became of each attempt to send a message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.database import rows
from models.messages import outbound
from schema.events import MessageStatus
from tests.integration.models.messages.outgoing import (
    BUSY,
    GONE,
    GRACE_S,
    accept,
    ask,
    claim,
    claimed,
    done,
    late_claim,
    numbers_due,
    thread,
    view,
)
from tests.integration.models.tables import NUMBER, at_once, message, one, status, store

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]


def test_an_accepted_message_has_its_wamid_and_no_lease() -> None:
    to = thread()
    ask(to)
    (event,) = accept(claimed(), "wamid.1")
    assert (event.status, event.wamid) == ("accepted", "wamid.1")
    assert one("SELECT lease_until FROM message") is None


def test_a_lease_that_runs_out_leaves_the_message_unconfirmed_and_the_next_may_go() -> None:
    to = thread()
    ask(to, "first")
    ask(to, "second")
    claimed()
    assert done(outbound.expire_leases, GRACE_S) == []
    rows("UPDATE message SET lease_until = lease_until - interval '61 s'")
    (event,) = done(outbound.expire_leases, GRACE_S)
    assert (event.status, event.error.code) == ("unconfirmed", None)
    assert claimed().content == {"body": "second"}


def test_an_answer_that_comes_after_the_lease_counts() -> None:
    to = thread()
    ask(to)
    late = claimed()
    rows("UPDATE message SET lease_until = now() - interval '1 s'")
    done(outbound.expire_leases, GRACE_S)
    (event,) = accept(late, "wamid.1")
    assert (event.status, event.error) == ("accepted", None)


@pytest.mark.parametrize(
    "outcome",
    [
        lambda taken: outbound.refused(taken, GONE),
        lambda taken: outbound.unconfirmed(taken, "late", GRACE_S),
        lambda taken: outbound.postponed(taken, BUSY, 5.0),
    ],
)
def test_a_sender_whose_lease_ran_out_decides_no_more(outcome: Any) -> None:
    to = thread()
    asked, _ = ask(to)
    late = claimed()
    rows("UPDATE message SET lease_until = now() - interval '1 s'")
    done(outbound.expire_leases, GRACE_S)
    done(outbound.retry, asked.id)
    second = claimed()
    before = view(asked.id)
    assert done(outcome, late) == []
    assert view(asked.id) == before
    assert accept(second, "wamid.1")


def test_what_was_certainly_not_sent_is_queued_again_although_its_lease_ran_out() -> None:
    to = thread()
    asked, _ = ask(to, "first")
    ask(to, "second")
    (event,) = done(outbound.postponed, late_claim(), BUSY, 0.0)
    assert (event.status, event.error.code, view(asked.id).possible_duplicate) == ("queued", 130429, False)
    again = claimed()
    assert (again.message_id, again.attempts) == (asked.id, 2)


def test_what_was_certainly_refused_has_failed_although_its_lease_ran_out() -> None:
    ask(thread())
    (event,) = done(outbound.refused, late_claim(), GONE)
    assert (event.status, event.error.class_) == ("failed", "recipient")


@pytest.mark.parametrize("again", [False, True])
def test_what_later_messages_of_its_conversation_overtook_stays_unconfirmed(again: bool) -> None:
    to = thread()
    asked, _ = ask(to, "first")
    second, _ = ask(to, "second")
    late = late_claim()
    assert claimed().message_id == second.id
    if again:
        rows("UPDATE message SET lease_until = now() - interval '1 s' WHERE id = %s", (second.id,))
        done(outbound.expire_leases, GRACE_S)
        done(outbound.retry, second.id)
    assert done(outbound.postponed, late, BUSY, 0.0) == []
    assert view(asked.id).status == "unconfirmed"


def test_a_claim_that_is_put_back_too_late_is_told_of() -> None:
    ask(thread())
    late = late_claim()
    assert done(outbound.put_back, [(late, 5.0)]) == [(late, 5.0)]


def test_a_postponed_message_waits_its_time_and_keeps_count() -> None:
    to = thread()
    ask(to)
    (event,) = done(outbound.postponed, claimed(), BUSY, 60.0)
    assert (event.status, event.error.code) == ("queued", 130429)
    assert (claim(), numbers_due()) == ([], [])
    rows("UPDATE message SET next_attempt_at = now() - interval '1 s'")
    assert numbers_due() == [NUMBER]
    assert claimed().attempts == 2


def test_a_refused_message_is_failed_and_says_why() -> None:
    to = thread()
    asked, _ = ask(to)
    (event,) = done(outbound.refused, claimed(), GONE)
    assert (event.status, event.error.class_) == ("failed", "recipient")
    assert view(asked.id).error == event.error


@pytest.mark.parametrize("outcome", ["refused", "unconfirmed"])
def test_a_person_may_send_a_failed_or_unconfirmed_message_again(outcome: str) -> None:
    to = thread()
    asked, _ = ask(to)
    done(getattr(outbound, outcome), claimed(), *((GONE,) if outcome == "refused" else ("lost", GRACE_S)))
    (event,) = done(outbound.retry, asked.id)
    assert (event.status, event.error) == ("queued", None)
    assert view(asked.id).possible_duplicate is (outcome == "unconfirmed")
    again = claimed()
    assert again.attempts == 1
    done(outbound.refused, again, GONE)
    assert "failed" in view(asked.id).status_times


def test_a_message_sent_again_is_as_old_as_the_wish_for_it() -> None:
    to = thread()
    asked, _ = ask(to)
    rows("UPDATE message SET created_at = created_at - interval '2 days'")
    done(outbound.refused, claimed(), GONE)
    done(outbound.retry, asked.id)
    again = claimed()
    assert again.asked_at - again.created_at > timedelta(days=1)


def test_what_is_neither_failed_nor_unconfirmed_is_not_sent_again() -> None:
    to = thread()
    asked, _ = ask(to)
    assert done(outbound.retry, asked.id) == []
    accept(claimed(), "wamid.1")
    assert done(outbound.retry, asked.id) == []
    store(message("wamid.2"))
    assert done(outbound.retry, one("SELECT id FROM message WHERE wamid = 'wamid.2'")) == []


def test_many_who_ask_again_at_once_queue_it_once() -> None:
    to = thread()
    asked, _ = ask(to)
    done(outbound.refused, claimed(), GONE)
    outcomes = at_once(lambda: done(outbound.retry, asked.id), 10)
    assert sum(len(outcome) for outcome in outcomes) == 1


def test_a_status_may_come_before_the_answer_of_the_call() -> None:
    to = thread()
    asked, _ = ask(to)
    taken = claimed()
    (event,) = store(status("wamid.1", "delivered", callback_id=asked.id))
    assert isinstance(event, MessageStatus)
    assert (event.status, event.wamid) == ("delivered", "wamid.1")
    accept(taken, "wamid.1")
    assert view(asked.id).status == "delivered"
    assert one("SELECT lease_until FROM message") is None


def test_a_status_without_our_id_waits_for_the_answer_of_the_call() -> None:
    to = thread()
    asked, _ = ask(to)
    taken = claimed()
    store(status("wamid.1", "delivered"))
    accept(taken, "wamid.1")
    store()
    assert view(asked.id).status == "delivered"


def test_a_status_tells_that_an_unconfirmed_message_went_out_after_all() -> None:
    to = thread()
    asked, _ = ask(to)
    done(outbound.unconfirmed, claimed(), "the answer was lost", GRACE_S)
    store(status("wamid.1", "sent", callback_id=asked.id))
    assert (view(asked.id).status, view(asked.id).wamid, view(asked.id).error) == ("sent", "wamid.1", None)


def test_an_unconfirmed_message_is_sent_again_once_past_its_grace_time_and_marked() -> None:
    to = thread()
    asked, _ = ask(to)
    done(outbound.unconfirmed, claimed(), "the answer was lost", GRACE_S)
    assert done(outbound.resend_unconfirmed) == []
    rows("UPDATE message SET next_attempt_at = now() - interval '1 s'")
    (event,) = done(outbound.resend_unconfirmed)
    assert (event.message_id, event.status, event.possible_duplicate) == (asked.id, "queued", True)
    done(outbound.unconfirmed, claimed(), "the answer was lost again", 0.0)
    assert done(outbound.resend_unconfirmed) == []
    assert view(asked.id).status == "unconfirmed"


def test_many_sweeps_at_once_queue_an_unconfirmed_message_again_once() -> None:
    ask(thread())
    done(outbound.unconfirmed, claimed(), "the answer was lost", 0.0)
    outcomes = at_once(lambda: done(outbound.resend_unconfirmed), 10)
    assert sum(len(outcome) for outcome in outcomes) == 1
