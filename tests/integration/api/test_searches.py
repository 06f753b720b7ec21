"""Searches that take long are ended, and hold up nobody but other searches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from faults.house import House

PEOPLE = 16


@pytest.fixture(scope="module")
def long_house(guarded_house: House) -> Iterator[House]:
    """A house in which no search that finds nothing ends within its time."""
    house = guarded_house
    key = house.converse("447700900778")
    columns = "id, conversation_id, phone_number_id, direction, type, content, preview, status, wamid"
    house.ask(
        f"INSERT INTO message ({columns}) SELECT gen_random_uuid(), id, phone_number_id, 'inbound', 'text', '{{}}',"
        " repeat('Lorem ipsum ', 400000), 'received', 'wamid.long.0' FROM conversation WHERE id = %s",
        key,
    )
    # Copied as they are stored, compressed; a gigabyte to look through, which no machine does in the time.
    house.ask(
        f"INSERT INTO message ({columns}) SELECT gen_random_uuid(), conversation_id, phone_number_id, direction, type,"
        " content, preview, status, 'wamid.long.' || n FROM message, generate_series(1, 240) n"
        " WHERE wamid = 'wamid.long.0'"
    )
    yield house
    house.ask("DELETE FROM message WHERE wamid LIKE 'wamid.long.%%' AND conversation_id = %s", key)


def test_a_search_that_takes_long_is_ended_and_says_what_to_do(long_house: House) -> None:
    begun = time.monotonic()
    answer = long_house.request("GET", "/conversations?q=zebra")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "search_too_slow")
    assert "'zebra' took longer than 2 s" in answer.json()["error"]["message"]
    assert time.monotonic() - begun > 1.9
    # The limit was of that search alone, and its connection serves on.
    for _ in range(5):
        assert long_house.request("GET", "/conversations").ok


@pytest.mark.timed
def test_lists_go_on_while_many_search(long_house: House) -> None:
    over = Event()

    def search() -> set[str]:
        codes = set()
        while not over.is_set():
            codes.add(long_house.request("GET", "/conversations?q=zebra").json()["error"]["code"])
        return codes

    took = []
    with ThreadPoolExecutor(PEOPLE) as people:
        searching = [people.submit(search) for _ in range(PEOPLE)]
        try:
            for _ in range(40):
                begun = time.monotonic()
                assert long_house.request("GET", "/conversations").status_code == 200
                took.append(time.monotonic() - begun)
        finally:
            over.set()
        assert {code for future in searching for code in future.result()} == {
            "search_too_slow",
            "search_busy",
        }
    assert sorted(took)[37] < 2.0
