"""What a client sees of the business numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from schema.views.messages import ErrorView
from schema.views.view import Listed, View


class HoldView(View, frozen=True):
    """Why a number sends nothing at present, since when, and when one message is tried again."""

    error: ErrorView
    since: datetime
    until: datetime


class NumberView(View, frozen=True):
    """How a number of ours stands at Meta. What Meta has not told is empty.

    ``account_event`` and ``alert`` are the last of their kind that its account was told; ``hold`` is null while
    the number may send.
    """

    phone_number_id: str
    account_id: str
    display_number: str
    verified_name: str
    name_status: str
    quality: str
    messaging_limit: str
    status: str
    account_event: str
    alert: str
    hold: HoldView | None
    revision: int
    updated_at: datetime


class OwnNumberView(View, frozen=True):
    """A number of ours: ``token`` says where its access token is from, ``token_set_at`` when its own was set, or null;
    ``send_rate`` is in messages a second, null where it has none of its own; ``default`` where it is the one of the
    settings; ``standing`` null where Meta has told nothing yet."""

    phone_number_id: str
    account_id: str
    display_number: str
    token_set_at: datetime | None
    send_rate: float | None
    created_at: datetime | None
    default: bool
    token: Literal["own", "settings", "none"]
    standing: NumberView | None


class OwnNumberList(Listed[OwnNumberView], frozen=True):
    """The business numbers, all on one page."""
