"""What the tests of logins share: the operator's command, within this process so that it takes milliseconds."""

from __future__ import annotations

import io
import sys
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from cli import main
from tests.integration.logins.employee import Employee, Operate, forget_logins

if TYPE_CHECKING:
    from tests.support.guarded import Guarded


@pytest.fixture
def operate(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> Operate:
    """``operate("agent", "disable", email)``: what ``parley`` does, with a password typed where one is asked for."""
    for name, value in guarded.house.formation.env.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, password: str = "") -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        assert main.main(arguments) == 0

    return run


@pytest.fixture
def employee(guarded: Guarded, operate: Operate) -> Employee:
    """Somebody who works there and is not logged in."""
    person = Employee(guarded.house, f"{uuid.uuid4().hex}@example.com", "a password for the first day")
    operate("agent", "create", person.email, password=person.password)
    return person


@pytest.fixture(autouse=True)
def _forgiven(guarded: Guarded) -> Iterator[None]:
    """Logins count for a quarter of an hour; all tests come from the same address."""
    forget_logins(guarded.house)
    yield
    forget_logins(guarded.house)
