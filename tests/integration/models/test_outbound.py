"""Messages on their way out: in order, by one sender at a time, and what became of each attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from tables import KERRY, NUMBER, at_once, message, one, status, store

from models.actors import agents
from models.conversations import conversations
from models.database import database, rows
from models.messages import messages, outbound
from models.messages.outbound import Claim, KeyReused, Request
from models.numbers import numbers
from models.people import contacts
from schema.events import MessageStatus, NewMessage
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

BUSY = GraphProblem(130429, "Rate limit hit", "Slow down", ErrorClass.THROTTLED_NUMBER)
GONE = GraphProblem(131026, "Undeliverable", "No such user", ErrorClass.RECIPIENT)
LEASE_S, GRACE_S = 60.0, 300.0


class Thread(NamedTuple):
    """A conversation to write in."""

    id: str
    state: Any
    contact: Any


def thread(who: Customer = KERRY) -> Thread:
    numbers.ensure({NUMBER: ("1", "15550100001")})
    person = contacts.find_or_create(who)
    key = conversations.ensure([(NUMBER, person.id)])[NUMBER, person.id]
    found = conversations.get(key)
    assert found is not None
    return Thread(key, *found)


def ask(to: Thread, words: str = "Hello", **more: Any) -> Any:
    """Queue a text; returns the message and the events."""
    told: dict[str, Any] = {"reply_to": None, "agent_id": None, "idempotency_key": None, "digest": words}
    with database.atomic():
        return outbound.ask(to.state, to.contact, Request("text", {"body": words}, **(told | more)))


def claim(most: int = 10) -> list[Claim]:
    with database.atomic():
        return outbound.claim(NUMBER, most, LEASE_S)


def claimed() -> Claim:
    (found,) = claim()
    return found


def accept(held: Claim, wamid: str) -> Any:
    return done(outbound.accepted, [(held, wamid)])


def numbers_due() -> list[str]:
    return [line.phone_number_id for line in outbound.lines()]


def done(work: Any, *arguments: Any) -> Any:
    with database.atomic():
        return work(*arguments)


def view(key: str) -> Any:
    return messages.views([key])[key]


def test_what_is_asked_is_queued_and_told() -> None:
    to = thread()
    asked, (event,) = ask(to)
    assert isinstance(event, NewMessage)
    assert (asked.status, asked.direction, asked.preview) == ("queued", "outbound", "Hello")
    assert (event.message, event.conversation.contact) == (asked, to.contact)


def test_a_conversation_is_sent_in_the_order_it_was_written() -> None:
    to = thread()
    wanted = [ask(to, f"{n}")[0].id for n in range(3)]
    sent = []
    while found := claim():
        sent += [each.message_id for each in found]
        accept(*found, f"wamid.{len(sent)}")
    assert sent == wanted


def test_an_id_of_a_clock_that_was_ahead_holds_up_nothing_behind_it() -> None:
    to = thread()
    first = ask(to, "first")[0].id
    second = ask(to, "second")[0].id
    rows("UPDATE message SET id = 'ffffffff-ffff-7fff-bfff-ffffffffffff' WHERE id = %s", (first,))
    held = claimed()
    assert held.content == {"body": "first"}
    accept(held, "wamid.1")
    assert claimed().message_id == second


def test_what_an_older_version_queued_goes_first() -> None:
    to = thread()
    ask(to, "new")
    old = ask(to, "old")[0].id
    rows("UPDATE message SET send_order = NULL WHERE id = %s", (old,))
    assert claimed().message_id == old


def test_while_one_is_on_its_way_those_behind_it_wait() -> None:
    to = thread()
    ask(to, "first")
    ask(to, "second")
    first = claimed()
    assert claim() == []
    accept(first, "wamid.1")
    assert claimed().content == {"body": "second"}


def test_a_head_that_must_wait_holds_its_own_conversation_only() -> None:
    held, free = thread(), thread(Customer("16505550124", None))
    for to in (held, held):
        ask(to)
    done(outbound.postponed, claimed(), BUSY, 60.0)
    assert claim() == []
    ask(free)
    assert claimed().conversation_id == free.id
    assert claim() == []


def test_of_many_claimers_one_wins() -> None:
    ask(thread())
    found = at_once(claim, 20)
    assert sorted(len(each) for each in found) == [0] * 19 + [1]


def test_many_claimers_share_what_is_due_and_take_one_message_of_each_conversation() -> None:
    people = [thread(Customer(f"165055501{n:02}", None)) for n in range(30)]
    for to in people * 2:
        ask(to)
    found = [each for some in at_once(lambda: claim(4), 12) for each in some]
    assert len(found) <= 30
    assert (
        len({each.conversation_id for each in found})
        == len(found)
        == len({each.message_id for each in found})
    )
    while more := claim():
        found += more
    assert {each.conversation_id for each in found} == {to.id for to in people}
    assert len(found) == 30


def test_no_more_are_claimed_than_asked_and_the_longest_due_first() -> None:
    people = [thread(Customer(f"165055501{n:02}", None)) for n in range(5)]
    asked = [ask(to)[0].id for to in people]
    assert sorted(each.message_id for each in claim(3)) == asked[:3]


def test_a_message_asked_for_again_waits_for_the_one_that_is_on_its_way() -> None:
    to = thread()
    first, _ = ask(to, "first")
    ask(to, "second")
    done(outbound.refused, claimed(), GONE)
    second = claimed()
    done(outbound.retry, first.id)
    assert claim() == []
    accept(second, "wamid.2")
    assert claimed().message_id == first.id


def test_what_was_claimed_too_early_is_put_back_and_counts_as_no_attempt() -> None:
    to = thread()
    asked, _ = ask(to)
    early = claimed()
    assert done(outbound.put_back, [(early, 60.0)]) == []
    assert (claim(), view(asked.id).status) == ([], "queued")
    rows("UPDATE message SET next_attempt_at = now()")
    assert claimed().attempts == 1


def test_a_claim_that_is_held_for_longer_is_still_the_current_one() -> None:
    to = thread()
    ask(to)
    short = claimed()
    longer = done(outbound.extend, short, 600.0)
    assert longer.lease_until > short.lease_until + timedelta(seconds=500)
    assert done(outbound.extend, short, 900.0) is None
    assert done(outbound.refused, short, GONE) == []
    assert done(outbound.refused, longer, GONE)


def test_many_senders_send_each_message_once_and_in_order() -> None:
    to = thread()
    wanted = [ask(to, f"{n}")[0].id for n in range(10)]
    sent: list[str] = []

    def work() -> None:
        while found := claim():
            (held,) = found
            sent.append(held.message_id)
            accept(held, f"wamid.{held.message_id}")

    assert at_once(work, 8) == [None] * 8
    work()
    assert sent == wanted


def test_a_claim_brings_all_that_the_call_needs() -> None:
    store(message())
    to = thread()
    quoted = one("SELECT id FROM message WHERE wamid = 'wamid.1'")
    asked, _ = ask(to, reply_to=quoted)
    found = claimed()
    assert (found.message_id, found.phone_number_id, found.phone) == (asked.id, NUMBER, KERRY.phone)
    assert (found.reply_to_wamid, found.attempts, found.content) == ("wamid.1", 1, {"body": "Hello"})


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
        lambda held: outbound.refused(held, GONE),
        lambda held: outbound.unconfirmed(held, "late", GRACE_S),
        lambda held: outbound.postponed(held, BUSY, 5.0),
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


def late_claim() -> Claim:
    """One that a sweep has given up as unconfirmed."""
    late = claimed()
    rows("UPDATE message SET lease_until = now() - interval '1 s' WHERE id = %s", (late.message_id,))
    done(outbound.expire_leases, GRACE_S)
    return late


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
    found = at_once(lambda: done(outbound.retry, asked.id), 10)
    assert sum(len(each) for each in found) == 1


def test_a_status_may_come_before_the_answer_of_the_call() -> None:
    to = thread()
    asked, _ = ask(to)
    held = claimed()
    (event,) = store(status("wamid.1", "delivered", callback_id=asked.id))
    assert isinstance(event, MessageStatus)
    assert (event.status, event.wamid) == ("delivered", "wamid.1")
    accept(held, "wamid.1")
    assert view(asked.id).status == "delivered"
    assert one("SELECT lease_until FROM message") is None


def test_a_status_without_our_id_waits_for_the_answer_of_the_call() -> None:
    to = thread()
    asked, _ = ask(to)
    held = claimed()
    store(status("wamid.1", "delivered"))
    accept(held, "wamid.1")
    store()
    assert view(asked.id).status == "delivered"


def test_a_status_tells_that_an_unconfirmed_message_went_out_after_all() -> None:
    to = thread()
    asked, _ = ask(to)
    done(outbound.unconfirmed, claimed(), "the answer was lost", GRACE_S)
    store(status("wamid.1", "sent", callback_id=asked.id))
    assert (view(asked.id).status, view(asked.id).wamid, view(asked.id).error) == ("sent", "wamid.1", None)


def test_a_key_used_again_for_the_same_request_names_the_first_message() -> None:
    to, who = thread(), agents.create("kim@example.com", "Kim", agents.AGENT, None)
    first, events = ask(to, agent_id=who.id, idempotency_key="k")
    again, none = ask(to, agent_id=who.id, idempotency_key="k")
    assert (again, len(events), none) == (first, 1, [])


def test_a_key_used_again_for_another_request_is_refused() -> None:
    to, who = thread(), agents.create("kim@example.com", "Kim", agents.AGENT, None)
    ask(to, agent_id=who.id, idempotency_key="k")
    with pytest.raises(KeyReused):
        ask(to, "Something else", agent_id=who.id, idempotency_key="k")
    assert one("SELECT count(*) FROM message") == 1


def test_two_agents_may_use_the_same_key() -> None:
    to = thread()
    for name in ("kim", "sam"):
        who = agents.create(f"{name}@example.com", name, agents.AGENT, None)
        assert ask(to, agent_id=who.id, idempotency_key="k")[1]


def test_fifty_requests_at_once_with_one_key_are_one_message() -> None:
    to, who = thread(), agents.create("kim@example.com", "Kim", agents.AGENT, None)
    found = at_once(lambda: ask(to, agent_id=who.id, idempotency_key="k"), 50)
    assert [each for each in found if isinstance(each, Exception)] == []
    assert len({asked.id for asked, _ in found}) == 1
    assert (sum(len(events) for _, events in found), one("SELECT count(*) FROM message")) == (1, 1)


def test_many_messages_for_one_conversation_at_once_are_all_queued() -> None:
    to = thread()
    found = at_once(lambda: ask(to), 20)
    assert [each for each in found if isinstance(each, Exception)] == []
    assert one("SELECT count(*) FROM message") == 20


def test_messages_asked_while_the_customer_writes_do_not_block_each_other() -> None:
    to = thread()
    turns = iter(range(100))

    def work() -> Any:
        turn = next(turns)
        return store(message(f"wamid.{turn}")) if turn % 2 else ask(to)

    found = at_once(work, 20)
    assert [each for each in found if isinstance(each, Exception)] == []
    assert one("SELECT count(*) FROM message") == 20


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
    found = at_once(lambda: done(outbound.resend_unconfirmed), 10)
    assert sum(len(each) for each in found) == 1


def test_a_message_is_as_old_as_its_row_says() -> None:
    to = thread()
    ask(to)
    assert datetime.now(UTC) - claimed().created_at < timedelta(seconds=10)
