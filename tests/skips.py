"""A pytest plugin: with CI=true nothing is skipped, so that no promise goes unlooked at because a program is missing.

A test that would be skipped fails, with the reason of the skip; one marked ``where_possible`` may be skipped.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

_REFUSED = "CI skips no test, and this one would be skipped"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if item.get_closest_marker("where_possible") is None:
        _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse(report)
    return report


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not report.skipped or hasattr(report, "wasxfail") or os.environ.get("CI") != "true":
        return
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    report.outcome = "failed"
    report.longrepr = f"{_REFUSED}: {why}"
