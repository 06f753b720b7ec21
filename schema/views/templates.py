"""What a client sees of message templates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schema.views.view import Listed, View


class TemplateView(View, frozen=True):
    """A message template in one language, as Meta last told of it.

    ``status``, ``category``, ``quality`` and ``components`` are Meta's; ``reason`` is why it was rejected.
    ``parameter_format`` is POSITIONAL or NAMED. ``components`` is null while only its name is known.
    """

    id: str
    account_id: str
    name: str
    language: str
    template_id: str
    category: str
    status: str
    quality: str
    reason: str
    parameter_format: str
    components: Any
    revision: int
    updated_at: datetime


class TemplateList(Listed[TemplateView], frozen=True):
    """Templates of every account, those that became known last first."""


class SyncView(View, frozen=True):
    """The accounts whose templates are being fetched."""

    accounts: tuple[str, ...]
