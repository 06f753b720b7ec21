"""A page of a list: how much of it, and where it begins or ends."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from schema.requests.request import Request

MOST, USUAL = 200, 50
Word = Annotated[str, Meta(max_length=200)]
"""Something to look for."""


class Page(Request, frozen=True, kw_only=True):
    """At most ``limit`` things; ``before`` and ``after`` come from a ``next`` or ``prev`` link, one of them at once."""

    limit: Annotated[int, Meta(ge=1, le=MOST)] = USUAL
    before: str | None = None
    after: str | None = None

    @classmethod
    def joint_problems(cls, valid: dict[str, Any], given: set[str]) -> dict[str, str]:
        both = {"before", "after"} <= given
        return {"after": "cannot be given together with before; leave one out."} if both else {}
