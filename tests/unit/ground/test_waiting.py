"""What is told while a server is waited for: clear words, at the right moments, and never a password."""

from __future__ import annotations

import itertools
import time

import pytest

from ground.waiting import Absent, Server, Waiting, wait_for


def server(*answers: str | None) -> Server:
    """One that gives these answers, the last of them for ever."""
    troubles = itertools.chain(answers, itertools.repeat(answers[-1]))
    return Server("Postgres", "db:5432", lambda: next(troubles))


def test_a_server_that_is_there_is_not_mentioned() -> None:
    lines: list[str] = []
    wait_for([server(None)], lines.append)
    assert lines == []


def test_the_line_says_who_where_why_and_how_long_and_is_not_repeated_at_every_try() -> None:
    lines: list[str] = []
    wait_for([server("connection refused", "connection refused", None)], lines.append)
    assert lines == [
        "waiting for Postgres at db:5432: connection refused (0 s)",
        "Postgres at db:5432 answers after 0 s",
    ]


def test_another_reason_is_another_line() -> None:
    lines: list[str] = []
    wait_for([server("connection refused", "the database system is starting up", None)], lines.append)
    assert [line.split(": ", 1)[-1] for line in lines[:2]] == [
        "connection refused (0 s)",
        "the database system is starting up (0 s)",
    ]


def test_the_line_comes_again_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 103.0, 111.0, 112.0])
    monkeypatch.setattr("ground.waiting.time.monotonic", lambda: next(clock))
    lines: list[str] = []
    waiting = Waiting("Redis", "cache:6379", lines.append)
    for _ in range(4):
        waiting.go_on("no answer")
    assert [line.rpartition(" (")[2] for line in lines] == ["0 s)", "11 s)"]


def test_one_that_does_not_come_in_time_is_an_error_that_says_why() -> None:
    began = time.monotonic()
    with pytest.raises(Absent, match=r"Postgres at db:5432 did not answer within 0\.3 s: connection refused"):
        wait_for([server("connection refused")], lambda line: None, within_s=0.3)
    assert time.monotonic() - began < 1
