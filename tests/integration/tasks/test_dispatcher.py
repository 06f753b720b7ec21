"""The sender's loop over real Postgres and Valkey, with the sandbox as Meta: what goes out when, and in what order."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
import redis

from actions.announcing import Announcer
from engines.valkey import Valkey
from faults.expect import eventually
from health.strange_codes import StrangeCodes
from models.conversations import conversations
from models.database import bind, database, dispose, rows
from models.messages import outbound, uploads
from models.messages.outbound import Request
from models.numbers import numbers
from models.people import contacts
from queues.outbox import CALLED, OPEN, Outbox
from realtime.bus import HISTORY, Bus
from settings import Settings, groups
from settings.meta import Meta
from storage.store import DirectoryStore, Store
from storage.stores import open_store
from tasks.graph_lines import Lines
from tasks.sending.dispatcher import Dispatcher
from tasks.sending.pacing import Pacing
from tasks.sending.sender import Sender
from tasks.sending.uploader import Uploader
from tests.integration.sandbox.sandboxprocess import NUMBER, Sandbox
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

Make = Callable[..., Dispatcher]
FEW, SLOW_S = 4, 6
_phones = itertools.count(15_550_300_000)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    # Nobody listens for its webhooks: the statuses are no part of this.
    with Sandbox("http://127.0.0.1:9/webhook") as meta:
        yield meta


@pytest.fixture
def meta(sandbox: Sandbox) -> Sandbox:
    sandbox.control("POST", "reset")
    sandbox.control("DELETE", "faults")
    sandbox.control("PATCH", "settings", {"throttle": {"per_second": 0}, "service_window": False})
    return sandbox


@pytest.fixture
def settings(meta: Sandbox, tmp_path: Path) -> Settings:
    return Settings(
        meta=Meta(graph_url=meta.url, access_token="a-token", phone_number_id=NUMBER),
        media=groups.Media(directory=str(tmp_path)),
        sending=groups.Sending(rate=1000.0),
    )


def paced(client: redis.Redis, settings: Settings) -> Pacing:
    return Pacing(client, settings.sending.person_interval_s, settings.sending.person_burst)


def sender(client: redis.Redis, settings: Settings) -> Sender:
    lines = Lines(settings)
    uploader = Uploader(lines, open_store(settings))
    announcer = Announcer(Bus(client, settings.retention.events))
    return Sender(lines, uploader, announcer, paced(client, settings), StrangeCodes(client), settings)


@pytest.fixture
def make(client: redis.Redis, settings: Settings) -> Iterator[Make]:
    """A sender of its own for each call, as in a process of its own."""
    made: list[Dispatcher] = []

    def dispatcher(outbox: Outbox | None = None, **changes: Any) -> Dispatcher:
        own = replace(settings, sending=replace(settings.sending, **changes))
        made.append(Dispatcher(sender(client, own), paced(client, own), outbox or Outbox(client), own))
        return made[-1]

    yield dispatcher
    for other in made:
        other.stop()


def people(count: int, of: str = NUMBER) -> list[Any]:
    """Conversations of one of our numbers with so many customers: (state, contact) each."""
    numbers.ensure({of: ("1", "15550100001")})
    contacts_made = [contacts.find_or_create(Customer(str(next(_phones)), None)) for _ in range(count)]
    keys = conversations.ensure([(of, contact.id) for contact in contacts_made])
    return [conversations.get(keys[of, contact.id]) for contact in contacts_made]


def ask(to: Any, words: str) -> str:
    with database.atomic():
        asked, _ = outbound.ask(*to, Request("text", {"body": words}, None, None, None, words))
    return asked.id


def ask_all(everybody: Sequence[Any], turns: int = 1) -> dict[str, list[str]]:
    """So many messages to each; their ids by the customer's phone, in order."""
    asked: dict[str, list[str]] = {to[1].phone: [] for to in everybody}
    for turn in range(turns):
        for to in everybody:
            asked[to[1].phone].append(ask(to, f"Number {turn}"))
    return asked


def received(meta: Sandbox) -> list[dict[str, Any]]:
    """What Meta took, in the order it did."""
    messages_taken: list[dict[str, Any]] = meta.control("GET", "messages?limit=10000")["messages"]
    return messages_taken


def taken(meta: Sandbox) -> dict[str, list[str]]:
    """Our ids of what Meta took, by phone, in the order it did."""
    texts: dict[str, list[str]] = {}
    for message in received(meta):
        texts.setdefault(message["chat"], []).append(message["biz_opaque_callback_data"])
    return texts


def statuses() -> set[str]:
    return {row[0] for row in rows("SELECT DISTINCT status FROM message")}


@contextmanager
def running(*dispatchers: Dispatcher) -> Iterator[list[threading.Thread]]:
    threads = [threading.Thread(target=dispatcher.run) for dispatcher in dispatchers]
    for thread in threads:
        thread.start()
    yield threads
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_everything_due_goes_out_once_and_each_conversation_in_its_order(make: Make, meta: Sandbox) -> None:
    asked = ask_all(people(20), turns=4)
    make().run()
    assert taken(meta) == asked
    assert statuses() == {"accepted"}


def attach(to: Any, store: Store) -> str:
    """Ask for a file that Meta has no copy of."""
    with store.incoming() as file:
        file.write(uuid.uuid4().bytes)
        file.keep()
    uploaded = uploads.add(None, file.digest, file.size, "text/plain", "note.txt")
    content = {"id": uploaded.id, "filename": "note.txt"}
    with database.atomic():
        asked, _ = outbound.ask(*to, Request("document", content, None, None, None, uploaded.id))
    return asked.id


@pytest.fixture
def few_connections(bound: str, tables: None) -> Iterator[None]:
    """A process that may open no more than ``FEW`` connections to Postgres."""
    many = database.obj
    bind(bound, FEW)
    yield
    dispose()
    database.initialize(many)


@pytest.mark.usefixtures("few_connections")
def test_files_that_meta_takes_slowly_hold_no_connection_to_postgres(
    make: Make, meta: Sandbox, client: redis.Redis, tmp_path: Path
) -> None:
    meta.control("POST", "faults", {"kind": "slow", "on": "media_upload", "seconds": SLOW_S, "times": None})
    for to in people(FEW + 2):
        attach(to, DirectoryStore(tmp_path))
    (other,) = people(1)
    with running(make()):
        eventually(lambda: statuses() == {"sending"}, what="all files being on their way", every_s=0.05)
        words = ask(other, "Hello")
        Outbox(client).call()
        eventually(lambda: "accepted" in statuses(), what="a message being taken", every_s=0.05)
        assert taken(meta) == {other[1].phone: [words]}
    assert statuses() == {"accepted"}


def test_what_is_put_back_after_its_lease_is_queued_again_and_told(
    client: redis.Redis, settings: Settings
) -> None:
    ask(*people(1), "Hello")
    with database.atomic():
        claims = outbound.claim_due(NUMBER, 1, 0.0)
    with database.atomic():
        outbound.expire_leases(grace_s=60)
    assert statuses() == {"unconfirmed"}
    sender(client, settings).put_back([(claim, 0.0) for claim in claims])
    assert statuses() == {"queued"}
    ((_, fields),) = client.xrevrange(HISTORY, count=1)
    assert b'"status":"queued"' in fields[b"e"]


def test_two_senders_at_once_send_each_message_once_and_keep_the_order(make: Make, meta: Sandbox) -> None:
    asked = ask_all(people(20), turns=4)
    with running(make(), make()):
        pass
    make().run()
    assert taken(meta) == asked
    assert statuses() == {"accepted"}


def test_slow_calls_are_made_side_by_side(make: Make, meta: Sandbox) -> None:
    meta.fault("slow", seconds=1.0, times=None)
    asked = ask_all(people(40))
    began = time.monotonic()
    make(concurrency=40).run()
    assert time.monotonic() - began < 10
    assert taken(meta) == asked


def test_no_more_calls_are_under_way_than_allowed(make: Make, meta: Sandbox) -> None:
    meta.fault("slow", seconds=0.5, times=None)
    ask_all(people(9))
    before, most = connections(meta), 0
    with running(make(concurrency=3)) as (thread,):
        while thread.is_alive():
            most = max(most, len(connections(meta) - before))
    assert most == 3
    assert len(received(meta)) == 9


def connections(meta: Sandbox) -> set[int]:
    """Our ports of those to Meta: one for each call under way, and kept for the next."""
    port = urlsplit(meta.url).port
    sockets = psutil.Process().net_connections("tcp")
    return {
        connection.laddr.port for connection in sockets if connection.raddr and connection.raddr.port == port
    }


@pytest.mark.timed
def test_a_number_keeps_to_its_rate_and_reaches_it(make: Make, meta: Sandbox) -> None:
    ask_all(people(160))
    began = time.monotonic()
    make(rate=40.0).run()
    seconds = time.monotonic() - began
    assert len(received(meta)) == 160
    # 40 at once, and as many a second after that.
    assert 3 < seconds < 8


def test_a_number_has_a_rate_of_its_own(make: Make, meta: Sandbox) -> None:
    ask_all(people(30))
    numbers.set_rate(NUMBER, 10.0)
    began = time.monotonic()
    make().run()
    assert time.monotonic() - began > 2


def test_a_person_past_the_burst_waits_and_holds_up_nobody_else(make: Make, meta: Sandbox) -> None:
    busy, free = people(2)
    for turn in range(5):
        ask(busy, f"Number {turn}")
    ask(free, "Hello")
    make(person_burst=3, person_interval_s=600.0).run()
    assert {phone: len(ids) for phone, ids in taken(meta).items()} == {busy[1].phone: 3, free[1].phone: 1}
    records = rows(
        "SELECT status, attempts, next_attempt_at > now() + interval '500 s' FROM message WHERE status = 'queued'"
    )
    assert sorted(records) == [("queued", 0, False), ("queued", 0, True)]


def test_while_redis_is_away_nothing_goes_out_and_nothing_fails(
    make: Make, meta: Sandbox, shared_valkey: Valkey
) -> None:
    asked = ask_all(people(3))
    sender = make()
    shared_valkey.kill()
    try:
        sender.run()
        assert received(meta) == []
        assert rows("SELECT DISTINCT status, attempts FROM message") == [("queued", 0)]
    finally:
        shared_valkey.start()
    sender.run()
    assert taken(meta) == asked


@pytest.mark.timed
def test_a_sender_told_to_stop_finishes_its_calls_and_begins_no_more(make: Make, meta: Sandbox) -> None:
    meta.fault("slow", seconds=1.0, times=None)
    ask_all(people(20))
    sender = make(concurrency=4)
    with running(sender):
        eventually(lambda: statuses() == {"queued", "sending"})
        sender.stop()
    counts = dict(rows("SELECT status, count(*) FROM message GROUP BY status"))
    assert counts == {"accepted": 4, "queued": 16}
    assert len(received(meta)) == 4


@pytest.mark.timed
def test_who_is_woken_while_another_is_at_it_returns_and_is_not_forgotten(make: Make, meta: Sandbox) -> None:
    meta.fault("slow", seconds=0.5, times=None)
    first, second = people(2)
    sender = make()
    ask(first, "first")
    with running(sender):
        eventually(lambda: statuses() == {"sending"})
        ask(second, "second")
        began = time.monotonic()
        sender.run()
        assert time.monotonic() - began < 0.4
    assert statuses() == {"accepted"}


def test_a_caller_leaves_a_note_where_a_sender_looks_and_wakes_one_where_none_does(
    make: Make, meta: Sandbox, client: redis.Redis
) -> None:
    meta.fault("slow", seconds=0.5, times=None)
    first, second = people(2)
    ask(first, "first")
    with running(make()):
        eventually(lambda: client.exists(OPEN))
        ask(second, "second")
        client.set(CALLED, "1")
        eventually(lambda: not client.exists(CALLED))
    assert statuses() == {"accepted"}
    assert not client.exists(OPEN)


class AskedAtTheLastMoment(Outbox):
    """Right before the sender shuts it to rest, and after it found nothing due, something else happens: once."""

    def __init__(self, client: redis.Redis, happens: Callable[[], object]) -> None:
        super().__init__(client)
        self._happens: Callable[[], object] | None = happens

    def close(self) -> None:
        happens, self._happens = self._happens, None
        if happens is not None:
            happens()
        super().close()


@pytest.mark.parametrize("by", ["a note", "a call"])
def test_who_asks_while_a_sender_goes_to_rest_is_heard(
    make: Make, meta: Sandbox, client: redis.Redis, by: str
) -> None:
    first, second = people(2)
    ask(first, "first")

    def ask_for_another() -> None:
        ask(second, "second")
        if by == "a note":
            client.set(CALLED, "1")
        else:
            thread = threading.Thread(target=sender.run)
            thread.start()
            thread.join()

    sender = make(AskedAtTheLastMoment(client, ask_for_another))
    sender.run()
    assert statuses() == {"accepted"}
    assert len(received(meta)) == 2


@pytest.mark.timed
def test_hands_that_one_number_has_no_use_for_serve_another_at_once(make: Make, meta: Sandbox) -> None:
    meta.fault("slow", seconds=3.0, times=None)
    ask_all(people(10))
    ask_all(people(1, of="another"), turns=2)
    with database.atomic():  # by another sender, and the one behind it must wait
        outbound.claim_due("another", 1, 60.0)
    began = time.monotonic()
    # Half of the hands are each number's; one turn of calls is enough all the same.
    make(concurrency=12).run()
    assert time.monotonic() - began < 5.5
    assert len(received(meta)) == 10


def test_people_past_their_burst_hold_up_nobody_behind_them(make: Make, meta: Sandbox) -> None:
    """As many of them as there are hands, and due before all others."""
    busy, free = people(4), people(4)
    ask_all(busy, turns=2)
    ask_all(free)
    make(concurrency=4, person_burst=1, person_interval_s=600.0).run()
    assert {phone: len(ids) for phone, ids in taken(meta).items()} == {to[1].phone: 1 for to in busy + free}
