"""The examples of docs/clients.md, run as they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import agents
import pytest
from agents import EXAMPLES, ExampleAgent
from webhook_load import Writing

from wsgateway.closecodes import CLOSE_CODES, UNAUTHORIZED

if TYPE_CHECKING:
    from conftest import Pair

pytestmark = pytest.mark.integration


def test_the_examples_stay_away_after_exactly_the_codes_that_say_so(example: ModuleType) -> None:
    """All but 4401 in JavaScript, which has the remedy: a new ticket."""
    final = {each.code for each in CLOSE_CODES if not each.reconnect}
    listed = re.search(r"FINAL = new Set\(\[(.*)\]\)", (EXAMPLES / "client.mjs").read_text())
    assert listed is not None
    assert final == example.FINAL
    assert {int(code) for code in listed[1].split(",")} == final - {UNAUTHORIZED.code}


@pytest.mark.parametrize("command", [agents.python, agents.javascript], ids=["python", "javascript"])
def test_an_example_client_survives_a_restart_of_its_gateways(
    pair: Pair, phone: str, command: Callable[[str], list[str]]
) -> None:
    house = pair.house
    conversation = house.converse(phone)
    with ExampleAgent(command(house.site)) as agent:
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
