"""Ports on the loopback address."""

from __future__ import annotations

import socket

from engines import ports


def test_a_free_port_can_be_listened_on_and_is_given_once() -> None:
    given = [ports.free_port() for _ in range(50)]
    assert len(set(given)) == 50
    assert all(ports.is_free(port) for port in given)


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.answers(port)


def test_a_port_nobody_listens_on_does_not_answer() -> None:
    assert not ports.answers(ports.free_port())
