"""What every answer is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

Item = TypeVar("Item")


class View(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A frozen value that refuses fields nobody declared."""


class Listed(View, Generic[Item], frozen=True):
    """One page of a list; ``next`` and ``prev`` are the paths of the pages after and before it, or null."""

    data: Sequence[Item]
    next: str | None = None
    prev: str | None = None
