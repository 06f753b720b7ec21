"""SIGKILL for the web process and the gateway: clients repeat and resume, and miss nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import oracle
import pytest

if TYPE_CHECKING:
    from load import Load
    from subscriber import Subscriber

    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.fault]


def test_a_web_process_killed_under_load_acknowledges_nothing_it_did_not_store(
    fragile: House, load: Load, subscriber: Subscriber, restarted: Callable[[str], None]
) -> None:
    with load:
        for _ in range(3):
            load.await_more(100)
            restarted("web")
        load.await_more(100)
    oracle.check(fragile, load, subscriber)


def test_a_gateway_killed_under_load_leaves_no_gap_for_a_client_that_resumes(
    fragile: House, load: Load, subscriber: Subscriber, restarted: Callable[[str], None]
) -> None:
    with load:
        for kills in range(1, 4):
            load.await_more(100)
            restarted("ws")
            fragile.eventually(lambda kills=kills: subscriber.connections > kills, what="the client's return")
        load.await_more(100)
    oracle.check(fragile, load, subscriber)
    assert oracle.repeats(subscriber) == 0, "nothing crashed that publishes"


def test_a_killed_gateway_vanishes_from_the_statistics_by_itself(
    fragile: House, subscriber: Subscriber, restarted: Callable[[str], None]
) -> None:
    # Those that other tests killed go first.
    fragile.eventually(lambda: len(gateways(fragile)) == 1, 15, "one gateway")
    (before,) = gateways(fragile)
    restarted("ws")
    fragile.eventually(lambda: before not in gateways(fragile), 15, "its record running out")
    fragile.eventually(lambda: len(gateways(fragile)) == 1, what="its successor's record")


def gateways(house: House) -> list[str]:
    """The ids of those that are counted as alive."""
    return [each["gateway"] for each in house.request("GET", "/ws/stats").json()["gateways"]]


def test_everything_killed_at_once_comes_back_with_all_that_was_acknowledged(
    fragile: House, load: Load, subscriber: Subscriber
) -> None:
    formation = fragile.formation
    assert formation.valkey is not None
    assert formation.postgres is not None
    with load:
        load.await_more(150)
        for name in ("web", "worker", "sender", "ws", "beat"):
            formation.kill(name)
        formation.valkey.kill()
        formation.postgres.kill()
        formation.valkey.start()
        formation.postgres.start()
        for name in ("web", "worker", "sender", "ws", "beat"):
            formation.restart(name)
        load.await_more(150)
    oracle.check(fragile, load, subscriber, 20)
