"""What anybody sees of how the house is."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType

from schema.views.view import View


class AliveView(View, frozen=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ReadinessView(View, frozen=True):
    """``redis`` and ``postgres`` are "ok" or say what is wrong; ``alarms`` are sentences."""

    status: Literal["ok", "degraded", "down"]
    redis: str
    postgres: str
    alarms: tuple[str, ...]


class RejectedView(View, frozen=True):
    """The last delivery that was refused: which reason, what was found, and what mends it."""

    at: datetime
    name: str
    text: str
    mend: str


class TestedView(View, frozen=True):
    """When a Test button of Meta's dashboard was pressed last, and for which field."""

    at: datetime
    field: str


class BacklogView(View, frozen=True):
    """Deliveries that are stored and not persisted yet, and the age of the oldest."""

    deliveries: int
    oldest_s: float


class WebhookView(View, frozen=True):
    """Whether the webhook is set up. ``other_updates`` are counts by field, null while Postgres cannot tell; ``advice``
    is what to do next, in order."""

    callback_url: str
    verify_token_set: bool
    app_secret: Literal["set", "placeholder"]
    signature_check: Literal["on", "bypassed"]
    last_accepted_at: datetime | None
    last_rejected: RejectedView | None
    last_test: TestedView | None
    backlog: BacklogView
    other_updates: dict[str, int] | None
    advice: tuple[str, ...]


class Refusal(View, frozen=True):
    """What is wrong with a request: decide by ``code``; ``message`` is for people. ``fields`` names every wrong field;
    some codes have more beside it."""

    code: str
    message: str
    fields: dict[str, str] | UnsetType = UNSET


class RefusalView(View, frozen=True):
    """Every error."""

    error: Refusal


class ProblemView(View, frozen=True):
    """The same as RFC 9457 has it, for who accepts application/problem+json: ``type`` names the code as a URI,
    ``title`` is what the code means, ``detail`` the message."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    fields: dict[str, str] | UnsetType = UNSET
