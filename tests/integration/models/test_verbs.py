"""Every verb of actions/: what it does leaves an audit row of whoever asked, and tells its events, or neither."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, NamedTuple

import peewee
import pytest
import redis

import actions
from actions.agents import Agents
from actions.conversations import Conversations
from actions.dead_letters import DeadLetters
from actions.messages import Messages
from actions.numbers import Numbers
from actions.other_updates import OtherUpdates
from actions.sending import Once, Sending
from actions.templates import Templates
from actions.transactions import Transaction, Transactions
from engines.ports import free_port
from engines.valkey import Valkey
from models.actors import agents
from models.actors.actors import AGENT, OPERATOR, Actor
from models.database import database, rows
from models.ledger import audit, dead_letters
from models.messages.status_moves import News, advance
from models.numbers.keyring import Keyring, new_key
from queues.inbox import Inbox
from realtime.connection import connect
from schema.errors import Refused
from schema.events import ConversationUpdated, Event, MessageStatus, NewMessage
from schema.reading import read
from schema.requests import AddNumber, ChangeConversation, ChangeNumber, SendMessage, ShowRead
from schema.statuses import FAILED
from settings import Settings
from settings.meta import Meta
from tests.integration.models.tables import message, other, store

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]
NOW = datetime.now(UTC)
PASSWORD = "four words nobody joined before"
KEYRING = Keyring([new_key()])
ADDED = AddNumber(phone_number_id="12345", access_token="EAAG1")


class Desk:
    """The verbs over one database, with what was told by them."""

    def __init__(self, client: redis.Redis) -> None:
        self.published: list[Event] = []
        self.calls = 0
        self.woken: list[str] = []
        settings = Settings(app_env="development", meta=Meta(account_id="1"))
        begin = Transactions(self._tell, self._wake)
        self.sending = Sending(settings, begin, self._call)
        self.messages = Messages(begin, self._call)
        self.conversations = Conversations(begin)
        self.numbers = Numbers(settings, KEYRING, begin)
        self.templates = Templates(settings, begin)
        self.letters = DeadLetters(Inbox(client, 100), begin, self._call)
        self.updates = OtherUpdates(begin)
        self.agents = Agents(begin)

    def _tell(self, events: Sequence[Event]) -> None:
        self.published.extend(events)

    def _wake(self, task: str, *ids: str, after_s: float = 0.0) -> bool:
        self.woken.append(task)
        return True

    def _call(self) -> None:
        self.calls += 1


class Case(NamedTuple):
    """A verb's name in the audit, what it is, what must be there before, the deed, and the events it tells."""

    verb: str
    of: Callable[..., Any]
    ready: Callable[[], Any]
    do: Callable[[Desk, Actor, Any], Any]
    events: tuple[type[Event], ...] = ()


def thread() -> str:
    """A conversation in which Kerry wrote just now."""
    store(message(sent_at=NOW))
    return str(rows("SELECT id FROM conversation")[0][0])


def text(conversation_id: str) -> SendMessage:
    return read(SendMessage, {"type": "text", "text": {"body": "Hi"}, "conversation_id": conversation_id})


def inbound() -> str:
    thread()
    return str(rows("SELECT id FROM message")[0][0])


def failed() -> str:
    """A message of ours that failed."""
    store(message("wamid.echo", direction="echo", sent_at=NOW))
    key = str(rows("SELECT id FROM message")[0][0])
    rows("UPDATE message SET direction = 'outbound', status = 'sent' WHERE id = %s", (key,))
    with database.atomic():
        advance([News(key, FAILED, NOW)])
    return key


def letter() -> str:
    with database.atomic():
        dead_letters.bury_delivery("stream entry 1-0", b"{}", "no reason")
    return dead_letters.waiting_ids()[0]


def update() -> str:
    store(other(reason="nobody could read it", field="messages"))
    return str(rows("SELECT id FROM other_update")[0][0])


def known() -> str:
    rows("INSERT INTO number (phone_number_id) VALUES ('12345')")
    return "12345"


def employed() -> str:
    return agents.create("ada@example.com", "Ada", "agent", PASSWORD).email


def sealed() -> str:
    rows("INSERT INTO number (phone_number_id, access_token) VALUES ('12345', %s)", (KEYRING.seal("EAAG1"),))
    return "12345"


def nothing() -> None:
    return None


CASES = [
    Case(
        "message.send",
        Sending.send,
        thread,
        lambda desk, actor, key: desk.sending.send(actor, text(key), Once("k", "d")),
        (NewMessage,),
    ),
    Case(
        "message.retry",
        Messages.retry,
        failed,
        lambda desk, actor, key: desk.messages.retry(actor, key),
        (MessageStatus,),
    ),
    Case(
        "message.read",
        Messages.show_read,
        inbound,
        lambda desk, actor, key: desk.messages.show_read(actor, key, ShowRead()),
    ),
    Case(
        "conversation.change",
        Conversations.change,
        thread,
        lambda desk, actor, key: desk.conversations.change(actor, key, ChangeConversation(status="closed")),
        (ConversationUpdated,),
    ),
    Case(
        "conversation.read",
        Conversations.read,
        thread,
        lambda desk, actor, key: desk.conversations.read(actor, key),
        (ConversationUpdated,),
    ),
    Case("number.add", Numbers.add, nothing, lambda desk, actor, _: desk.numbers.add(actor, ADDED)),
    Case(
        "number.change",
        Numbers.change,
        known,
        lambda desk, actor, key: desk.numbers.change(actor, key, ChangeNumber(send_rate=5)),
    ),
    Case("number.remove", Numbers.remove, known, lambda desk, actor, key: desk.numbers.remove(actor, key)),
    Case("number.reseal", Numbers.reseal, sealed, lambda desk, actor, _: desk.numbers.reseal(actor)),
    Case("templates.sync", Templates.sync, nothing, lambda desk, actor, _: desk.templates.sync(actor)),
    Case(
        "dead_letter.replay",
        DeadLetters.replay,
        letter,
        lambda desk, actor, key: desk.letters.replay(actor, key),
    ),
    Case(
        "dead_letter.replay",
        DeadLetters.replay_all,
        letter,
        lambda desk, actor, _: desk.letters.replay_all(actor),
    ),
    Case(
        "other_update.note", OtherUpdates.note, update, lambda desk, actor, key: desk.updates.note(actor, key)
    ),
    Case(
        "other_update.note",
        OtherUpdates.note_all,
        update,
        lambda desk, actor, _: desk.updates.note_all(actor),
    ),
    Case(
        "agent.create",
        Agents.create,
        nothing,
        lambda desk, actor, _: desk.agents.create(actor, "ada@example.com", "Ada", "admin", PASSWORD),
    ),
    Case(
        "agent.password",
        Agents.set_password,
        employed,
        lambda desk, actor, key: desk.agents.set_password(actor, key, PASSWORD),
    ),
    Case("agent.disable", Agents.disable, employed, lambda desk, actor, key: desk.agents.disable(actor, key)),
    Case("agent.enable", Agents.enable, employed, lambda desk, actor, key: desk.agents.enable(actor, key)),
]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.erase()


@pytest.fixture
def desk(valkey: Valkey) -> Desk:
    return Desk(connect(valkey.url))


@pytest.fixture
def ada() -> Actor:
    agent = agents.create("grace@example.com", "Grace", "admin", None)
    return Actor(AGENT, agent.id, agent.name, "203.0.113.9")


def audited() -> list[tuple[Any, ...]]:
    return rows("SELECT verb, actor_id, origin FROM audit ORDER BY id")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.verb)
def test_a_verb_leaves_its_audit_row_and_tells_its_events(case: Case, desk: Desk, ada: Actor) -> None:
    ready = case.ready()
    case.do(desk, ada, ready)
    assert audited() == [(case.verb, ada.id, "203.0.113.9")]
    assert tuple(type(event) for event in desk.published) == case.events


def test_every_verb_there_is_stands_in_the_table() -> None:
    verbs: set[Callable[..., Any]] = set()
    for module in pkgutil.iter_modules(actions.__path__, "actions."):
        kinds = [value for value in vars(import_module(module.name)).values() if inspect.isclass(value)]
        for kind in kinds:
            if kind.__module__ == module.name and kind not in (Transactions, Transaction):
                verbs |= {
                    function
                    for function in vars(kind).values()
                    if inspect.isfunction(function) and takes_an_actor(function)
                }
    assert verbs == {case.of for case in CASES}


def takes_an_actor(function: Callable[..., Any]) -> bool:
    return "actor" in inspect.signature(function).parameters and not function.__name__.startswith("_")


def test_what_changes_nothing_is_no_deed(desk: Desk, ada: Actor) -> None:
    key = thread()
    desk.conversations.change(ada, key, ChangeConversation(status="open"))
    desk.updates.note_all(ada)
    assert (audited(), desk.published) == ([], [])


def test_a_repeated_send_is_one_deed(desk: Desk, ada: Actor) -> None:
    key = thread()
    first, again = (desk.sending.send(ada, text(key), Once("key", "digest")) for _ in range(2))
    assert first == again
    assert len(audited()) == desk.calls == len(desk.published) == 1


def test_what_is_refused_leaves_no_trace(desk: Desk, ada: Actor) -> None:
    store(message(sent_at=NOW - timedelta(days=2)))
    with pytest.raises(Refused, match="only a template"):
        desk.sending.send(ada, text(str(rows("SELECT id FROM conversation")[0][0])), Once(None, ""))
    assert (audited(), desk.published, desk.calls) == ([], [], 0)
    assert rows("SELECT count(*) FROM message WHERE direction = 'outbound'") == [(0,)]


def test_what_was_before_and_after_is_told(desk: Desk, ada: Actor) -> None:
    key = thread()
    desk.conversations.change(ada, key, ChangeConversation(status="closed", labels=["vip", "vip"]))
    (kept,) = audit.of("conversation", key)
    assert (kept.before, kept.after) == (
        {"status": "open", "labels": []},
        {"status": "closed", "labels": ["vip"]},
    )


def test_no_token_is_in_the_audit(desk: Desk) -> None:
    desk.numbers.add(OPERATOR, ADDED)
    assert rows("SELECT after, origin FROM audit") == [({"access_token": "set"}, "shell")]


def test_who_was_made_by_the_version_before_becomes_an_actor(desk: Desk, ada: Actor) -> None:
    rows("DELETE FROM actor")
    desk.conversations.read(ada, thread())
    assert rows("SELECT id, kind, name FROM actor") == [(ada.id, "agent", "Grace")]


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET verb = 'nothing'"])
def test_the_audit_is_append_only(desk: Desk, ada: Actor, statement: str) -> None:
    desk.conversations.read(ada, thread())
    with pytest.raises(peewee.DatabaseError, match="append-only"):
        rows(statement)


def test_a_dead_letter_that_cannot_go_still_waits(ada: Actor) -> None:
    key = letter()
    away = Desk(connect(f"redis://127.0.0.1:{free_port()}/0", timeout_s=0.5))
    with pytest.raises(redis.RedisError):
        away.letters.replay(ada, key)
    assert dead_letters.waiting_ids() == [key]
    assert audited() == []
