"""The envelope of a webhook, exactly as Meta builds it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from sandbox.graph.errors import failure_of
from sandbox.ids import unix_seconds

MAX_UPDATES = 1000
OBJECT = "whatsapp_business_account"


@dataclass(frozen=True)
class Business:
    """The business whose number this is: its account (WABA), number id and shown number."""

    account_id: str
    phone_number_id: str
    display_number: str

    def value(self, **parts: Any) -> dict[str, Any]:
        """A ``value`` with the metadata every message and status carries."""
        return {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": self.display_number,
                "phone_number_id": self.phone_number_id,
            },
            **parts,
        }

    def envelope(self, changes: list[dict[str, Any]]) -> dict[str, Any]:
        """A whole webhook around changes ``{"value", "field"}``."""
        return {"object": OBJECT, "entry": [{"id": self.account_id, "changes": changes}]}


def change(value: dict[str, Any], field: str = "messages") -> dict[str, Any]:
    """One entry of ``changes[]``."""
    return {"value": value, "field": field}


def as_bytes(envelope: Any) -> bytes:
    """The body as Meta writes it: compact, non-ASCII escaped, slashes escaped."""
    return json.dumps(envelope, separators=(",", ":")).replace("/", "\\/").encode()


@dataclass(frozen=True)
class StatusTarget:
    """What a status needs to know of the accepted message."""

    wamid: str
    recipient_id: str
    recipient_user_id: str
    callback_data: str | None
    conversation_id: str
    category: str
    to_group: bool = False


def status_update(
    target: StatusTarget,
    status: str,
    code: int = 0,
    details: str = "",
    participant: str = "",
    payment: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One entry of ``statuses[]``; a failed one carries ``errors``, sent to read carry pricing. It is of one
    ``participant`` of a group where one is named, and of the bill alone where there is a ``payment``."""
    update: dict[str, Any] = {
        "id": target.wamid,
        "status": status,
        "timestamp": unix_seconds(),
        "recipient_id": target.recipient_id,
    }
    if target.recipient_user_id:
        update["recipient_user_id"] = target.recipient_user_id
    if target.to_group:
        update["recipient_type"] = "group"
    if participant:
        update["recipient_participant_id"] = participant
    if payment is not None:
        return update | {"type": "payment", "payment": payment}
    if target.callback_data is not None:
        update["biz_opaque_callback_data"] = target.callback_data
    if status == "failed":
        return update | {"errors": [failure_of(code or 131000, details)]}
    return update | _money(target, status)


def _money(target: StatusTarget, status: str) -> dict[str, Any]:
    conversation: dict[str, Any] = {
        "id": target.conversation_id,
        "origin": {"type": target.category},
    }
    if status == "sent":
        conversation["expiration_timestamp"] = str(int(time.time()) + 86400)
    free = target.category == "service"
    return {
        "conversation": conversation,
        "pricing": {
            "billable": not free,
            "pricing_model": "PMP",
            "category": target.category,
            "type": "free_customer_service" if free else "regular",
        },
    }
