"""Whoever asks for a message wakes a sender, at whatever moment: nothing here sweeps up what was not told."""

from __future__ import annotations

import itertools
import random
import statistics
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.integration.sends.customer import Customer

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.houses import StartHouse

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timed]

CUSTOMERS = 8
# A sender that has nothing left to do looks for so long before it rests, and the pauses go beyond that.
PAUSES_S = (0.0, 0.06)
SOON_S = 0.5


@pytest.fixture(scope="module")
def house_without_sweeps(
    tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse
) -> Iterator[House]:
    # One person may be written to as often as the tests like.
    with start_house(tmp_path_factory.mktemp("unswept"), SEND_PERSON_BURST="1000") as house:
        # Who is throttled waits for a sweep.
        house.sandbox("PATCH", "settings", statuses={"muted": True}, throttle={"per_second": 0})
        yield house


@pytest.fixture(scope="module")
def customers(house_without_sweeps: House, phones: Iterator[str]) -> list[Customer]:
    """Everybody has written; from then on nobody sweeps."""
    house = house_without_sweeps
    made = [Customer(house, phone) for phone in itertools.islice(phones, CUSTOMERS)]
    for process in ("beat", "worker"):
        house.formation.process(process).stop()
    return made


def pause() -> None:
    time.sleep(random.uniform(*PAUSES_S))


def seconds_to_the_call(customer: Customer, message: str) -> float:
    """From when the message was asked for to when Meta got it, once it has."""
    asked = time.time()
    house = customer.house
    (call,) = house.eventually(lambda: house.sent(message), what=f"the call of {message}")
    return float(call["at"]) - asked


def test_each_of_many_asked_for_one_by_one_goes_out_at_once(customers: list[Customer]) -> None:
    waits = []
    for turn in range(120):
        customer = customers[turn % CUSTOMERS]
        # Nobody else asks, so one that was not told of is never sent.
        waits.append(seconds_to_the_call(customer, customer.say()))
        pause()
    assert statistics.median(waits) < SOON_S


@pytest.mark.parametrize("senders", [1, 2])
def test_each_of_many_asked_for_by_many_goes_out(customers: list[Customer], senders: int) -> None:
    formation = customers[0].house.formation
    if senders == 2:
        formation.add("sender2", line="sender")
    asked: dict[str, Customer] = {}

    def ask(customer: Customer) -> None:
        for _ in range(15):
            asked[customer.say()] = customer
            pause()

    threads = [threading.Thread(target=ask, args=(customer,)) for customer in customers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for message, customer in asked.items():
        seconds_to_the_call(customer, message)
    assert len(asked) == 15 * CUSTOMERS
    if senders == 2:
        formation.process("sender2").stop()
