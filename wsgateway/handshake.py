"""What an upgrade request says: who wants a socket, from which Origin, with which credentials. Pure.

Refusals of a person or a page are not answered with an HTTP status: browsers hide it from scripts, which see
only that the connection failed. The handshake is accepted and the socket closed at once with the documented
code instead, so that a client knows whether to come back.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from websockets.datastructures import Headers, MultipleValuesError

from ground.origins import may_come
from ground.this_machine import called_from_here

_PATH = re.compile(r"/api/v1/ws/chat/(?P<user_id>[^/]+)/?")
_USER_ID = re.compile(r"[A-Za-z0-9_.:@+-]{1,128}")


class Target(NamedTuple):
    """Whose socket is asked for, and the ticket in the query string, if any."""

    user_id: str
    ticket: str | None


class Credentials(NamedTuple):
    """What a client showed: a token, a ticket, or neither."""

    token: str | None = None
    ticket: str | None = None


def target(path: str) -> Target | None:
    """The user and ticket in a request's path, or None where no socket lives there."""
    try:
        split = urlsplit(path)
    except ValueError:
        return None
    match = _PATH.fullmatch(split.path)
    user_id = unquote(match["user_id"]) if match else ""
    if not _USER_ID.fullmatch(user_id):
        return None
    try:
        tickets = parse_qs(split.query, max_num_fields=10).get("ticket", [])
    except ValueError:  # more fields than any client of ours sends
        tickets = []
    return Target(user_id, tickets[0] if tickets else None)


def origin_allowed(headers: Headers, origins: frozenset[str], development: bool) -> bool:
    """Whether the page that opens this socket may: programs send no Origin, browsers always do."""
    try:
        origin = headers.get("Origin")
    except MultipleValuesError:
        return False
    return origin is None or may_come(origin, origins, development)


def from_this_machine(headers: Headers, peer: str) -> bool:
    """Whether this machine itself asks: an open house (development) is open to nobody else."""
    return called_from_here(peer, lambda name: ", ".join(headers.get_all(name)) or None)


def credentials(headers: Headers, ticket: str | None) -> Credentials:
    """The bearer token or the ticket; an Authorization header of another kind counts as an empty token."""
    if ticket is not None:
        return Credentials(ticket=ticket)
    given = headers.get_all("Authorization")
    if not given:
        return Credentials()
    scheme, _, token = given[0].partition(" ")
    usable = len(given) == 1 and scheme.lower() == "bearer"
    return Credentials(token=token.strip() if usable else "")
