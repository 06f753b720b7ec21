"""What doctor finds out, and the running of checks: at once, each in bounded time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

import peewee
import psycopg2
import redis

from models import database


class Result(StrEnum):
    """How a check ended. Only FAIL makes the exit status 1."""

    OK = "ok"
    WARNING = "warning"
    FAIL = "FAIL"
    SKIPPED = "skipped"


class Finding(NamedTuple):
    """One line: which check, how it ended, what was seen, and the sentence that mends it."""

    check: str
    result: Result
    text: str
    mend: str = ""


def ok(check: str, text: str) -> Finding:
    return Finding(check, Result.OK, text)


def warning(check: str, text: str, mend: str) -> Finding:
    return Finding(check, Result.WARNING, text, mend)


def fail(check: str, text: str, mend: str) -> Finding:
    return Finding(check, Result.FAIL, text, mend)


class Check(NamedTuple):
    """Something to look at: yields findings, within so many seconds, and only where ``needs`` did not fail."""

    name: str
    run: Callable[[], Iterable[Finding]]
    within_s: float
    needs: tuple[str, ...] = ()


def run_at_once(checks: Sequence[Check], failed: frozenset[str]) -> list[Finding]:
    """Run these checks side by side; their findings in the order of the checks."""
    running = [(check, _Run(check)) for check in checks if not failed.intersection(check.needs)]
    done = {check.name: run.findings() for check, run in running}
    findings: list[Finding] = []
    for check in checks:
        findings += done.get(check.name) or [_skipped(check, failed)]
    return findings


def failed_checks(findings: Iterable[Finding]) -> frozenset[str]:
    return frozenset(finding.check for finding in findings if finding.result is Result.FAIL)


def _skipped(check: Check, failed: frozenset[str]) -> Finding:
    missing = " and ".join(name for name in check.needs if name in failed)
    return Finding(check.name, Result.SKIPPED, f"not looked at: it needs {missing}")


class _Run:
    """One check in a thread of its own, which a hung server cannot keep alive."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._findings: list[Finding] = []
        self._thread = threading.Thread(target=self._work, name=check.name, daemon=True)
        self._thread.start()
        self._ends = time.monotonic() + check.within_s

    def findings(self) -> list[Finding]:
        """What was found within the time; that it was not enough, where it was not."""
        self._thread.join(max(0.0, self._ends - time.monotonic()))
        findings = list(self._findings)
        if self._thread.is_alive():
            seconds = f"{self._check.within_s:g} s"
            findings.append(
                fail(self._check.name, f"no answer within {seconds}", "See whether that server hangs.")
            )
        return findings or [ok(self._check.name, "nothing to report")]

    def _work(self) -> None:
        try:
            for finding in self._check.run():
                self._findings.append(finding)
        except Exception as error:
            self._findings.append(_broke(self._check.name, error))
        finally:
            database.release()


def _broke(name: str, error: Exception) -> Finding:
    """A check that raised: an engine that went away, or a fault of the check."""
    if isinstance(error, redis.RedisError):
        return fail(name, f"Redis did not answer ({type(error).__name__})", "See the check of redis above.")
    if isinstance(error, peewee.PeeweeException | psycopg2.Error):
        return fail(
            name, f"Postgres did not answer ({type(error).__name__})", "See the check of postgres above."
        )
    return fail(name, f"could not be checked: {type(error).__name__}", "Report this as a fault of doctor.")
