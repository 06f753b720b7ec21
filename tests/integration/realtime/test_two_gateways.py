"""Two gateways behind one front door: a client that loses one goes on at the other and misses nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.realtime import agents
from tests.integration.realtime.agents import ExampleAgent
from tests.integration.realtime.webhook_load import Writing

if TYPE_CHECKING:
    from tests.integration.realtime.pair import Pair

pytestmark = [pytest.mark.integration, pytest.mark.long]

GATEWAYS = ("ws", "ws2")
_AGENTS = 4


@contextlib.contextmanager
def employed(pair: Pair) -> Iterator[list[ExampleAgent]]:
    """Agents who are connected, and nobody else."""
    await_all(pair, 0)  # those of the test before
    with contextlib.ExitStack() as stack:
        command = agents.python(pair.house.site)
        crowd = [stack.enter_context(ExampleAgent(command)) for _ in range(_AGENTS)]
        await_all(pair)
        yield crowd


def await_all(pair: Pair, count: int = _AGENTS) -> None:
    pair.house.eventually(lambda: sum(map(pair.subscribed, GATEWAYS)) == count, what=f"{count} agents live")


def check(pair: Pair, crowd: list[ExampleAgent], writing: Writing) -> None:
    """Each agent saw every message since its first one, and all the history of events: once, in order."""
    for agent in crowd:
        pair.house.eventually(lambda agent=agent: agent.has_seen(writing.wamids[-1]), what="the last message")
        assert agent.wamids() == writing.since(agent.wamids()[0])
        assert agent.ids() == pair.history(agent.ids()[0], agent.ids()[-1])


def test_agents_at_two_gateways_see_the_same(pair: Pair, phone: str) -> None:
    with employed(pair) as crowd:
        assert min(map(pair.subscribed, GATEWAYS)) > 0, "the front door sent all to one gateway"
        with Writing(pair.house, phone) as writing:
            pair.house.eventually(lambda: all(agent.events for agent in crowd), what="a first event")
            writing.more(30)
        check(pair, crowd, writing)


def test_typing_reaches_the_agents_of_the_other_gateway(pair: Pair, phone: str) -> None:
    conversation = pair.house.converse(phone)
    with pair.house.socket("anna") as anna, pair.house.socket("bert") as bert:
        for one in (anna, bert):
            one.send(type="subscribe_conversation", conversation_id=conversation)
            one.expect("subscribed")
        assert anna.seen[0]["gateway"] != bert.seen[0]["gateway"]
        anna.send(type="typing", conversation_id=conversation, on=True)
        assert bert.expect("agent_typing", user_id="anna")["on"] is True


def test_rest_tells_who_is_connected_at_either_gateway(pair: Pair) -> None:
    house = pair.house
    with house.socket("dora") as first, house.socket("dora") as second:
        gateways = {socket.seen[0]["gateway"] for socket in (first, second)}
        assert len(gateways) == 2, "the front door sent both to one gateway"
        first.send(type="subscribe_inbox")
        second.send(type="presence", state="away")

        def presence() -> dict[str, Any]:
            return dict(house.request("GET", "/ws/status/dora").json())

        def known() -> list[dict[str, Any]]:
            return [
                connection
                for connection in presence()["connections"]
                if connection["inbox"] or connection["away"]
            ]

        house.eventually(lambda: len(known()) == 2, what="both sockets as they are")
        assert {connection["gateway"] for connection in known()} == gateways
        assert (presence()["status"], presence()["online"]) == ("online", True)
        first.send(type="presence", state="away")
        house.eventually(lambda: presence()["status"] == "away", what="nobody looks")

        def counted() -> list[int]:
            alive = house.request("GET", "/ws/stats").json()
            mine = [gateway["connections"] for gateway in alive["gateways"] if gateway["gateway"] in gateways]
            return mine if alive["total"]["connections"] >= sum(mine) >= 2 else []

        # Each gateway writes its counters every few seconds.
        assert len(house.eventually(counted, what="both sockets counted")) == 2
    house.eventually(lambda: presence()["status"] == "offline", what="dora gone")


def test_clients_of_a_gateway_killed_under_load_go_on_at_the_other(pair: Pair, phone: str) -> None:
    with employed(pair) as crowd:
        with Writing(pair.house, phone) as writing:
            pair.house.eventually(lambda: all(agent.events for agent in crowd), what="a first event")
            one, other = sorted(GATEWAYS, key=pair.subscribed, reverse=True)
            pair.kill(one)
            writing.more(10)
            pair.house.eventually(lambda: pair.subscribed(other) == _AGENTS, what="all at the other gateway")
            writing.more(10)
            pair.restart(one)
        check(pair, crowd, writing)


def test_a_rolling_restart_under_load_loses_nothing(pair: Pair, phone: str) -> None:
    with employed(pair) as crowd, pair.house.socket("observer") as observer:
        with Writing(pair.house, phone) as writing:
            pair.house.eventually(lambda: all(agent.events for agent in crowd), what="a first event")
            for name in GATEWAYS:
                pair.restart(name)
                await_all(pair)
                writing.more(10)
        assert observer.close_code() == 1001
        check(pair, crowd, writing)
