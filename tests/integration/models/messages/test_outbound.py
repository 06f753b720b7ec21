"""Messages on their way out: in order, and by one sender at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.actors import agents
from models.database import rows
from models.messages import outbound
from models.messages.outbound import KeyReused
from schema.events import NewMessage
from tests.integration.models.messages.outgoing import (
    BUSY,
    GONE,
    accept,
    ask,
    claim,
    claimed,
    done,
    thread,
    view,
)
from tests.integration.models.tables import KERRY, NUMBER, at_once, message, one, store
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]


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
    while claims := claim():
        sent += [item.message_id for item in claims]
        accept(*claims, f"wamid.{len(sent)}")
    assert sent == wanted


def test_an_id_of_a_clock_that_was_ahead_holds_up_nothing_behind_it() -> None:
    to = thread()
    first = ask(to, "first")[0].id
    second = ask(to, "second")[0].id
    rows("UPDATE message SET id = 'ffffffff-ffff-7fff-bfff-ffffffffffff' WHERE id = %s", (first,))
    waiting = claimed()
    assert waiting.content == {"body": "first"}
    accept(waiting, "wamid.1")
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
    blocked, free = thread(), thread(Customer("16505550124", None))
    for to in (blocked, blocked):
        ask(to)
    done(outbound.postponed, claimed(), BUSY, 60.0)
    assert claim() == []
    ask(free)
    assert claimed().conversation_id == free.id
    assert claim() == []


def test_of_many_claimers_one_wins() -> None:
    ask(thread())
    outcomes = at_once(claim, 20)
    assert sorted(len(outcome) for outcome in outcomes) == [0] * 19 + [1]


def test_many_claimers_share_what_is_due_and_take_one_message_of_each_conversation() -> None:
    people = [thread(Customer(f"165055501{n:02}", None)) for n in range(30)]
    for to in people * 2:
        ask(to)
    claims = [item for some in at_once(lambda: claim(4), 12) for item in some]
    assert len(claims) <= 30
    assert (
        len({item.conversation_id for item in claims})
        == len(claims)
        == len({item.message_id for item in claims})
    )
    while more := claim():
        claims += more
    assert {item.conversation_id for item in claims} == {to.id for to in people}
    assert len(claims) == 30


def test_no_more_are_claimed_than_asked_and_the_longest_due_first() -> None:
    people = [thread(Customer(f"165055501{n:02}", None)) for n in range(5)]
    asked = [ask(to)[0].id for to in people]
    assert sorted(item.message_id for item in claim(3)) == asked[:3]


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
        while claims := claim():
            (taken,) = claims
            sent.append(taken.message_id)
            accept(taken, f"wamid.{taken.message_id}")

    assert at_once(work, 8) == [None] * 8
    work()
    assert sent == wanted


def test_a_claim_brings_all_that_the_call_needs() -> None:
    store(message())
    to = thread()
    quoted = one("SELECT id FROM message WHERE wamid = 'wamid.1'")
    asked, _ = ask(to, reply_to=quoted)
    taken = claimed()
    assert (taken.message_id, taken.phone_number_id, taken.phone) == (asked.id, NUMBER, KERRY.phone)
    assert (taken.reply_to_wamid, taken.attempts, taken.content) == ("wamid.1", 1, {"body": "Hello"})


def test_a_key_used_again_for_the_same_request_names_the_first_message() -> None:
    to, agent = thread(), agents.create("kim@example.com", "Kim", agents.AGENT, None)
    first, events = ask(to, agent_id=agent.id, idempotency_key="k")
    again, none = ask(to, agent_id=agent.id, idempotency_key="k")
    assert (again, len(events), none) == (first, 1, [])


def test_a_key_used_again_for_another_request_is_refused() -> None:
    to, agent = thread(), agents.create("kim@example.com", "Kim", agents.AGENT, None)
    ask(to, agent_id=agent.id, idempotency_key="k")
    with pytest.raises(KeyReused):
        ask(to, "Something else", agent_id=agent.id, idempotency_key="k")
    assert one("SELECT count(*) FROM message") == 1


def test_two_agents_may_use_the_same_key() -> None:
    to = thread()
    for name in ("kim", "sam"):
        agent = agents.create(f"{name}@example.com", name, agents.AGENT, None)
        assert ask(to, agent_id=agent.id, idempotency_key="k")[1]


def test_fifty_requests_at_once_with_one_key_are_one_message() -> None:
    to, agent = thread(), agents.create("kim@example.com", "Kim", agents.AGENT, None)
    outcomes = at_once(lambda: ask(to, agent_id=agent.id, idempotency_key="k"), 50)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert len({asked.id for asked, _ in outcomes}) == 1
    assert (sum(len(events) for _, events in outcomes), one("SELECT count(*) FROM message")) == (1, 1)


def test_many_messages_for_one_conversation_at_once_are_all_queued() -> None:
    to = thread()
    outcomes = at_once(lambda: ask(to), 20)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert one("SELECT count(*) FROM message") == 20


def test_messages_asked_while_the_customer_writes_do_not_block_each_other() -> None:
    to = thread()
    turns = iter(range(100))

    def work() -> Any:
        turn = next(turns)
        return store(message(f"wamid.{turn}")) if turn % 2 else ask(to)

    outcomes = at_once(work, 20)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert one("SELECT count(*) FROM message") == 20


def test_a_message_is_as_old_as_its_row_says() -> None:
    to = thread()
    ask(to)
    assert datetime.now(UTC) - claimed().created_at < timedelta(seconds=10)
