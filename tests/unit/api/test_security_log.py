"""Strangers cannot fill the log: of each kind so many lines a minute, and then how many more there were."""

from __future__ import annotations

from typing import Any

import falcon.testing
import pytest
from structlog.testing import capture_logs

from api.security.log import LEFT_OUT, MEANINGS, Kind, SecurityLog
from faults.expect import eventually

REQUEST = falcon.testing.create_req()


def logged(most: int, window_s: float, kinds: list[Kind], until: str = "") -> list[dict[str, Any]]:
    """What is logged of these, and after them until a line ``until`` is there."""
    log = SecurityLog(most, window_s)
    with capture_logs() as lines:
        for kind in kinds:
            log.tell(kind, REQUEST, reason="x")
        if until:
            eventually(lambda: [line for line in lines if line["event"] == until], what=until)
    return [dict(line) for line in lines]


def test_past_the_bound_lines_are_counted_and_the_count_is_told_when_the_window_ends() -> None:
    lines = logged(2, 0.05, [Kind.SIGNATURE_REFUSED] * 7, LEFT_OUT)
    assert [line["event"] for line in lines] == [*["signature_refused"] * 2, LEFT_OUT]
    assert (lines[-1]["kind"], lines[-1]["count"]) == ("signature_refused", 5)


def test_a_flood_of_one_kind_hides_no_other() -> None:
    lines = logged(1, 60, [Kind.SIGNATURE_REFUSED] * 5 + [Kind.LOGIN])
    assert [line["event"] for line in lines] == ["signature_refused", "login"]


def test_a_window_that_ended_begins_anew() -> None:
    log = SecurityLog(1, 0.05)
    with capture_logs() as lines:
        eventually(
            lambda: (
                log.tell(Kind.LOGIN_FAILED, REQUEST)
                or len([x for x in lines if x["event"] == "login_failed"]) > 1
            )
        )


def test_what_takes_a_password_is_always_told() -> None:
    assert [line["event"] for line in logged(1, 60, [Kind.LOGIN] * 5)] == ["login"] * 5


@pytest.mark.parametrize("kind", list(Kind))
def test_every_line_has_its_level_and_an_address(kind: Kind) -> None:
    (line,) = logged(9, 60, [kind])
    assert (line["log_level"], line["address"]) == (MEANINGS[kind].level, "127.0.0.1")
