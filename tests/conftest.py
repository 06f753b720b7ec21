"""What the tests of the real processes share: a house as bin/dev starts it, and everybody who speaks to it."""

from __future__ import annotations

import contextlib
import hmac
import itertools
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from engines.erasing import erase
from engines.errors import EngineError
from engines.formation import ROOT, Formation
from engines.surroundings import SANDBOX_NUMBER

WAIT_S = 15.0
StartHouse = Callable[..., contextlib.AbstractContextManager["House"]]
_DISPLAY_NUMBER = "15550001111"
_ACCOUNT = "102290129340398"


def eventually(holds: Callable[[], Any], seconds: float = WAIT_S, what: str = "") -> Any:
    """Ask until the answer is true, and return it; fails with what it was last where that never happens."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {seconds} s: {what or holds} (last: {found!r})"
        time.sleep(0.01)
    return found


class Socket:
    """A client of the gateway that speaks in dicts, and remembers every frame it saw."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.seen: list[dict[str, Any]] = []

    def send(self, **frame: Any) -> None:
        self.connection.send(json.dumps(frame))

    def receive(self, seconds: float = WAIT_S) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.connection.recv(seconds))
        self.seen.append(frame)
        return frame

    def expect(self, kind: str, seconds: float = WAIT_S, **fields: Any) -> dict[str, Any]:
        """The next frame of this type with these fields; others are passed over."""
        end = time.monotonic() + seconds
        while True:
            frame = self.receive(max(0.01, end - time.monotonic()))
            if frame["type"] == kind and fields.items() <= frame.items():
                return frame

    def message(self, wamid: str, seconds: float = WAIT_S) -> dict[str, Any]:
        """The next ``new_message`` of the message that Meta calls ``wamid``."""
        end = time.monotonic() + seconds
        while True:
            frame = self.expect("new_message", max(0.01, end - time.monotonic()))
            if frame["message"]["wamid"] == wamid:
                return frame

    def drain(self) -> list[dict[str, Any]]:
        """Everything that was sent before the answer to a ping, which comes behind it."""
        reference = uuid.uuid4().hex
        first = len(self.seen)
        self.send(type="ping", ref=reference)
        self.expect("pong", ref=reference)
        return self.seen[first:-1]

    def close_code(self, seconds: float = WAIT_S) -> int:
        """The code with which the gateway closes; 1006 where it cut the connection."""
        end = time.monotonic() + seconds
        try:
            while True:
                self.receive(max(0.01, end - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


class Meta:
    """Meta's side, written anew here: what a delivery looks like, and how it is signed."""

    number = SANDBOX_NUMBER
    _wamids = itertools.count(1)

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def signature(self, body: bytes, algorithm: str = "sha256") -> str:
        return f"{algorithm}={hmac.new(self._secret, body, algorithm).hexdigest()}"

    def wamid(self) -> str:
        return f"wamid.TEST{uuid.uuid4().hex.upper()}{next(self._wamids)}"

    def text(self, phone: str, words: str, **more: Any) -> dict[str, Any]:
        return self.message(phone, "text", text={"body": words}, **more)

    def message(self, phone: str, kind: str, **more: Any) -> dict[str, Any]:
        """One entry of ``messages[]``, its time now."""
        own = {"from": phone, "id": self.wamid(), "timestamp": str(int(time.time())), "type": kind}
        return own | more

    def status(self, wamid: str, status: str, phone: str, **more: Any) -> dict[str, Any]:
        own = {"id": wamid, "status": status, "recipient_id": phone, "timestamp": str(int(time.time()))}
        return own | more

    def value(self, **lists: Any) -> dict[str, Any]:
        metadata = {"display_phone_number": _DISPLAY_NUMBER, "phone_number_id": self.number}
        return {"messaging_product": "whatsapp", "metadata": metadata} | lists

    def body(self, *values: dict[str, Any], field: str = "messages") -> bytes:
        """A whole delivery, one change for each value."""
        changes = [{"field": field, "value": value} for value in values]
        entry = [{"id": _ACCOUNT, "changes": changes}]
        return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()

    def said(self, *messages: dict[str, Any], name: str = "Ada Example") -> bytes:
        """A delivery of customers' messages."""
        phones = dict.fromkeys(each["from"] for each in messages)
        contacts = [{"profile": {"name": name}, "wa_id": phone} for phone in phones]
        return self.body(self.value(contacts=contacts, messages=list(messages)))


class House:
    """A running formation, spoken to as Meta, as an agent and as a page do, and looked at from below."""

    def __init__(self, formation: Formation, secret: str = "", token: str = "") -> None:
        self.formation = formation
        self.meta = Meta(secret)
        self.token = token
        self.site = formation.urls.site
        self._web = requests.Session()
        self._web.trust_env = False
        self._redis: redis.Redis | None = None

    def request(
        self, method: str, path: str, *, token: str | None = None, headers: Any = None, **how: Any
    ) -> requests.Response:
        """A request below /api/v1 (or of a whole path); ``token`` "" sends none."""
        bearer = self.token if token is None else token
        sent = ({"Authorization": f"Bearer {bearer}"} if bearer else {}) | dict(headers or {})
        url = self.site + (path if path.startswith(("/api/", "/healthz", "/readyz")) else f"/api/v1{path}")
        # Not the session of ``deliver``: it would keep the cookies of a login.
        return requests.request(method, url, headers=sent, timeout=30, **how)

    def deliver(self, body: bytes, signature: str | None = None) -> requests.Response:
        """POST a delivery as Meta does, signed rightly unless told otherwise."""
        signed = self.meta.signature(body) if signature is None else signature
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signed}
        return self._web.post(f"{self.site}/api/v1/whatsapp/webhook", data=body, headers=headers, timeout=30)

    @contextlib.contextmanager
    def socket(self, user_id: str, token: str | None = None, query: str = "") -> Iterator[Socket]:
        """A socket through the front door, welcomed."""
        bearer = self.token if token is None else token
        headers = {"Authorization": f"Bearer {bearer}"} if bearer and not query else {}
        url = f"{self.site.replace('http', 'ws', 1)}/api/v1/ws/chat/{user_id}{query}"
        with connect(url, additional_headers=headers, close_timeout=1, proxy=None) as connection:
            client = Socket(connection)
            client.expect("hello")
            yield client

    def ask(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Look into Postgres."""
        url = self.formation.urls.database
        with contextlib.closing(psycopg2.connect(url, connect_timeout=5)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall() if cursor.description else []

    def stored(self, wamid: str) -> dict[str, Any]:
        """The message's row, once it is there."""
        query = "SELECT row_to_json(m) FROM message m WHERE wamid = %s"
        found: list[Any] = eventually(lambda: self.ask(query, wamid), what=f"{wamid} in Postgres")
        return dict(found[0][0])

    @property
    def redis(self) -> redis.Redis:
        if self._redis is None:
            self._redis = redis.Redis.from_url(self.formation.urls.redis, socket_timeout=5)
        return self._redis

    def sandbox(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """A call of the sandbox's control API."""
        url = f"{self.formation.urls.phone}/sandbox/{path}"
        with requests.request(method, url, json=body or None, timeout=30) as answer:
            assert answer.ok, answer.text
            return dict(answer.json())

    def sent(self, message_id: str) -> list[dict[str, Any]]:
        """What the sandbox took of a message of ours."""
        return list(self.sandbox("GET", f"messages?callback_data={message_id}")["messages"])

    def converse(self, phone: str, words: str = "Hello") -> str:
        """Have a customer write, so that the window is open; returns the id of the conversation."""
        update = self.meta.text(phone, words)
        assert self.deliver(self.meta.said(update)).status_code == 200
        return str(self.stored(update["id"])["conversation_id"])

    eventually = staticmethod(eventually)

    def close(self) -> None:
        self._web.close()
        if self._redis is not None:
            self._redis.close()


def environment(**more: str) -> dict[str, str]:
    """What a house gets of the surroundings: where programs are, and what the test sets."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {"PATH": path, "HOME": os.environ.get("HOME", "/")} | more


@contextlib.contextmanager
def running(directory: Path, app_env: str, given: Mapping[str, str]) -> Iterator[House]:
    """A house of its own, its data deleted at the end."""
    formation = Formation(directory, given, root=ROOT)
    formation.env["APP_ENV"] = app_env
    try:
        house = House(_start(formation), given.get("WHATSAPP_APP_SECRET", ""))
        # Quicker than a person reads, and far enough apart to arrive in this order.
        house.sandbox("PATCH", "settings", statuses={"delays": [0.2, 0.5]})
        try:
            yield house
        finally:
            house.close()
    finally:
        formation.stop()
        erase(directory)


def _start(formation: Formation) -> Formation:
    try:
        return formation.start()
    except EngineError as error:
        # The logs are deleted with the rest.
        for log in sorted(formation.data_dir.rglob("*.log")):
            error.add_note(f"{log.name}: {log.read_text(errors='replace')[-1500:]}")
        raise


@pytest.fixture(scope="session")
def start_house() -> StartHouse:
    """Start a house of one's own: ``with start_house(directory, SEND_LEASE_S="3") as house``."""

    def start(
        directory: Path, app_env: str = "development", **settings: str
    ) -> contextlib.AbstractContextManager[House]:
        return running(directory, app_env, environment(**settings))

    return start


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[House]:
    """The house as a developer gets it from bin/dev: open, with no secret set."""
    with start_house(tmp_path_factory.mktemp("house")) as started:
        yield started


@pytest.fixture(scope="session")
def phones() -> Iterator[str]:
    """Phone numbers that belong to nobody (Ofcom's for drama), each given once a session."""
    return iter(f"447700900{number:03d}" for number in range(1000))


@pytest.fixture
def phone(phones: Iterator[str]) -> str:
    """A customer's number no other test uses."""
    return next(phones)
