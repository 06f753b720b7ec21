"""Lines of the log that nobody can forge, whatever stands in a value."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

import logs
from settings import Problem, Settings, groups

FORGED = "a\r\n2026-01-01 [info] login agent=\x1b[31mada\x1b[0m\u2028\x00b"


@pytest.fixture
def _as_before() -> Iterator[None]:
    """The log of the tests is theirs again afterwards."""
    root = logging.getLogger()
    kept, handlers, level = structlog.get_config(), root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**kept)


@pytest.mark.usefixtures("_as_before")
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_value_makes_no_line_of_its_own(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(logging=groups.Logging(format=form)))
    structlog.get_logger("api.anything").warning("login_failed", reason=FORGED)
    written = capsys.readouterr().out
    assert "login_failed" in written
    assert written.count("\n") == 1
    assert not set("\r\x1b\x00\u2028") & set(written)


@pytest.mark.usefixtures("_as_before")
def test_a_doubt_about_the_settings_is_one_line_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(doubts=(Problem("The environment has WEB_PROT", "Write WEB_PORT."),)))
    (line,) = capsys.readouterr().out.splitlines()
    fields = json.loads(line)
    assert (fields["level"], fields["event"]) == ("warning", "settings_doubted")
    assert (fields["found"], fields["mend"]) == ("The environment has WEB_PROT", "Write WEB_PORT.")
