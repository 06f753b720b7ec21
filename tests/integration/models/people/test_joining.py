"""Two long conversations become one in steps: one thread for everybody from the first on, whatever else goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from faults.expect import eventually
from models import inbound
from models.conversations import conversations, joining
from models.conversations.conversations import Filter
from models.database import database, release, rows
from models.messages import messages, outbound
from models.messages.outbound import Claim, Joined, Request
from models.page import Cursor
from models.people import number_changes
from schema.events import Event
from tests.integration.models.tables import (
    KERRY,
    NOON,
    NUMBER,
    amendment,
    at_once,
    delivery,
    message,
    one,
    status,
    store,
    thread,
    view,
)
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

# One of the tests has a history as long as it may well be; the rest a few steps.
LONG, SHORTER = 20_000, 3000
MOVED = Customer(phone="16505550143", user_id=None)
LAST = Customer(phone="16505550188", user_id=None)
STRANGER = Customer(phone="16505550199", user_id=None, name="Somebody else")
# Every tenth of a history is an answer of ours, and the histories of two lie in one another.
_FILL = """
INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, preview, status, wamid)
SELECT format('00000000-%%s-7000-8000-%%s', lpad(%s, 4, '0'), lpad(to_hex(n), 12, '0'))::uuid, v.id, v.phone_number_id,
       CASE WHEN n %% 10 = 0 THEN 'outbound' ELSE 'inbound' END, 'text', '{"body": "Long ago"}', %s || ' ' || n,
       CASE WHEN n %% 10 = 0 THEN 'sent' ELSE 'received' END, %s || n
FROM conversation v, generate_series(1, %s) n WHERE v.id = %s
"""


class Pair(NamedTuple):
    """The conversation that goes, and the one that stays."""

    theirs: str
    ours: str


def fill(conversation_id: str, name: str, count: int) -> None:
    """Give a conversation a history: messages ``name`` 1 and so on, whose wamids are wamid.NAME.1 and so on."""
    rows(_FILL, (name[:4].encode().hex()[:4], name, f"wamid.{name}.", count, conversation_id))


def met(short: int = 300, long: int = SHORTER) -> Pair:
    """A customer and a stranger of ours who is the same person, each with a history."""
    store(message("wamid.new", customer=MOVED))
    theirs = view("wamid.new").conversation_id
    store(message("wamid.old"))
    ours = view("wamid.old").conversation_id
    fill(theirs, "new", long)
    fill(ours, "old", short)
    return Pair(theirs, ours)


def tells(wamid: str = "wamid.moved", customer: Customer = KERRY, to: Customer = MOVED) -> list[Event]:
    return store(message(wamid, customer=customer, type="system", moved_to=to))


@pytest.fixture
def joining_pair(tables: None) -> Pair:
    """Two whose join has begun, and no step was made."""
    return begun()


def begun(**lengths: int) -> Pair:
    pair = met(**lengths)
    tells()
    return pair


def step_by_step() -> Iterator[int]:
    """Make every step, and tell before each, and after the last, how many messages are not there yet."""
    more = True
    while more:
        yield one("SELECT count(*) FROM message m JOIN conversation_join j ON j.id = m.conversation_id")
        more = joining.step()


def read(key: str, limit: int = 4000) -> list[str]:
    """The ids of a whole thread, page by page."""
    ids, page = [], messages.page(key, limit, None)
    while True:
        assert {item.conversation_id for item in page.items} == {key}
        ids += [item.id for item in page.items]
        if page.next is None:
            return ids
        page = messages.page(key, limit, page.next)


def read_on(key: str, place: str) -> list[str]:
    """The ids of the page behind a message."""
    return [item.id for item in messages.page(key, 100, Cursor((place,))).items]


def ask(key: str, words: str) -> str:
    conversation = conversations.get(key)
    assert conversation is not None
    with database.atomic():
        return outbound.ask(*conversation, Request("text", {"body": words}, None, None, None, words))[0].id


def claim() -> list[Claim]:
    with database.atomic():
        return outbound.claim_due(NUMBER, 10, 60.0)


def where(events: list[Event]) -> set[str | None]:
    assert events
    return {event.conversation_id for event in events}


def test_the_drain_changes_a_handful_of_messages_however_long_the_history() -> None:
    pair = met(short=0)
    with database.atomic():
        inbound.persist([delivery(message("wamid.moved", type="system", moved_to=MOVED))])
        changed = one("SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'message'")
    assert changed < 10
    assert list(step_by_step())[-1] == 0
    assert rows("SELECT DISTINCT conversation_id FROM message") == [(pair.ours,)]


def test_one_thread_at_every_step_while_messages_go_on_coming() -> None:
    pair = begun(long=LONG)
    known = {row[0] for row in rows("SELECT id FROM message")}
    left = []
    for turn, missing in enumerate(step_by_step()):
        left.append(missing)
        store(
            message(f"wamid.later.{turn}", customer=MOVED),
            message(f"wamid.stranger.{turn}", customer=STRANGER),
        )
        known.add(view(f"wamid.later.{turn}").id)
        whole = sorted(known, reverse=True)
        for place in (0, len(whole) // 2, LONG - 2000 * turn, len(whole) - 100):
            assert read_on(pair.ours, whole[place]) == whole[place + 1 : place + 101]
    assert read(pair.ours) == whole
    assert left == [*range(LONG + 1, 0, -2000), 0, 0]
    assert rows("SELECT id FROM conversation WHERE id = %s", (pair.theirs,)) == []
    assert rows("SELECT * FROM conversation_join") == []
    assert number_changes.merged_into(pair.theirs) == pair.ours


def test_pages_are_read_by_index_and_backwards_too(joining_pair: Pair) -> None:
    joining.step()
    first = messages.page(joining_pair.ours, 50, None)
    second = messages.page(joining_pair.ours, 50, first.next)
    back = messages.page(joining_pair.ours, 50, second.prev)
    assert [item.id for item in back.items] == [item.id for item in first.items]
    assert read(joining_pair.ours)[50:100] == [item.id for item in second.items]


def test_the_one_that_goes_is_not_listed_and_found_by_nobody(joining_pair: Pair) -> None:
    joining.step()
    assert [state.id for state, _ in conversations.page(Filter(phone_number_id=NUMBER), 10, None).items] == [
        joining_pair.ours
    ]
    assert conversations.get(joining_pair.theirs) is None
    assert number_changes.merged_into(joining_pair.theirs) == joining_pair.ours
    assert conversations.wholes([joining_pair.theirs]) == {}


def test_what_has_not_moved_yet_is_found_in_the_one_that_stays(joining_pair: Pair) -> None:
    listed = conversations.page(Filter(text=f"new {SHORTER}"), 10, None)
    assert [state.id for state, _ in listed.items] == [joining_pair.ours]
    assert messages.newest_inbound(joining_pair.ours) == view("wamid.moved").id
    assert messages.last_of([joining_pair.ours])[joining_pair.ours].wamid == "wamid.moved"


def test_the_last_message_may_be_one_that_has_not_moved(tables: None) -> None:
    store(message())
    store(message("wamid.2", customer=MOVED))
    ours, theirs = view().conversation_id, view("wamid.2").conversation_id
    fill(theirs, "new", 1500)
    with database.atomic():
        kerry, stranger = (
            one("SELECT contact_id FROM conversation WHERE id = %s", key) for key in (ours, theirs)
        )
        number_changes.move(kerry, MOVED)
    assert messages.last_of([ours])[ours].wamid == "wamid.2"
    assert messages.newest_inbound(ours) == view("wamid.2").id
    assert rows("SELECT 1 FROM contact WHERE id = %s", (stranger,)) == []


def test_what_is_undone_by_a_crash_is_done_again(joining_pair: Pair) -> None:
    joining.step()
    before = one("SELECT count(*) FROM message WHERE conversation_id = %s", joining_pair.theirs)
    with database.atomic() as transaction:
        joining.step()
        transaction.rollback()
    database.close_all()
    assert one("SELECT count(*) FROM message WHERE conversation_id = %s", joining_pair.theirs) == before
    assert list(step_by_step())[-1] == 0
    assert len(read(joining_pair.ours)) == SHORTER + 300 + 3


def test_any_number_may_be_at_it(joining_pair: Pair) -> None:
    def all_steps() -> None:
        while joining.under_way():
            joining.step()

    assert at_once(all_steps, 3) == [None] * 3
    assert rows("SELECT DISTINCT conversation_id FROM message") == [(joining_pair.ours,)]


def test_a_step_waits_for_nobody_who_holds_a_message(joining_pair: Pair) -> None:
    locked, let_go = threading.Event(), threading.Event()
    key = view("wamid.new").id

    def hold() -> None:
        with database.atomic():
            messages.lock([key])
            locked.set()
            let_go.wait(60)
        release()

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(30)
    for _ in range(SHORTER // 2000 + 2):
        assert joining.step()
    assert rows("SELECT id FROM message WHERE conversation_id = %s", (joining_pair.theirs,)) == [(key,)]
    let_go.set()
    holder.join()
    assert list(step_by_step()) == [1, 0, 0]


def test_sends_that_waited_in_both_go_out_in_order_and_once() -> None:
    pair = met()
    asked = [ask(key, f"Answer {n}") for n, key in enumerate([*pair, *pair, pair.theirs])]
    (on_its_way, other) = claim()
    assert {on_its_way.message_id, other.message_id} == set(asked[:2])
    tells()
    assert rows("SELECT DISTINCT conversation_id FROM message WHERE status IN ('queued', 'sending')") == [
        (pair.ours,)
    ]
    assert claim() == []  # One of each conversation is on its way, and that is one conversation now.
    sent = []
    for taken in (on_its_way, other):
        with database.atomic():
            sent += [
                event.conversation_id for event in outbound.accepted([(taken, f"wamid.{taken.message_id}")])
            ]
    assert sent == [pair.ours] * 2
    for key in asked[2:]:
        (taken,) = claim()
        assert (taken.message_id, taken.conversation_id, taken.phone) == (key, pair.ours, MOVED.phone)
        joining.step()
        with database.atomic():
            outbound.accepted([(taken, f"wamid.{key}")])
    assert claim() == []


def test_what_is_sent_again_joins_the_one_queue(joining_pair: Pair) -> None:
    rows("UPDATE message SET status = 'failed' WHERE wamid = 'wamid.new.2990'")
    rows("UPDATE message SET status = 'unconfirmed', next_attempt_at = now() WHERE wamid = 'wamid.new.3000'")
    failed = view("wamid.new.2990").id
    with database.atomic():
        assert where([*outbound.retry(failed)]) == {joining_pair.ours}
        assert where([*outbound.resend_unconfirmed()]) == {joining_pair.ours}
    assert [waiting.message_id for waiting in claim()] == [failed]


def test_news_of_what_has_not_moved_names_the_one_that_stays(joining_pair: Pair) -> None:
    newest = NOON + timedelta(days=365)
    assert where(store(status("wamid.new.3000", "read", at=newest))) == {joining_pair.ours}
    assert where(store(amendment("reaction", "wamid.new.2991", emoji="👍", at=newest))) == {joining_pair.ours}
    assert where(store(amendment("revoke", "wamid.new.2992", at=newest))) == {joining_pair.ours}
    quoting = store(message("wamid.quote", customer=MOVED, reply_to_wamid="wamid.new.2993"))
    assert where(quoting) == {joining_pair.ours}
    assert view("wamid.quote").reply_to == view("wamid.new.2993").id
    assert thread().window.expires_at == newest + timedelta(hours=24)


def test_a_late_message_stands_behind_what_was_written_before_it_and_has_not_moved() -> None:
    pair = met(long=1500)
    at = one("SELECT date_trunc('second', now()) - interval '1 hour'")
    store(*(message(f"wamid.same.{n}", customer=MOVED, sent_at=at) for n in range(2)))
    tells()
    assert view("wamid.same.1").conversation_id == pair.ours
    assert one("SELECT conversation_id FROM message WHERE wamid = 'wamid.same.1'") == pair.theirs
    store(message("wamid.same.2", customer=MOVED, sent_at=at))
    assert view("wamid.same.2").id > view("wamid.same.1").id > view("wamid.same.0").id


@pytest.mark.parametrize("short", [300, 3000])
def test_a_second_change_of_number_meanwhile(short: int) -> None:
    pair = met(short)
    tells()
    joining.step()
    store(message("wamid.last", customer=LAST))
    home = view("wamid.last").conversation_id
    tells("wamid.moved.again", LAST, MOVED)
    assert {number_changes.merged_into(key) for key in pair} == {home}
    whole = short + SHORTER + 5
    assert len(read(home)) == whole
    for _ in step_by_step():
        assert len(read(home)) == whole
    assert rows("SELECT id FROM conversation") == [(home,)]
    assert rows("SELECT DISTINCT conversation_id FROM message") == [(home,)]


def test_who_looked_the_conversation_up_before_it_went_is_told_to_look_again(joining_pair: Pair) -> None:
    conversation = conversations.get(joining_pair.ours)
    assert conversation is not None
    stale = conversation[0]._replace(id=joining_pair.theirs)
    with pytest.raises(Joined), database.atomic():
        outbound.ask(stale, conversation[1], Request("text", {"body": "Hello"}, None, None, None, ""))


def test_who_writes_while_the_join_begins_waits_and_looks_again() -> None:
    pair = met()
    caught: list[Any] = []

    def write() -> None:
        try:
            ask(pair.theirs, "Hello")
        except Exception as error:
            caught.append(error)
        finally:
            release()

    writer = threading.Thread(target=write)
    with database.atomic():
        inbound.persist([delivery(message("wamid.moved", type="system", moved_to=MOVED))])
        writer.start()
        eventually(lambda: rows("SELECT 1 FROM pg_locks WHERE NOT granted"), 30)
    writer.join()
    assert [type(error) for error in caught] == [Joined]
    assert rows("SELECT 1 FROM message WHERE status = 'queued'") == []
