"""Ids: valid, rising, and told apart from anything else."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ids
from models.ids import is_id, new_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    found = uuid.UUID(new_id())
    assert (found.version, found.variant) == (7, uuid.RFC_4122)


def test_an_id_begins_with_the_time_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id()).int >> 80
    assert before <= made <= time.time_ns() // 1_000_000 + 1


def test_ids_rise_strictly() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_ids_of_one_thread_rise_while_others_make_theirs() -> None:
    made: list[list[str]] = []

    def make() -> None:
        made.append([new_id() for _ in range(3_000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(own == sorted(own) for own in made)
    assert len({each for own in made for each in own}) == 12_000


def test_ids_rise_though_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_id()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_000_000_000)
    made = [first, *(new_id() for _ in range(5000))]
    assert made == sorted(set(made))
    assert all(is_id(each) and uuid.UUID(each).version == 7 for each in made)


def test_our_own_ids_are_ids() -> None:
    assert is_id(new_id())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01890a5d-ac96-774b-bcce-b302099a805",
        "01890a5d-ac96-774b-bcce-b302099a80577",
        "01890A5D-AC96-774B-BCCE-B302099A8057",
        "01890a5dac96774bbcceb302099a8057",
        "{01890a5d-ac96-774b-bcce-b302099a8057}",
        "01890a5d-ac96-774b-bcce-b302099a8057\n",
        " 01890a5d-ac96-774b-bcce-b302099a8057",
        "0189\uff10a5d-ac96-774b-bcce-b302099a8057",
        "01890a5d-ac96-774b-bcce-b302099a8057' OR 1=1",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_id(text)


@given(st.text())
def test_what_passes_for_an_id_postgres_takes_as_a_uuid(text: str) -> None:
    assert not is_id(text) or str(uuid.UUID(text)) == text
