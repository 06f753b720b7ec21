"""A house on its way from one version to the next, where an agent and a customer go on talking."""

from __future__ import annotations

import contextlib
import copy
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import requests

from engines.formation import READY_TIMEOUT_S
from engines.ports import LOOPBACK, free_port
from faults.expect import eventually
from faults.house import House
from faults.people.agents import employ
from faults.people.socket_client import Socket

STOPPED_WITHIN_S = 40.0


class Rollout:
    """``house`` is entered by its front door, behind which one web process and one gateway are, of either version.

    The agent's page goes on where it was: ``heard`` is all it was told, at whichever gateway it was.
    """

    def __init__(self, house: House, before: Path, phone: str) -> None:
        self.house = house
        self._phone = phone
        self._agent = employ(house, "ada@example.com", "agent", code=before)
        house.token = self._agent.token
        self._since: str | None = None
        self.heard: list[dict[str, Any]] = []
        self.questions: dict[str, str] = {}
        """What the customer said, by the ids Meta gave it."""
        self.answers: dict[str, str] = {}
        """What the agent said, by our ids."""

    def beside(self, web: str, gateway: str) -> tuple[House, House]:
        """One more web process and gateway of this version, under these names; returns the house as entered by each."""
        ports = free_port(), free_port()
        self.house.formation.add(web, line="web", env={"WEB_PORT": str(ports[0])})
        self.house.formation.add(gateway, line="ws", env={"WS_PORT": str(ports[1])})
        for port in ports:
            _await_ready(port)
        return self._entered_at(ports[0]), self._entered_at(ports[1])

    def _entered_at(self, port: int) -> House:
        other = copy.copy(self.house)
        other.site = f"http://{LOOPBACK}:{port}"
        return other

    def start(self, *names: str) -> None:
        """Start processes; those of the front door take requests and sockets then."""
        for name in names:
            self.house.formation.add(name)
        for port in (self.house.formation.ports.web, self.house.formation.ports.ws):
            _await_ready(port)

    def stop(self, *names: str) -> None:
        """Stop processes as a deployment does; each ends by itself."""
        children = [self.house.formation.process(name) for name in names]
        for child in children:
            # Before it heeds SIGTERM it would just be gone, while it still comes up.
            eventually(partial(child.heeds, signal.SIGTERM), what=f"{child.name} heeding SIGTERM")
            child.ask_to_stop()
        ended = {child.name: child.finish(STOPPED_WITHIN_S) for child in children}
        assert ended == dict.fromkeys(names, 0)

    def customer_writes(self, web: House) -> str:
        """By this web process; returns what Meta calls it."""
        words = f"Question {len(self.questions) + 1}"
        update = self.house.meta.text(self._phone, words)
        assert web.deliver(self.house.meta.said(update)).status_code == 200
        self.questions[update["id"]] = words
        return str(update["id"])

    def customer_deletes(self, wamid: str) -> None:
        taken = self.house.meta.message(self._phone, "revoke", revoke={"original_message_id": wamid})
        assert self.house.deliver(self.house.meta.said(taken)).status_code == 200

    def agent_answers(self, web: House) -> str:
        """By this web process, in the conversation it shows; returns our id of the answer."""
        words = f"Answer {len(self.answers) + 1}"
        body = {"conversation_id": self._conversation(web), "type": "text", "text": {"body": words}}
        answer = web.request("POST", "/messages/send", json=body)
        assert answer.status_code == 202, answer.text
        key = str(answer.json()["id"])
        self.answers[key] = words
        return key

    def talk(self, webs: Sequence[House], gateways: Sequence[House]) -> None:
        """Question and answer by each of these web processes, until the ticks are on a page at each of the gateways."""
        with self.listening(gateways) as pages:
            for web in webs:
                question = self.customer_writes(web)
                for page in pages:
                    page.message(question)
                newest = web.request("GET", f"/conversations/{self._conversation(web)}/messages?limit=1")
                assert newest.json()["data"][0]["wamid"] == question
                answer = self.agent_answers(web)
                for page in pages:
                    page.expect("message_status", message_id=answer, status="read")

    @contextlib.contextmanager
    def listening(self, gateways: Sequence[House]) -> Iterator[list[Socket]]:
        """The agent's page at each of these gateways, which goes on where the first of the last time was."""
        with contextlib.ExitStack() as stack:
            pages = [stack.enter_context(each.socket(self._agent.id)) for each in gateways]
            for page in pages:
                page.send(type="subscribe_inbox", since=self._since or page.seen[0]["last_event_id"])
                assert page.expect("subscribed")["recovered"]
            yield pages
            told = [[frame for frame in page.seen if "id" in frame] for page in pages]
        self.heard += told[0]
        self._since = self.heard[-1]["id"]
        # What was told last may not have come to all of them yet.
        shortest = min(map(len, told))
        assert all(each[:shortest] == told[0][:shortest] for each in told)

    def catch_up(self) -> None:
        """Have the agent's page hear what it missed, up to the ticks of the last answer."""
        with self.listening([self.house]) as (page,):
            page.expect("message_status", message_id=next(reversed(self.answers)), status="read")
            for wamid in self.questions:
                if wamid not in str(self.heard) + str(page.seen):
                    page.message(wamid)

    def check(self) -> None:
        """Nothing is lost, and nothing is there, was told or was sent twice."""
        said = Counter([*self.questions.values(), *self.answers.values()])
        shown = self._shown()
        assert Counter(each["content"]["body"] for each in shown) == said
        assert {each["status"] for each in shown} == {"received", "read"}
        new = [frame["message"] for frame in self.heard if frame["type"] == "new_message"]
        assert Counter(each["content"]["body"] for each in new) == said
        places = [tuple(map(int, frame["id"].split("-"))) for frame in self.heard]
        assert places == sorted(set(places))
        assert [len(self.house.sent(key)) for key in self.answers] == [1] * len(self.answers)

    def _shown(self) -> list[dict[str, Any]]:
        found = self.house.request(
            "GET", f"/conversations/{self._conversation(self.house)}/messages?limit=200"
        )
        return list(found.json()["data"])

    def _conversation(self, web: House) -> str:
        (only,) = web.request("GET", "/conversations").json()["data"]
        return str(only["id"])


def _await_ready(port: int) -> None:
    eventually(lambda: _is_ready(port), READY_TIMEOUT_S, what=f"{port} ready")


def _is_ready(port: int) -> bool:
    try:
        return requests.get(f"http://{LOOPBACK}:{port}/readyz", timeout=5).ok
    except requests.RequestException:
        return False
