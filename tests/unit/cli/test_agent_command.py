"""``parley agent`` where it needs no database: a password it will not take."""

from __future__ import annotations

import io
import sys

import pytest

from cli import main


@pytest.mark.parametrize("action", ["create", "password"])
@pytest.mark.parametrize(
    ("typed", "printed"),
    [("password12", "easy to guess"), ("short", "5 characters"), ("ada@example", "address")],
)
def test_a_password_that_is_guessed_early_is_refused_with_a_sentence(
    action: str, typed: str, printed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("APP_ENV", "development")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
    assert main.main(["agent", action, "ada@example.com"]) == 2
    said = capsys.readouterr().err
    assert printed in said
    assert typed not in said
