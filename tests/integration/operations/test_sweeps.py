"""Whatever only a sweep finds: once, with two beats and two workers too, and whatever else is wrong."""

from __future__ import annotations

import itertools
import signal
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from queues.inbox import DUE
from realtime.bus import HISTORY

if TYPE_CHECKING:
    from faults.house import House

pytestmark = [pytest.mark.integration, pytest.mark.long]

CONVERSATIONS = 8
DOUBLED = ("beat", "worker", "sender")
NOT_FOUND = 404
LONG_HISTORY = """
INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, preview, status, wamid)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, v.id, v.phone_number_id, 'inbound', 'text', '{}',
       'Long ago', 'received', 'wamid.long.ago.' || n FROM conversation v, generate_series(1, 20000) n WHERE v.id = %s
"""


@pytest.fixture
def doubled(operated: House) -> Iterator[House]:
    """A house with two of each process that has to do with sweeps."""
    others = [operated.formation.add(f"other {name}", line=name) for name in DOUBLED]
    operated.eventually(lambda: all(child.heeds(signal.SIGTERM) for child in others))
    yield operated
    for child in others:
        child.signal(signal.SIGCONT)
        child.ask_to_stop()
    assert [child.finish(20) for child in others] == [0, 0, 0]


def signal_all(house: House, number: int) -> None:
    for name in ("worker", "sender"):
        house.formation.kill(name, number)
        house.formation.kill(f"other {name}", number)


def test_what_only_sweeps_find_is_done_once_with_two_beats(doubled: House, phones: Iterator[str]) -> None:
    house = doubled
    threads = {phone: house.converse(phone) for phone in itertools.islice(phones, CONVERSATIONS)}
    signal_all(house, signal.SIGSTOP)
    asked = [say(house, phone) for phone in threads]
    updates = [house.meta.text(phone, "Nobody was woken for this") for phone in threads]
    for update in updates:
        assert house.deliver(house.meta.said(update)).status_code == 200
    left_behind = [leave_behind(house, conversation) for conversation in threads.values()]
    fell_silent = fall_silent(house, next(iter(threads.values())))
    lose_every_call(house)
    signal_all(house, signal.SIGCONT)

    for update in updates:
        house.stored(update["id"])
    house.eventually(lambda: all(house.sent(message_id) for message_id in asked))
    house.eventually(lambda: status(house, fell_silent) == "unconfirmed")
    house.eventually(lambda: house.ask("SELECT count(*) FROM pending_event") == [(0,)])
    house.eventually(lambda: house.redis.xlen("parley:inbox") == 0)
    # As many sweeps again, for whatever might be done a second time.
    await_sweeps(house, 4)
    assert [len(house.sent(message_id)) for message_id in asked] == [1] * CONVERSATIONS
    published = Counter(event["marker"] for event in history(house) if "marker" in event)
    assert published == dict.fromkeys(left_behind, 1)
    lost = [event for event in history(house) if event.get("message_id") == fell_silent]
    assert [event["status"] for event in lost] == ["unconfirmed"]
    assert house.formation.lost() == {}


def test_a_step_that_fails_holds_up_nothing_else_a_sweep_does(operated: House, phone: str) -> None:
    conversation = operated.converse(phone)
    operated.ask("ALTER TABLE parked_update RENAME TO parked_elsewhere")
    log = operated.formation.process("worker").log
    try:
        # A sweep that was past this step before the table went away says nothing of it.
        operated.eventually(lambda: "apply_parked" in log.read_text())
        marker = leave_behind(operated, conversation)
        operated.eventually(lambda: marker in {event.get("marker") for event in history(operated)})
    finally:
        operated.ask("ALTER TABLE parked_elsewhere RENAME TO parked_update")


def test_news_that_nobody_can_read_is_a_dead_letter_and_holds_up_no_other_news(
    operated: House, phone: str
) -> None:
    conversation = operated.converse(phone)
    ((wamid,),) = operated.ask("SELECT wamid FROM message WHERE conversation_id = %s", conversation)
    park(operated, wamid, {"strange": 1})
    park(operated, wamid, liked(operated, wamid))
    operated.eventually(
        lambda: not operated.ask("SELECT 1 FROM parked_update WHERE target_wamid = %s", wamid)
    )
    ((reactions,),) = operated.ask("SELECT reactions FROM message WHERE wamid = %s", wamid)
    assert [reaction["emoji"] for reaction in reactions] == ["👍"]

    ((letter, buried),) = letters_about(operated, wamid)
    answer = operated.request("POST", f"/dead-letters/{letter}/replay")
    assert answer.ok, answer.text
    # Still nobody can read it: it waits anew, and there is no second one.
    operated.eventually(lambda: [buried < again for _, again in letters_about(operated, wamid)] == [True])
    assert [letter_id for letter_id, _ in letters_about(operated, wamid)] == [letter]


def test_a_long_join_goes_on_where_a_killed_worker_left_it(operated: House, phones: Iterator[str]) -> None:
    house, (before, after) = operated, itertools.islice(phones, 2)
    ours, theirs = house.converse(before), house.converse(after)
    house.ask(LONG_HISTORY, theirs)
    ((count,),) = house.ask("SELECT count(*) FROM message WHERE conversation_id IN (%s, %s)", ours, theirs)
    system = {"type": "user_changed_number", "wa_id": after, "body": "A new number"}
    assert house.deliver(house.meta.said(house.meta.message(before, "system", system=system))).ok
    house.eventually(lambda: house.request("GET", f"/conversations/{theirs}").status_code == NOT_FOUND)
    house.formation.kill("worker", signal.SIGKILL)
    house.formation.restart("worker")

    texts = []
    while house.ask("SELECT 1 FROM conversation_join"):
        texts.append(house.meta.text(after, "Meanwhile"))
        assert house.deliver(house.meta.said(texts[-1])).ok
        assert house.stored(texts[-1]["id"])["conversation_id"] == ours
        page = house.request("GET", f"/conversations/{ours}/messages?limit=200").json()
        assert len(page["data"]) == 200
        assert {item["conversation_id"] for item in page["data"]} == {ours}
    assert texts, "the join was over before anybody wrote"
    assert house.ask("SELECT count(*) FROM message WHERE conversation_id = %s", ours) == [
        (count + 1 + len(texts),)
    ]
    gone = house.request("GET", f"/conversations/{theirs}")
    assert (gone.status_code, gone.json()["error"]["merged_into"]) == (NOT_FOUND, ours)


def park(house: House, wamid: str, news: dict[str, Any]) -> None:
    house.ask(
        "INSERT INTO parked_update (id, phone_number_id, target_wamid, key, body)"
        " VALUES (gen_random_uuid(), %s, %s, %s, %s)",
        *(house.meta.number, wamid, ", ".join(news), msgspec.json.encode(news).decode()),
    )


def liked(house: House, wamid: str) -> dict[str, Any]:
    """A reaction as it is parked."""
    return {
        "news": "Amendment",
        "phone_number_id": house.meta.number,
        "wamid": "wamid.REACTION",
        "target_wamid": wamid,
        "kind": "reaction",
        "by_customer": True,
        "at": "2026-01-01T00:00:00Z",
        "emoji": "👍",
    }


def letters_about(house: House, wamid: str) -> list[tuple[Any, ...]]:
    """Id and time of the dead letters that wait with news of a message."""
    query = "SELECT id, created_at FROM dead_letter WHERE replayed_at IS NULL AND error LIKE %s"
    return house.ask(query, f"news of {wamid}%")


def say(house: House, phone: str) -> str:
    body = {"to": phone, "type": "text", "text": {"body": "Whenever somebody looks"}}
    answer = house.request("POST", "/messages/send", json=body)
    assert answer.status_code == 202
    return str(answer.json()["id"])


def leave_behind(house: House, conversation_id: str) -> str:
    """An event that was committed by somebody who died before it was published; returns its marker."""
    marker = f"left behind in {conversation_id}"
    house.ask(
        "INSERT INTO pending_event (conversation_id, body, created_at)"
        " VALUES (%s, json_build_object('type', 'marked', 'marker', %s::text)::text, now() - interval '1 minute')",
        *(conversation_id, marker),
    )
    return marker


def fall_silent(house: House, conversation_id: str) -> str:
    """A message whose sender died in the middle of the call; returns its id."""
    ((key,),) = house.ask(
        "INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, status, attempts,"
        " next_attempt_at, lease_until) SELECT gen_random_uuid(), id, phone_number_id, 'outbound', 'text',"
        " '{\"body\": \"Hello\"}', 'sending', 1, now(), now() - interval '1 minute' FROM conversation WHERE id = %s"
        " RETURNING id",
        conversation_id,
    )
    return str(key)


def lose_every_call(house: House) -> None:
    house.redis.delete("inbox", "outbound", "media", "sweeps", DUE, *house.redis.scan_iter("parley:outbox:*"))


def await_sweeps(house: House, count: int) -> None:
    """Until so many more sweeps have begun, by the time each of them writes down."""
    seen: set[int] = set()

    def enough() -> bool:
        left: Any = house.redis.pttl("parley:sweep:last")
        now: Any = house.redis.time()
        seen.add(round((now[0] * 1000 + now[1] / 1000 + left) / 100))
        return len(seen) > count

    house.eventually(enough)


def history(house: House) -> list[dict[str, Any]]:
    """Every event of the history, as a client would read it."""
    entries: Any = house.redis.xrange(HISTORY)
    return [msgspec.json.decode(values[b"e"]) for _, values in entries]


def status(house: House, message_id: str) -> str:
    return str(house.request("GET", f"/messages/{message_id}").json()["status"])
