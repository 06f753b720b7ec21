"""A process that is spoken to in lines, and what a process takes."""

from __future__ import annotations

import os
import sys

import pytest

from bench.load.companion import Companion, companion
from bench.measures import cpu, memory
from engines import tree

ECHO = "import sys\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)\nprint('bye')"
TAKE = "import sys\nfor line in sys.stdin: taken = bytearray(b'x') * int(line); print(len(taken), flush=True)"
SPAWN = "import subprocess\nprint(flush=True)\nwhile True: subprocess.run(['true'])"


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_each_line_is_answered_and_the_last_comes_after_the_end() -> None:
    with companion(python(ECHO), os.environ) as beside:
        beside.tell(b"abc")
        beside.tell(b"def")
        assert [beside.hear(10), beside.hear(10)] == [b"cba", b"fed"]
        beside.no_more()
        assert beside.hear(10) == b"bye"


def test_one_that_ends_is_told_with_its_exit_code() -> None:
    ended = pytest.raises(RuntimeError, match="ended with exit code 3")
    with companion(python("raise SystemExit(3)"), os.environ) as beside, ended:
        beside.hear(10)


def test_one_that_says_nothing_is_not_waited_for_longer_than_asked() -> None:
    beside = Companion(python(ECHO), os.environ)
    with pytest.raises(TimeoutError, match="said nothing for 0 s"):
        beside.hear(0.05)
    beside.end()


def test_memory_grows_by_what_is_taken() -> None:
    with companion(python(TAKE), os.environ) as beside:
        beside.tell(b"1")
        beside.hear(10)
        before = memory.kilobytes(beside.pid)
        beside.tell(b"30000000")
        beside.hear(10)
        assert 25_000 < memory.kilobytes(beside.pid) - before < 40_000


def test_a_process_whose_children_come_and_go_is_measured() -> None:
    beside = Companion(python(SPAWN), os.environ)
    try:
        beside.hear(10)
        assert all(memory.kilobytes(beside.pid) > 1_000 for _ in range(200))
        assert cpu.seconds(beside.pid) > 0
    finally:
        tree.end(beside.pid)
        beside.end()
