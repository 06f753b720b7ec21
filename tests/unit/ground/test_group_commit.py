"""Threads that come together go together; who comes alone goes at once."""

from __future__ import annotations

import threading

import pytest

from ground.group_commit import GroupCommit


class Disk:
    """A commit that can be held up, and remembers what came together."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.open = threading.Event()
        self.begun = threading.Semaphore(0)
        self.fault: Exception | None = None

    def commit(self, items: list[int]) -> int:
        self.groups.append(items)
        self.begun.release()
        assert self.open.wait(10)
        if self.fault is not None and len(items) > 1:
            raise self.fault
        return len(items)


def everyone(group: GroupCommit[int, int], items: range) -> tuple[list[threading.Thread], list[object]]:
    """Threads that each join with one item, and what each of them got."""
    got: list[object] = []

    def join(item: int) -> None:
        try:
            got.append(group.join(item))
        except OSError as error:
            got.append(error)

    threads = [threading.Thread(target=join, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    return threads, got


def gathered(group: GroupCommit[int, int], count: int) -> None:
    """Wait until so many threads wait for the next round trip."""
    deadline = threading.Event()
    for _ in range(1000):
        if group.waiting == count:
            return
        deadline.wait(0.01)
    pytest.fail(f"{group.waiting} wait, not {count}")


def test_who_comes_alone_goes_at_once() -> None:
    disk = Disk()
    disk.open.set()
    group = GroupCommit(disk.commit)
    assert [group.join(1), group.join(2)] == [1, 1]
    assert disk.groups == [[1], [2]]


def test_those_who_come_meanwhile_go_together_and_one_of_them_gets_the_result() -> None:
    disk = Disk()
    group = GroupCommit(disk.commit)
    first, got_first = everyone(group, range(1))
    assert disk.begun.acquire(timeout=10)
    others, got = everyone(group, range(1, 8))
    gathered(group, 7)
    disk.open.set()
    for thread in first + others:
        thread.join(10)
    assert [len(batch) for batch in disk.groups] == [1, 7]
    assert got_first == [1]
    assert sorted(map(str, got)) == sorted(map(str, [7, *[None] * 6]))


def test_a_failure_is_everybodys_of_the_group_and_nobody_elses() -> None:
    disk = Disk()
    disk.fault = OSError("no space")
    group = GroupCommit(disk.commit)
    first, got_first = everyone(group, range(1))
    assert disk.begun.acquire(timeout=10)
    others, got = everyone(group, range(1, 4))
    gathered(group, 3)
    disk.open.set()
    for thread in first + others:
        thread.join(10)
    assert got_first == [1]
    assert got == [disk.fault] * 3
    assert group.join(9) == 1


def test_no_item_is_lost_or_done_twice_under_a_crowd() -> None:
    disk = Disk()
    disk.open.set()
    group = GroupCommit(disk.commit)
    threads, got = everyone(group, range(200))
    for thread in threads:
        thread.join(10)
    assert sorted(item for batch in disk.groups for item in batch) == list(range(200))
    assert sum(outcome for outcome in got if isinstance(outcome, int)) == 200
