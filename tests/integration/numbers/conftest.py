"""A house whose sender speaks to a Graph API with several numbers and tokens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from graphoftwo import Graph

from engines.formation import ROOT
from engines.surroundings import SANDBOX_NUMBER

if TYPE_CHECKING:
    from tests.conftest import House, StartHouse
    from tests.integration.conftest import Person

COMMON = "EAAcommon0token0of0the0settings"
OTHER_APP = "fedcba9876543210" * 2
# Made up, as `parley secret` makes them.
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class Several(NamedTuple):
    """The house, whose requests are the admin's, Meta's side of it, and an agent who is no admin."""

    house: House
    graph: Graph
    agent: Person

    def parley(
        self, *arguments: str, typed: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the operator's command."""
        sender = {"WHATSAPP_GRAPH_URL": self.graph.url, "WHATSAPP_ACCESS_TOKEN": COMMON}
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            input=typed,
            env=self.house.formation.env | sender | environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def hear(self, number: str, phone: str, kind: str = "text", **content: Any) -> dict[str, Any]:
        """A customer writes to this number; returns the stored message."""
        meta = self.house.meta
        update = meta.message(phone, kind, **(content or {"text": {"body": "Hello"}}))
        value = meta.value(contacts=[{"wa_id": phone}], messages=[update])
        value["metadata"]["phone_number_id"] = number
        assert self.house.deliver(meta.body(value)).status_code == 200
        return self.house.stored(update["id"])

    def say(self, conversation: str, words: str) -> str:
        """Answer; returns the message's id."""
        body = {"conversation_id": conversation, "type": "text", "text": {"body": words}}
        answer = self.house.request("POST", "/messages/send", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def message(self, message_id: str) -> dict[str, Any]:
        return dict(self.house.request("GET", f"/messages/{message_id}").json())

    def number(self, number: str) -> dict[str, Any]:
        """A number as GET /numbers lists it."""
        listed = self.house.request("GET", "/numbers").json()["data"]
        return dict(next(each for each in listed if each["phone_number_id"] == number))

    def wait_for(self, message_id: str, status: str, seconds: float = 15.0) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            found = self.message(message_id)
            return found if found["status"] == status else None

        return dict(self.house.eventually(reached, seconds, f"{message_id} {status}"))


@pytest.fixture(scope="package")
def several(
    tmp_path_factory: pytest.TempPathFactory,
    start_house: StartHouse,
    employ: Callable[[House, str, str], Person],
) -> Iterator[Several]:
    settings = {
        "WHATSAPP_APP_SECRET": "0123456789abcdef" * 2,
        "WHATSAPP_APP_SECRETS_MORE": OTHER_APP,
        "SECRET_KEY": KEY,
        "LOG_FORMAT": "json",
    }
    directory = tmp_path_factory.mktemp("several")
    with Graph({SANDBOX_NUMBER: COMMON}) as graph, start_house(directory, **settings) as house:
        house.formation.process("sender").stop(15)
        to_graph = {"WHATSAPP_GRAPH_URL": graph.url, "WHATSAPP_ACCESS_TOKEN": COMMON, "LOG_LEVEL": "debug"}
        house.formation.add("sender", env=to_graph)
        admin, agent = (employ(house, f"{role}@example.com", role) for role in ("admin", "agent"))
        house.token = admin.token
        yield Several(house, graph, agent)
