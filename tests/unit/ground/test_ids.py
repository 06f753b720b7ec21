"""Ids: valid, rising, and told apart from anything else."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground import clock
from ground.ids import first_id, id_behind, is_id, new_id, past_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    parsed = uuid.UUID(new_id())
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)


def test_an_id_begins_with_the_time_it_was_made() -> None:
    before = clock.now()
    made = uuid.UUID(new_id()).int >> 80
    assert _milliseconds(before) <= made <= _milliseconds(clock.now()) + 1


def _milliseconds(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


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
    assert len({made_id for own in made for made_id in own}) == 12_000


def test_ids_rise_though_the_clock_goes_back() -> None:
    made = [new_id(), *(new_id(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) for _ in range(5000))]
    assert made == sorted(set(made))
    assert all(is_id(made_id) and uuid.UUID(made_id).version == 7 for made_id in made)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)), st.datetimes(max_value=datetime(2100, 1, 1)))
def test_ids_of_the_past_sort_by_their_time_first(of: datetime, other: datetime) -> None:
    one, two = (past_id(moment.replace(tzinfo=UTC), clock.now()) for moment in sorted((of, max(other, of))))
    assert one < two or of >= other
    assert is_id(one)
    assert uuid.UUID(one).version == 7
    assert first_id(of.replace(tzinfo=UTC)) <= min(one, two)


def test_ids_of_one_second_of_the_past_sort_by_when_they_were_minted() -> None:
    second = datetime(2026, 1, 1, tzinfo=UTC)
    made = [past_id(second, clock.now()) for _ in range(3000)]
    assert made == sorted(set(made))
    assert max(made) < new_id(second + timedelta(milliseconds=1))


def test_an_id_behind_another_sorts_right_behind_it() -> None:
    first = past_id(datetime(2026, 1, 1, tzinfo=UTC), clock.now())
    behind = id_behind(first)
    assert first < behind < past_id(datetime(2026, 1, 1, 0, 0, 0, 1000, tzinfo=UTC), clock.now())
    assert uuid.UUID(behind).version == 7


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
