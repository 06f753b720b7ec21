"""Whom an open house is open to: this machine, and nobody a program of it forwards for."""

from __future__ import annotations

import pytest

from ground.this_machine import called_from_here

HERE = {"Host": "localhost:8000"}
STRANGER = "203.0.113.9"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_known_by_its_names_and_addresses(host: str, peer: str) -> None:
    assert called_from_here(peer, {"Host": host}.get)


@pytest.mark.parametrize("value", ["127.0.0.1", "::1", "127.0.0.1, ::1"])
def test_a_front_door_of_this_machine_forwards_for_this_machine(value: str) -> None:
    assert called_from_here("127.0.0.1", {**HERE, "X-Forwarded-For": value}.get)


@pytest.mark.parametrize("peer", ["192.168.1.7", STRANGER, "::ffff:192.168.1.7", "", "localhost"])
def test_a_connection_of_another_machine_is_not_this_one(peer: str) -> None:
    assert not called_from_here(peer, HERE.get)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "parley.example",
        "localhost.evil.example",
        "localhost, localhost",
        "localhost:8000@evil.example",
    ],
)
def test_another_name_is_not_this_machine(host: str | None) -> None:
    assert not called_from_here("127.0.0.1", {"Host": host}.get)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("X-Forwarded-For", value)
            for value in (STRANGER, f"{STRANGER}, 127.0.0.1", f"127.0.0.1, {STRANGER}")
        ),
        *(("X-Forwarded-For", value) for value in ("unknown", "", "127.0.0.1:4711", "127.0.0.1,")),
        *((name, STRANGER) for name in ("X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")),
        *((name, "parley.tunnel.example") for name in ("X-Forwarded-Host", "X-Original-Host")),
        *(("Forwarded", value) for value in (f"for={STRANGER}", "for=127.0.0.1")),
    ],
)
def test_whoever_a_forwarder_names_is_asked_who_they_are(name: str, value: str) -> None:
    assert not called_from_here("127.0.0.1", {**HERE, name: value}.get)
