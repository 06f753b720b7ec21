"""Of people and their sessions."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from schema.requests.request import Request


class LogIn(Request, frozen=True, kw_only=True):
    """An agent's address and password; with ``cookie`` the session goes into a cookie and not into the answer."""

    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=1000)]
    cookie: bool = False
