"""Lists that are paged: every row once, forwards and backwards, filtered and searched, and by index."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from models import inbound, workload
from models.conversations import conversations
from models.conversations.conversations import Filter
from models.database import database, rows
from models.messages import messages, outbound, quotes
from models.page import Cursor, decode_cursor, encode_cursor
from tests.integration.models import plans
from tests.integration.models.tables import NOON, NUMBER, message, one, store
from whatsapp.inbound.updates import Customer, Updates

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]
ALL = Filter()


def people(count: int) -> None:
    for n in range(count):
        customer = Customer(f"165055501{n:02d}", None, f"Person {n}")
        store(message(f"wamid.{n}", customer=customer, preview=f"words of {n}"))


def names(page: Any) -> list[str]:
    return [contact.name for _, contact in page.items]


def carried(cursor: Cursor | None) -> Cursor | None:
    """A cursor as it comes back from a link."""
    return decode_cursor(encode_cursor(cursor), cursor.backwards) if cursor else None


def test_the_most_recently_active_comes_first() -> None:
    people(3)
    store(message("wamid.again", customer=Customer("16505550100", None)))
    assert names(conversations.page(ALL, 10, None)) == ["Person 0", "Person 2", "Person 1"]


def test_pages_forwards_hold_every_row_once_and_say_where_they_end() -> None:
    people(7)
    first = conversations.page(ALL, 3, None)
    second = conversations.page(ALL, 3, carried(first.next))
    third = conversations.page(ALL, 3, carried(second.next))
    assert names(first) + names(second) + names(third) == [f"Person {n}" for n in range(6, -1, -1)]
    assert (first.prev, third.next) == (None, None)


def test_pages_backwards_are_the_same_rows_in_the_same_order() -> None:
    people(7)
    first = conversations.page(ALL, 3, None)
    second = conversations.page(ALL, 3, carried(first.next))
    third = conversations.page(ALL, 3, carried(second.next))
    back = conversations.page(ALL, 3, carried(third.prev))
    assert names(back) == names(second)
    assert names(conversations.page(ALL, 3, carried(back.prev))) == names(first)


def test_a_page_that_is_exactly_full_has_no_next() -> None:
    people(3)
    assert conversations.page(ALL, 3, None).next is None


def test_nothing_is_an_empty_page() -> None:
    assert conversations.page(ALL, 3, None) == ([], None, None)


def test_a_conversation_without_a_message_has_its_place_by_when_it_was_made() -> None:
    people(2)
    rows("UPDATE conversation SET last_message_at = NULL, last_message_id = NULL")
    assert len(conversations.page(ALL, 1, conversations.page(ALL, 1, None).next).items) == 1


@pytest.mark.parametrize(
    "values", [(), ("x",), ("x", "y"), ("2026-01-01T00:00:00Z", "no id"), ("a", "b", "c")]
)
def test_a_cursor_of_another_list_is_refused(values: tuple[str, ...]) -> None:
    people(1)
    with pytest.raises(ValueError, match="cursor of another list"):
        conversations.page(ALL, 3, Cursor(values))


def test_a_cursor_with_a_nul_is_refused() -> None:
    people(1)
    with pytest.raises(ValueError, match="cursor"):
        conversations.page(ALL, 3, Cursor(("2026-01-01T00:00:00Z\x00", "\x00")))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Filter(status="closed"), ["Person 1"]),
        (Filter(status="open"), ["Person 2", "Person 0"]),
        (Filter(unread=True), ["Person 1", "Person 0"]),
        (Filter(unread=False), ["Person 2"]),
        (Filter(phone_number_id=NUMBER), ["Person 2", "Person 1", "Person 0"]),
        (Filter(phone_number_id="2"), []),
        (Filter(text="person 1"), ["Person 1"]),
        (Filter(text="16505550102"), ["Person 2"]),
        (Filter(text="+16505550102"), ["Person 2"]),
        (Filter(text="WORDS of 0"), ["Person 0"]),
        (Filter(text="words", status="closed"), ["Person 1"]),
        (Filter(text="%"), []),
        (Filter(text="_"), []),
        (Filter(text="\\"), []),
        (Filter(text="' OR 1=1 --"), []),
    ],
)
def test_a_filter_leaves_what_it_names(chosen: Filter, expected: list[str]) -> None:
    people(3)
    rows(
        "UPDATE conversation v SET status = 'closed' FROM contact c WHERE c.id = contact_id AND c.name = 'Person 1'"
    )
    rows(
        "UPDATE conversation v SET unread_count = 0 FROM contact c WHERE c.id = contact_id AND c.name = 'Person 2'"
    )
    assert names(conversations.page(chosen, 10, None)) == expected


def test_the_unread_are_counted_no_further_than_asked() -> None:
    people(3)
    rows(
        "UPDATE conversation v SET unread_count = 0 FROM contact c WHERE c.id = contact_id AND c.name = 'Person 2'"
    )
    rows("UPDATE conversation SET unread_count = 7, status = 'closed' WHERE unread_count > 0")
    assert [conversations.unread(most) for most in (1, 2, 3)] == [1, 2, 2]


def test_the_unread_are_counted_by_their_index(history: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows("UPDATE conversation SET unread_count = 0 WHERE id <> %s", (history,))
    rows("ANALYZE conversation")
    assert plans_of(lambda: conversations.unread(10_001), monkeypatch) == []


def test_a_thread_is_paged_newest_first() -> None:
    store(*(message(f"wamid.{n}") for n in range(5)))
    key = one("SELECT id FROM conversation")
    first = messages.page(key, 2, None)
    second = messages.page(key, 2, carried(first.next))
    assert [item.wamid for item in first.items + second.items] == [f"wamid.{n}" for n in (4, 3, 2, 1)]
    back = messages.page(key, 2, carried(second.prev))
    assert [item.wamid for item in back.items] == ["wamid.4", "wamid.3"]


def test_a_message_that_comes_while_somebody_pages_moves_nothing() -> None:
    people(4)
    first = conversations.page(ALL, 2, None)
    people_later = Customer("16505550177", None, "Late")
    store(message("wamid.late", customer=people_later))
    assert names(conversations.page(ALL, 2, carried(first.next))) == ["Person 1", "Person 0"]


def test_the_last_message_of_each_conversation_is_its_newest() -> None:
    store(message(), message("wamid.2"))
    key = one("SELECT id FROM conversation")
    assert messages.last_of([key])[key].wamid == "wamid.2"


BIG = 400


@pytest.fixture
def history(tables: None) -> str:
    """Enough rows for the planner to mean it: 400 conversations of 50 messages; the id of one of them."""
    for n in range(4):
        batch = Updates()
        for m in range(BIG // 4 * 5):
            customer = Customer(f"1650{n}{m % (BIG // 4):06d}", None, f"Person {m}")
            batch.messages.append(
                message(f"wamid.{n}.{m}", customer=customer, sent_at=NOON + timedelta(seconds=m))
            )
        with database.atomic():
            inbound.persist([batch])
    rows(
        "INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, status, wamid)"
        " SELECT gen_random_uuid(), v.id, v.phone_number_id, 'outbound', 'text', '{}', 'read', 'wamid.o.' || v.id || n"
        " FROM conversation v, generate_series(1, 45) n"
    )
    rows(
        "UPDATE message SET status = 'queued', next_attempt_at = now() WHERE id IN"
        " (SELECT id FROM message WHERE direction = 'outbound' LIMIT 20)"
    )
    rows("ANALYZE")
    return str(one("SELECT id FROM conversation ORDER BY id LIMIT 1"))


def scanned(plan: Any) -> list[str]:
    """The tables a plan reads from one end to the other."""
    own = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" else []
    return own + [name for child in plan.get("Plans", ()) for name in scanned(child)]


def plans_of(work: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run ``work`` and say which tables any of its statements reads whole."""
    names: list[str] = []
    real = database.obj.execute_sql

    def explained(sql: str, parameters: Any = None, *more: Any, **how: Any) -> Any:
        if sql.lstrip().startswith(("SELECT", "UPDATE", "WITH", "DELETE")):
            ((answer,),) = real(f"EXPLAIN (FORMAT JSON) {sql}", parameters).fetchall()
            plan = json.loads(answer) if isinstance(answer, str) else answer
            names.extend(scanned(plan[0]["Plan"]))
        return real(sql, parameters, *more, **how)

    monkeypatch.setattr(database.obj, "execute_sql", explained)
    with database.atomic():
        work()
    return [name for name in names if name in ("message", "conversation")]


def test_nothing_that_is_asked_often_reads_a_whole_table(
    history: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wamid = one("SELECT wamid FROM message WHERE direction = 'outbound' LIMIT 1")
    key = one("SELECT id FROM message WHERE wamid = %s", wamid)
    place = conversations.page(ALL, 50, None).next
    works = {
        "list": lambda: conversations.page(ALL, 50, None),
        "list further on": lambda: conversations.page(ALL, 50, place),
        "unread": lambda: conversations.page(Filter(unread=True), 50, None),
        "thread": lambda: messages.page(history, 50, None),
        "claim": lambda: outbound.claim_due(NUMBER, 64, 60.0),
        "due": outbound.lines,
        "expire leases": lambda: outbound.expire_leases(300.0),
        "resend": outbound.resend_unconfirmed,
        "workload": workload.measure,
        "by wamid": lambda: messages.by_wamid([(NUMBER, wamid)]),
        "views": lambda: messages.views([key]),
        "newest inbound": lambda: messages.newest_inbound(history),
        "mark read": lambda: conversations.mark_read(history),
        "quotes of": lambda: quotes.resolve([wamid]),
        "late quotes": quotes.resolve_late,
    }
    for name, work in works.items():
        with monkeypatch.context() as patch:
            assert (name, plans_of(work, patch)) == (name, [])


@pytest.fixture
def lived_in(tables: None) -> list[str]:
    """20,000 conversations as a house has them: three numbers, one of which is rare and one unknown, nearly all that is
    recent open and unread; the numbers' ids."""
    numbers = ["1", "2", "3"]
    rows("INSERT INTO number (phone_number_id) SELECT unnest(%s)", (numbers,))
    rows(
        "INSERT INTO contact (id, phone) SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,"
        " '1' || n FROM generate_series(1, 20000) n"
    )
    rows(
        "INSERT INTO conversation (id, phone_number_id, contact_id, status, unread_count, last_message_at)"
        " SELECT gen_random_uuid(),"
        " CASE WHEN n %% 4000 = 7 THEN '3' WHEN n %% 10 = 0 AND n > 5000 THEN '2' ELSE '1' END,"
        " ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid,"
        " CASE WHEN n < 5000 OR n %% 3 > 0 THEN 'open' WHEN n %% 2000 = 15 THEN 'pending'"
        " WHEN n %% 200 = 9 THEN 'snoozed' ELSE 'closed' END,"
        " CASE WHEN n < 5000 THEN 2 WHEN n %% 7 = 0 THEN 1 ELSE 0 END, now() - n * interval '1 minute'"
        " FROM generate_series(1, 20000) n"
    )
    rows("ANALYZE conversation")
    rows("ANALYZE contact")
    return numbers


STATUSES = ("open", "pending", "snoozed", "closed")
ONE_FILTER = [
    ALL,
    *(Filter(status=status) for status in STATUSES),
    *(Filter(phone_number_id=number) for number in ("1", "2", "3", "unknown")),
    *(Filter(unread=unread) for unread in (True, False)),
]
COMBINED = [
    *(Filter(phone_number_id=number, unread=unread) for number in "123" for unread in (True, False)),
    *(Filter(status=status, phone_number_id="3") for status in STATUSES),
    Filter(status="snoozed", unread=True),
    Filter(status="open", unread=True, phone_number_id="2"),
]


def test_no_filter_looks_at_many_more_conversations_than_it_shows(
    lived_in: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for most_in_vain, filters in ((50, ONE_FILTER), (1000, COMBINED)):
        for chosen in filters:
            read = plans.of(lambda: conversations.page(chosen, 50, None), monkeypatch)  # noqa: B023
            wasted = [
                plan
                for plan in read
                if plan.kind == "Seq Scan" or plan.in_vain > most_in_vain or plan.rows > 1000
            ]
            assert (chosen, wasted) == (chosen, [])
