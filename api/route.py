"""One line of the route table, and the scopes a program may be given."""

from __future__ import annotations

from typing import NamedTuple

from api.resource import Resource

PUBLIC, ONESELF = "public", "oneself"
"""Scopes that nobody is given: everybody has them, or everybody who is somebody."""
ADMIN = "admin"
SCOPES = ("messages", "conversations", "media", "events", "numbers", "templates", "agents", ADMIN)
"""Those a program is given, each to read or to write."""


class Route(NamedTuple):
    """A path, the resource that answers there by its responders of this suffix, and the scope that is needed."""

    path: str
    resource: Resource
    suffix: str | None
    scope: str
