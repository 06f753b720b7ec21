"""What an upgrade request says."""

from __future__ import annotations

import pytest
from websockets.datastructures import Headers

from wsgateway.handshake import Credentials, Target, credentials, origin_allowed, target

ORIGINS = frozenset({"https://inbox.example"})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/ws/chat/anna", Target("anna", None)),
        ("/api/v1/ws/chat/anna/", Target("anna", None)),
        ("/api/v1/ws/chat/a%40b.example?ticket=t&x=1", Target("a@b.example", "t")),
        ("/api/v1/ws/chat/anna?ticket=", Target("anna", None)),
        ("/api/v1/ws/chat/", None),
        ("/api/v1/ws/chat/a/b", None),
        ("/api/v1/ws/chat/a%2Fb", None),
        ("/api/v1/ws/chat/a%0Ab", None),
        ("/api/v1/ws/chat/" + "a" * 129, None),
        ("/api/v1/ws/status", None),
        ("//[", None),
        ("*", None),
    ],
)
def test_a_path_names_whose_socket_it_is_or_is_not_found(path: str, expected: Target | None) -> None:
    assert target(path) == expected


def test_too_many_query_fields_carry_no_ticket() -> None:
    assert target("/api/v1/ws/chat/anna?ticket=t" + "&a=1" * 20) == Target("anna", None)


@pytest.mark.parametrize(
    ("origin", "development", "allowed"),
    [
        (None, False, True),
        ("https://inbox.example", False, True),
        ("https://inbox.example.evil.example", False, False),
        ("http://inbox.example", False, False),
        ("null", True, False),
        ("http://localhost:8000", False, False),
        ("http://localhost:8000", True, True),
        ("http://127.0.0.1", True, True),
        ("http://localhost.evil.example", True, False),
        ("http://localhost:8000@evil.example", True, False),
    ],
)
def test_only_known_pages_may_open_sockets(origin: str | None, development: bool, allowed: bool) -> None:
    headers = Headers() if origin is None else Headers(Origin=origin)
    assert origin_allowed(headers, ORIGINS, development) is allowed


def test_two_origins_are_none() -> None:
    headers = Headers([("Origin", "https://inbox.example"), ("Origin", "https://inbox.example")])
    assert not origin_allowed(headers, ORIGINS, False)


def test_credentials_are_a_bearer_token_a_ticket_or_nothing() -> None:
    assert credentials(Headers(), None) == Credentials()
    assert credentials(Headers(), "t") == Credentials(ticket="t")
    assert credentials(Headers(Authorization="bearer  tok "), None) == Credentials(token="tok")


def test_another_kind_of_authorization_is_an_empty_token_and_not_a_second_chance() -> None:
    assert credentials(Headers(Authorization="Basic dTpw"), None) == Credentials(token="")
    twice = Headers([("Authorization", "Bearer a"), ("Authorization", "Bearer b")])
    assert credentials(twice, None) == Credentials(token="")
