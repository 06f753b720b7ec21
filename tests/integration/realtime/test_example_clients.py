"""The examples of docs/clients.md, run as they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import agents
import pytest
from agents import ExampleAgent
from webhook_load import Writing

if TYPE_CHECKING:
    from conftest import Pair

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("example", [agents.python, agents.javascript], ids=["python", "javascript"])
def test_an_example_client_survives_a_restart_of_its_gateways(
    pair: Pair, phone: str, example: Callable[[str], list[str]]
) -> None:
    house = pair.house
    conversation = house.converse(phone)
    with ExampleAgent(example(house.site)) as agent:
        with Writing(house, phone) as writing:
            house.eventually(lambda: agent.events, what="a first event")
            for name in ("ws", "ws2"):
                pair.restart(name)
                writing.more(5)
        expected = writing.since(agent.wamids()[0])
        house.eventually(lambda: agent.has_seen(expected[-1]), what="the last message")
        assert agent.wamids() == expected
        now = house.request("GET", f"/conversations/{conversation}").json()
        assert agent.shown()["conversations"][conversation] == now
