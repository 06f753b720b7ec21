"""One sandbox for a whole module, fresh in memory for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.sandbox.sandboxprocess import Sandbox
from tests.integration.sandbox.webhookreceiver import Receiver


@pytest.fixture(scope="package")
def _running() -> Iterator[tuple[Sandbox, Receiver]]:
    with Receiver() as receiver, Sandbox(receiver.url) as sandbox:
        yield sandbox, receiver


@pytest.fixture
def receiver(_running: tuple[Sandbox, Receiver]) -> Receiver:
    """The receiver the shared sandbox delivers to."""
    return _running[1]


@pytest.fixture
def sandbox(_running: tuple[Sandbox, Receiver]) -> Iterator[Sandbox]:
    """The shared sandbox, reset, with nothing received."""
    sandbox, receiver = _running
    sandbox.control("POST", "reset")
    receiver.answer, receiver.answers = (200, b""), []
    receiver.hooks.clear()
    yield sandbox
    sandbox.control("POST", "reset")
