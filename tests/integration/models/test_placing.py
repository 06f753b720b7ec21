"""Where a message stands in its thread: by when it came, or, where it came late, by when it was written."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ground import clock
from models.database import rows
from models.messages import messages
from tests.integration.models.tables import empty, message, one, store

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]
REAL = settings.get_profile("real tables")


def ago(**time: float) -> datetime:
    """A time of Meta's, which tells whole seconds."""
    return (clock.now() - timedelta(**time)).replace(microsecond=0)


def read() -> list[str]:
    """The wamids of the only thread, as it is read: from the oldest on."""
    key = one("SELECT id FROM conversation")
    page = messages.page(key, 100, None)
    return [str(view.wamid).removeprefix("wamid.") for view in reversed(page.items)]


def test_what_comes_late_stands_where_it_was_written() -> None:
    store(message("wamid.before", sent_at=ago(hours=7)))
    store(message("wamid.now", sent_at=ago(seconds=1)))
    store(message("wamid.second", sent_at=ago(hours=6)))
    store(message("wamid.first", sent_at=ago(hours=6, minutes=1)))
    assert read() == ["before", "first", "second", "now"]


def test_messages_of_one_second_stand_as_they_came() -> None:
    at = ago(hours=6)
    store(*(message(f"wamid.{number}", sent_at=at) for number in range(3)))
    store(*(message(f"wamid.{number}", sent_at=at) for number in range(3, 6)))
    assert read() == [str(number) for number in range(6)]


def test_a_late_one_stands_behind_what_was_written_before_it_and_came_in_time() -> None:
    """A minute is no border at which an order turns round: the first of two was just in time, the second was not."""
    written = ago(minutes=10)
    store(message("wamid.first", sent_at=ago(seconds=1)))
    rows("UPDATE message SET sent_at = %s", (written,))
    store(message("wamid.second", sent_at=written + timedelta(seconds=1)))
    store(message("wamid.third", sent_at=written + timedelta(seconds=2)))
    assert read() == ["first", "second", "third"]


@pytest.mark.parametrize("age", [{"days": 9}, {"days": 20_000}, {"days": -2}], ids=["old", "1972", "to come"])
def test_a_time_that_cannot_be_hides_no_message(age: dict[str, float]) -> None:
    store(message("wamid.first", sent_at=ago(hours=1)))
    store(message("wamid.strange", sent_at=ago(**age)))
    assert read() == ["first", "strange"]


def test_the_conversation_is_as_active_as_its_newest_message_came() -> None:
    store(message("wamid.night", sent_at=ago(hours=6)))
    came = one("SELECT last_message_at FROM conversation")
    assert abs((clock.now() - came).total_seconds()) < 60


@settings(REAL)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([0, 5, 70, 3600])), min_size=2, max_size=12))
def test_however_late_they_come_messages_that_come_in_order_are_read_in_order(
    sent: list[tuple[int, int]],
) -> None:
    """Each was written no earlier than the one before, and is told after it."""
    empty()
    written = ago(hours=2)
    for number, (size, gap_s) in enumerate(sent):
        written += timedelta(seconds=gap_s)
        at = min(written, ago(seconds=0))
        store(*(message(f"wamid.{number}.{part}", sent_at=at) for part in range(size + 1)))
    wanted = [f"{number}.{part}" for number, (size, _) in enumerate(sent) for part in range(size + 1)]
    assert read() == wanted
