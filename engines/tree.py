"""A process with all its descendants, signalled by their ids."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable

import psutil

from engines.waiting import wait_until


def members(pid: int) -> list[psutil.Process]:
    """The process and its descendants, parents first; empty where it is gone.

    By descent, not by process group: each Postgres backend makes a group of its own.
    """
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def total(pid: int, figure: Callable[[psutil.Process], float]) -> float:
    """The sum of a figure of the process and its descendants. One that ends meanwhile has none."""
    amount = 0.0
    for process in members(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            amount += figure(process)
    return amount


def send(processes: list[psutil.Process], number: int) -> None:
    """Signal each process that still is the one it was."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def end(pid: int, timeout_s: float = 5.0) -> None:
    """SIGKILL the process, its descendants and what is left of its group, and wait until they are gone."""
    processes = members(pid)
    send(processes, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    wait_until(lambda: not any(_alive(process) for process in processes), timeout_s, interval_s=0.005)


def _alive(process: psutil.Process) -> bool:
    # Not psutil's own wait: it would reap our child before its Popen reads the exit code.
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
