"""A house with several numbers, and Meta's side of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from engines.formation import ROOT
from tests.integration.numbers.graphoftwo import Graph

if TYPE_CHECKING:
    from faults.house import House
    from faults.people.agents import Person

COMMON = "EAAcommon0token0of0the0settings"


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
        return dict(next(item for item in listed if item["phone_number_id"] == number))

    def wait_for(self, message_id: str, status: str, seconds: float = 15.0) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            message = self.message(message_id)
            return message if message["status"] == status else None

        return dict(self.house.eventually(reached, seconds, f"{message_id} {status}"))
