"""What became of the bill that a message brings: beside the message's status, and never moving it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schema.views import PaymentView
from whatsapp.inbound.updates import CAPTURED, PAYMENTS, Payment

Stored = dict[str, Any]


def stored(news: Payment, moment: datetime) -> Stored:
    """The news as the column ``payment`` holds it."""
    return {
        "status": news.status,
        "at": (news.at or moment).isoformat(),
        "reference_id": news.reference_id,
        "amount": news.amount,
        "currency": news.currency,
        "transaction": news.transaction,
    }


def newer(known: Stored | None, news: Stored) -> Stored:
    """The one that counts, whatever order they came in: what was paid once is paid, else the later word does."""
    return news if known is None or _weight(news) > _weight(known) else known


def _weight(payment: Stored) -> tuple[bool, datetime, int]:
    at = datetime.fromisoformat(payment["at"])
    return payment["status"] == CAPTURED, at, PAYMENTS.index(payment["status"])


def view(payment: Stored | None) -> PaymentView | None:
    if payment is None:
        return None
    return PaymentView(**(payment | {"at": datetime.fromisoformat(payment["at"])}))
