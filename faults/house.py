"""A house that runs, and everybody who speaks to it."""

from __future__ import annotations

import contextlib
import copy
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import redis
import requests
from websockets.sync.client import connect

from engines.erasing import erase
from engines.errors import EngineError
from engines.formation import ROOT, Formation
from engines.ports import LOOPBACK, free_port
from faults.expect import eventually, expect
from faults.people.meta import Meta
from faults.people.socket_client import Socket

PUBLIC = "https://parley.example"
# With these and APP_ENV production signatures are checked, and who asks must have logged in.
PRODUCTION = {
    "WHATSAPP_APP_SECRET": "5f3c7a1be2d94806b7c0ffee12345678",
    "WHATSAPP_VERIFY_TOKEN": "a-long-random-verify-word",
    "WHATSAPP_WEBHOOK_URL": f"{PUBLIC}/api/v1/whatsapp",
    "LOG_FORMAT": "json",
}
_UUID_OID = 2950
# Among so many events a message's own is found, if it was published just now.
_NEWEST = 1000
_TEXT = psycopg2.extensions.new_type((_UUID_OID,), "UUID", lambda value, _: value)


class House:
    """A running formation, spoken to as Meta, as an agent and as a page do, and looked at from below."""

    def __init__(self, formation: Formation, secret: str = "", token: str = "") -> None:
        self.formation = formation
        self.meta = Meta(secret)
        self.token = token
        self.site = formation.urls.site
        self.gateways = [formation.ports.ws]
        self._web = requests.Session()
        self._web.trust_env = False
        self._redis: redis.Redis | None = None
        self._asking = threading.Lock()
        self._database: psycopg2.extensions.connection | None = None

    def request(
        self, method: str, path: str, *, token: str | None = None, headers: Any = None, **how: Any
    ) -> requests.Response:
        """A request below /api/v1 (or of a whole path); ``token`` "" sends none."""
        bearer = self.token if token is None else token
        sent = ({"Authorization": f"Bearer {bearer}"} if bearer else {}) | dict(headers or {})
        url = self.site + (
            path if path.startswith(("/api/", "/healthz", "/readyz", "/docs")) else f"/api/v1{path}"
        )
        # Not the session of ``deliver``: it would keep the cookies of a login.
        return requests.request(method, url, headers=sent, timeout=30, **how)

    @contextlib.contextmanager
    def by_another_web(self, name: str, env: Mapping[str, str] | None = None) -> Iterator[House]:
        """The same house by a web process of its own, asked without the front door; ``name`` is the process's."""
        port = free_port()
        child = self.formation.add(name, line="web", env={**(env or {}), "WEB_PORT": str(port)})
        other = copy.copy(self)
        other.site = f"http://{LOOPBACK}:{port}"
        try:
            eventually(other._is_ready, what=f"{name} ready")
            yield other
        finally:
            code = child.stop(20)
        expect(code == 0, f"{name} ended with exit code {code}")

    def _is_ready(self) -> bool:
        try:
            return self.request("GET", "/readyz").ok
        except OSError:
            return False

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
        """Look into Postgres. Raises psycopg2.Error where it is away."""
        with self._asking:
            try:
                return self._ask(statement, parameters)
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                # It was restarted since the last time.
                self._forget_database()
                return self._ask(statement, parameters)

    def _ask(self, statement: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self._database is None:
            self._database = psycopg2.connect(self.formation.urls.database, connect_timeout=5)
            self._database.autocommit = True
            # An id is text, as in JSON, whatever else this process has told psycopg2.
            psycopg2.extensions.register_type(_TEXT, self._database)
        with self._database.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def _forget_database(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None

    def stored(self, wamid: str) -> dict[str, Any]:
        """The message's row, once it is there."""
        query = "SELECT row_to_json(m) FROM message m WHERE wamid = %s"
        records: list[Any] = eventually(lambda: self.ask(query, wamid), what=f"{wamid} in Postgres")
        return dict(records[0][0])

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

    def accepted(self, message_id: str) -> str:
        """Meta's id of a message of ours, once it is stored: later than ``sent``."""
        asked = "SELECT wamid FROM message WHERE id = %s AND wamid IS NOT NULL"
        return str(eventually(lambda: self.ask(asked, message_id), what=f"{message_id} accepted")[0][0])

    def published(self, wamid: str) -> str:
        """The id of the event that told of the message, once it is in the history: later than ``stored``."""
        return str(eventually(lambda: self._event_of(wamid), what=f"the event of {wamid} published"))

    def relayed(self, event_id: str) -> None:
        """Wait until each gateway has handed the event on: who subscribes from now on is not sent it any more."""
        for port in self.gateways:
            eventually(lambda: self._upto(port) >= _place(event_id), what=f"{event_id} handed on at {port}")  # noqa: B023

    def converse(self, phone: str, words: str = "Hello") -> str:
        """Have a customer write, so that the window is open; returns the id of the conversation once all were told."""
        update = self.meta.text(phone, words)
        assert self.deliver(self.meta.said(update)).status_code == 200
        conversation = str(self.stored(update["id"])["conversation_id"])
        self.relayed(self.published(update["id"]))
        return conversation

    def _event_of(self, wamid: str) -> str | None:
        newest: Any = self.redis.xrevrange("parley:events", count=_NEWEST)
        for key, fields in newest:
            if b'"type":"new_message"' in fields[b"e"] and wamid.encode() in fields[b"e"]:
                return str(key.decode())
        return None

    def _upto(self, port: int) -> tuple[int, ...]:
        """How far a gateway is; it says so where it says that it is ready."""
        said = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).text
        return _place(said.split()[-1]) if said.startswith("ready") else (0,)

    def settle(self) -> None:
        """Wait until Meta has told all that followed from what was sent, and the inbox is empty."""
        eventually(self._settled, what="Meta having told everything")

    def _settled(self) -> bool:
        said = self.sandbox("GET", "healthz")
        coming = said["statuses_planned"] + said["deliveries"]["waiting"] + said["deliveries"]["retrying"]
        return not coming and not self.redis.xlen("parley:inbox")

    eventually = staticmethod(eventually)

    def close(self) -> None:
        self._web.close()
        self._forget_database()
        if self._redis is not None:
            self._redis.close()


def _place(event_id: str) -> tuple[int, ...]:
    """Where an event stands in the history, to be compared."""
    return tuple(int(part) for part in event_id.split("-"))


def environment(**more: str) -> dict[str, str]:
    """What a house gets of the surroundings: where programs are, and what is set here."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {"PATH": path, "HOME": os.environ.get("HOME", "/")} | more


@contextlib.contextmanager
def running(directory: Path, app_env: str, given: Mapping[str, str], **lines: Any) -> Iterator[House]:
    """A house of its own, its data deleted at the end. ``lines`` are Formation's, where it runs others than ours."""
    formation = Formation(directory, given, root=ROOT, **lines)
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
