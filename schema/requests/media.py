"""Of files."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from schema.requests.request import Request, says


class GetFile(Request, frozen=True, kw_only=True):
    """The file itself, or a small picture of it."""

    size: Annotated[
        Literal["thumbnail"] | None, Meta(extra=says("is {value!r}; write thumbnail, or leave it out."))
    ] = None
