"""Of the business numbers."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from schema.requests.request import MetaId, Request, says

RATE_MOST = 1000
"""Messages a second: Meta's limit after an upgrade of the number."""

AccessToken = Annotated[
    str,
    Meta(
        max_length=1000,
        # It goes into a header; Meta's are letters and digits.
        pattern="^[!-~]+$",
        extra=says("holds something else than printable ASCII; copy it whole."),
    ),
]
SendRate = Annotated[
    float,
    Meta(gt=0, le=RATE_MOST, extra=says(f"must be messages a second, above 0 and at most {RATE_MOST}.")),
]


class ChangeNumber(Request, frozen=True, kw_only=True):
    """What is to be other than it is: null forgets the number's own token or rate, what is not named stays."""

    account_id: MetaId | UnsetType = UNSET
    display_number: Annotated[str, Meta(max_length=40)] | UnsetType = UNSET
    access_token: AccessToken | UnsetType | None = UNSET
    send_rate: SendRate | UnsetType | None = UNSET


class AddNumber(ChangeNumber, frozen=True, kw_only=True):
    """One more number, or more of one that is known."""

    phone_number_id: MetaId
