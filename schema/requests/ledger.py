"""Of what was given up, and of what became no message."""

from __future__ import annotations

from schema.requests.pages import Page, Word


class ListDeadLetters(Page, frozen=True, kw_only=True):
    """Those that wait, or with ``replayed`` those that were tried again."""

    replayed: bool = False


class ListOtherUpdates(Page, frozen=True, kw_only=True):
    """Those of a field (``unreadable``: of none that could be found); ``unread`` those that may have been messages and
    that nobody has looked at."""

    field: Word | None = None
    unread: bool | None = None
