"""A real Chromium for the tests that look at a page, and how long they wait for what a page is to show."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

SOON_MS = 30_000
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
)


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser, closed afterwards. Skips where there is none: with CI=true that is a failure (tests/skips.py)."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("THE BROWSER TESTS ARE SKIPPED: there is no Chromium; install it or set CHROMIUM to one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        expect.set_options(timeout=SOON_MS)
        yield browser
        browser.close()


def problems_of(page: Page) -> list[str]:
    """Grows by each script error of the page from here on, and by each thing its security policy refused."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Security Policy" in line.text else None)
    return problems
