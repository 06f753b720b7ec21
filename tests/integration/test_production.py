"""What production asks before it starts, and what it keeps to itself once it runs."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import requests
from websockets.exceptions import ConnectionClosed

from engines.formation import ROOT, Formation
from engines.procfile import Procfile
from engines.surroundings import SANDBOX_TOKEN
from settings import PLACEHOLDER_APP_SECRET, PLACEHOLDER_VERIFY_TOKEN, WEBHOOK_SECRETS

if TYPE_CHECKING:
    from faults.house import House
    from faults.people.agents import Person
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration

CLOSES_WITHIN_S = 2.0
SESSION_ENDED = 4410


def started(house: House, process: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A process line of the house, in production mode with these settings, until it gives up."""
    environment = house.formation.env | {"APP_ENV": "production"} | settings
    return subprocess.run(
        Procfile().arguments(process),
        env=environment,
        cwd=ROOT,
        timeout=60,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("process", ["release", "web", "worker", "sender", "beat", "ws"])
@pytest.mark.parametrize(
    ("secret", "token"), [("", ""), (PLACEHOLDER_APP_SECRET, PLACEHOLDER_VERIFY_TOKEN), ("short1", "short2")]
)
def test_no_process_starts_in_production_without_its_secrets_and_each_names_all_that_is_wrong(
    house: House, process: str, secret: str, token: str
) -> None:
    wrong = {
        "WHATSAPP_APP_SECRET": secret,
        "WHATSAPP_VERIFY_TOKEN": token,
        "WHATSAPP_WEBHOOK_URL": "http://parley.example/api/v1/whatsapp",
        "DRAIN_BATCH": "many",
    }
    ended = started(house, process, **wrong)
    assert ended.returncode != 0
    # The others take no webhooks, and may do without their secrets; a wrong one is named all the same.
    needless = WEBHOOK_SECRETS if process != "web" and secret != "short1" else frozenset()
    for name in wrong:
        assert (name in ended.stdout) == (name not in needless)
    assert "Traceback" not in ended.stdout
    assert "short" not in ended.stdout.replace("shorter", "")


def log_in(house: House, person: Person, **headers: str) -> requests.Response:
    body = {"email": person.email, "password": person.password}
    return house.request("POST", "/auth/login", token="", json=body, headers=headers)


def with_cookie(guarded: Guarded, method: str, path: str, **headers: str) -> int:
    cookie = {"Cookie": f"__Host-parley_session={guarded.agent.token}"}
    return guarded.house.request(method, path, token="", headers=cookie | headers).status_code


def test_a_page_of_the_house_itself_may_act_with_the_cookie(guarded: Guarded) -> None:
    assert with_cookie(guarded, "GET", "/auth/me") == 200
    for origin in (guarded.origin, guarded.house.site):
        assert with_cookie(guarded, "POST", "/ws/ticket", Origin=origin) == 201


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://parley.example",
        "https://parley.example.evil.example",
        "https://parley.example:8443",
        "null",
        "",
        "file://",
        "https://parley.example, https://evil.example",
    ],
)
def test_a_page_of_another_origin_may_do_nothing_with_the_cookie(guarded: Guarded, origin: str) -> None:
    assert with_cookie(guarded, "POST", "/ws/ticket", Origin=origin) == 403
    assert log_in(guarded.house, guarded.agent, Origin=origin).status_code == 403


def test_a_program_with_a_bearer_token_needs_no_origin(guarded: Guarded) -> None:
    answer = guarded.house.request("POST", "/ws/ticket", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 201


def test_no_other_origin_is_told_that_it_may_read(guarded: Guarded) -> None:
    answer = guarded.house.request("GET", "/auth/me", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_without_credentials_the_development_example_gets_nothing(guarded: Guarded, phone: str) -> None:
    conversation = guarded.house.converse(phone)
    with pytest.raises(ConnectionClosed) as closed:
        subscribe_without_credentials(guarded, conversation)
    assert closed.value.rcvd is not None
    assert 4400 <= closed.value.rcvd.code < 4500


def subscribe_without_credentials(guarded: Guarded, conversation: str) -> None:
    with guarded.house.socket(guarded.agent.id, token="") as socket:
        socket.send(type="subscribe_conversation", conversation_id=conversation)
        socket.expect("subscribed")


def test_a_socket_opens_only_for_the_user_the_token_belongs_to(guarded: Guarded) -> None:
    with pytest.raises(ConnectionClosed) as closed, guarded.house.socket(guarded.admin.id):
        pass
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


@pytest.fixture
def _forgiven(guarded: Guarded) -> Iterator[None]:
    """Failed logins count for a quarter of an hour; the other tests come from the same address."""
    yield
    guarded.house.redis.delete(*guarded.house.redis.keys("parley:login:*"))


@pytest.mark.usefixtures("_forgiven")
def test_an_unknown_address_is_refused_in_the_same_words_as_a_wrong_password(guarded: Guarded) -> None:
    unknown = log_in(guarded.house, guarded.agent._replace(email="nobody@example.com"))
    wrong = log_in(guarded.house, guarded.agent._replace(password="not the password"))
    assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content)


@pytest.mark.timed
@pytest.mark.parametrize("by_ticket", [False, True])
def test_logging_out_ends_the_session_and_closes_its_socket_within_two_seconds(
    guarded: Guarded, by_ticket: bool
) -> None:
    house, token = guarded.house, log_in(guarded.house, guarded.agent).json()["token"]
    query = ""
    if by_ticket:
        query = f"?ticket={house.request('POST', '/ws/ticket', token=token).json()['ticket']}"
    with house.socket(guarded.agent.id) as other, house.socket(guarded.agent.id, token, query) as socket:
        assert house.request("POST", "/auth/logout", token=token).status_code == 204
        assert socket.close_code(CLOSES_WITHIN_S) == SESSION_ENDED
        other.drain()  # that session goes on
    assert house.request("GET", "/auth/me", token=token).status_code == 401
    with pytest.raises(ConnectionClosed), house.socket(guarded.agent.id, token):
        pass


@pytest.mark.timed
def test_a_new_password_ends_the_sessions_and_their_sockets(guarded: Guarded) -> None:
    house = guarded.house
    person = guarded.agent._replace(email=f"{uuid.uuid4().hex}@example.com")
    parley(house.formation, "agent", "create", person.email, password=person.password)
    session = log_in(house, person).json()
    token, user = session["token"], session["agent"]["id"]
    with house.socket(user, token) as socket:
        parley(house.formation, "agent", "password", person.email, password="another long password")
        assert socket.close_code(CLOSES_WITHIN_S) == SESSION_ENDED
    assert house.request("GET", "/auth/me", token=token).status_code == 401
    with pytest.raises(ConnectionClosed), house.socket(user, token):
        pass


@pytest.mark.timed
def test_an_agent_who_leaves_is_out_at_once_and_may_come_back_when_enabled(guarded: Guarded) -> None:
    house = guarded.house
    person = guarded.agent._replace(email=f"{uuid.uuid4().hex}@example.com")
    parley(house.formation, "agent", "create", person.email, password=person.password)
    session = log_in(house, person).json()
    token, user = session["token"], session["agent"]["id"]
    ticket = house.request("POST", "/ws/ticket", token=token).json()["ticket"]
    with house.socket(user, token) as socket:
        parley(house.formation, "agent", "disable", person.email)
        assert socket.close_code(CLOSES_WITHIN_S) == SESSION_ENDED
    assert house.request("POST", "/ws/ticket", token=token).status_code == 401
    assert log_in(house, person).status_code == 401
    for how in ({"token": token}, {"token": "", "query": f"?ticket={ticket}"}):
        with pytest.raises(ConnectionClosed), house.socket(user, **how):
            pass
    parley(house.formation, "agent", "enable", person.email)
    assert log_in(house, person).status_code == 200


def parley(formation: Formation, *arguments: str, password: str = "") -> None:
    subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        input=f"{password}\n",
        env=formation.env,
        cwd=ROOT,
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )


class Day:
    """A day's work in a few seconds, with things going wrong; ``private`` is what no log may show."""

    def __init__(self, guarded: Guarded, phone: str) -> None:
        self.guarded = guarded
        self.house = guarded.house
        self.phone = phone
        self.words = f"confidential{uuid.uuid4().hex}"
        self.private = {
            "phone number": phone,
            "message body": self.words,
            "app secret": guarded.secret,
            "verify token": guarded.verify_token,
            "password": guarded.agent.password,
            "access token": SANDBOX_TOKEN,
            "agent's token": guarded.agent.token,
            "admin's token": guarded.admin.token,
        }

    def customers_write(self) -> str:
        conversation = self.house.converse(self.phone, self.words)
        self.private["wamid"] = str(
            self.house.ask("SELECT wamid FROM message WHERE preview = %s", self.words)[0][0]
        )
        body = self.house.meta.said(self.house.meta.text(self.phone, self.words))
        self.private["signature"] = self.house.meta.signature(body)[7:]
        for spoilt in (body + b" ", body[:-2]):
            self.house.deliver(spoilt, self.house.meta.signature(body))
        self.house.deliver(body[:-9])
        self.house.deliver(body.replace(b'"text"', b'"' + b"x" * 70_000 + b'"'))
        return conversation

    def agents_answer(self, conversation: str) -> None:
        for kind in ("graph_error", "cut", "not_json", "failed_status"):
            self.house.sandbox("POST", "faults", kind=kind, to=self.phone, code=131026)
        body = {"conversation_id": conversation, "type": "text", "text": {"body": self.words}}
        for _ in range(5):
            assert self.house.request("POST", "/messages/send", json=body).status_code == 202
        final = "SELECT count(*) FROM message WHERE conversation_id = %s AND status IN ('queued', 'sending')"
        self.house.eventually(lambda: self.house.ask(final, conversation) == [(0,)], what="the sends")

    def pages_open_sockets(self) -> None:
        ticket = self.house.request("POST", "/ws/ticket").json()["ticket"]
        self.private["ticket"] = ticket
        with self.house.socket(self.guarded.agent.id, query=f"?ticket={ticket}"):
            pass
        with (
            pytest.raises(ConnectionClosed),
            self.house.socket(self.guarded.agent.id, query=f"?ticket={ticket}"),
        ):
            pass

    def things_go_wrong(self) -> None:
        self.private["wrong password"] = f"guess{uuid.uuid4().hex}"
        log_in(self.house, self.guarded.agent._replace(password=self.private["wrong password"]))
        self.house.request("POST", "/messages/send", data=f'{{"{self.words}'.encode())
        self.house.request("POST", "/messages/send", json={"to": self.phone, "text": self.words})
        self.house.request("GET", f"/conversations?q={self.words}")
        self.house.request("GET", f"/conversations?q={self.phone}&before=x")
        for token in (self.guarded.verify_token, "wrong"):
            self.house.request("GET", f"/whatsapp/webhook?hub.mode=subscribe&hub.verify_token={token}")


@pytest.mark.usefixtures("_forgiven")
def test_no_log_holds_a_secret_a_phone_number_or_what_somebody_wrote(guarded: Guarded, phone: str) -> None:
    day = Day(guarded, phone)
    day.pages_open_sockets()
    day.things_go_wrong()
    day.agents_answer(day.customers_write())
    line = eventually_logged(guarded.house, "send_unconfirmed")
    assert line
    assert leaks(guarded.house, day.private) == []


def eventually_logged(house: House, event: str) -> bool:
    log = house.formation.process("sender").log
    return bool(house.eventually(lambda: event in log.read_text(), what=f"{event} in the sender's log"))


def leaks(house: House, private: dict[str, str]) -> list[tuple[str, str, str]]:
    """Every (log, what, line) that shows something private."""
    logs = sorted(house.formation.data_dir.rglob("*.log*"))
    assert {"web.log", "worker.log", "sender.log", "ws.log", "caddy.log", "valkey.log"} <= {
        log.name for log in logs
    }
    return [
        (log.name, what, line[:300])
        for log in logs
        for line in log.read_text(errors="replace").splitlines()
        for what, text in private.items()
        if text in line
    ]
