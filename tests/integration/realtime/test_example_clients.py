"""The examples of docs/clients.md, run as they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from schema.close_codes import CLOSE_CODES, UNAUTHORIZED
from tests.integration.realtime import agents
from tests.integration.realtime.agents import EXAMPLES, ExampleAgent
from tests.integration.realtime.webhook_load import Writing

if TYPE_CHECKING:
    from tests.integration.realtime.pair import Pair

pytestmark = pytest.mark.integration


def test_the_examples_stay_away_after_exactly_the_codes_that_say_so(example: ModuleType) -> None:
    """All but 4401 in JavaScript, which has the remedy: a new ticket."""
    final = {close_code.code for close_code in CLOSE_CODES if not close_code.reconnect}
    listed = re.search(r"FINAL = new Set\(\[(.*)\]\)", (EXAMPLES / "client.mjs").read_text())
    assert listed is not None
    assert final == example.FINAL
    assert {int(code) for code in listed[1].split(",")} == final - {UNAUTHORIZED.code}


BOTH = pytest.mark.parametrize("command", [agents.python, agents.javascript], ids=["python", "javascript"])


@BOTH
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


@BOTH
def test_what_an_example_client_sends_while_the_house_is_away_goes_out_later_once_and_in_order(
    pair: Pair, phone: str, command: Callable[[str], list[str]]
) -> None:
    house = pair.house
    conversation = house.converse(phone)
    texts = [f"Line {number}" for number in range(6)]
    with ExampleAgent(command(house.site)) as agent:
        with Writing(house, phone):
            house.eventually(lambda: agent.events, what="a first event")
        agent.say(conversation, texts[0])
        house.eventually(lambda: agent.said() == texts[:1], what="the first line told")
        house.formation.kill("web")
        agent.say(conversation, "")  # refused for good: it holds up nothing behind it
        for text in texts[1:]:
            agent.say(conversation, text)
        house.formation.restart("web")
        house.eventually(lambda: agent.said() == texts, what="all lines told")
    query = "SELECT id, content->>'body' FROM message WHERE conversation_id = %s AND direction = 'outbound' ORDER BY id"
    stored = house.ask(query, conversation)
    assert [text for _, text in stored] == texts
    for key, _ in stored:
        house.eventually(lambda key=key: len(house.sent(key)) == 1, what="sent once")
