"""The desk: takes the business's messages as Meta would, and sets their statuses going."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sandbox.faults import Fault
from sandbox.graph.errors import GraphError, bad_value, invalid_parameter
from sandbox.ids import new_key, new_wamid
from sandbox.journal import ACCEPTED, Journal
from sandbox.media import MediaStore
from sandbox.outbox import Accepted, Outbox
from sandbox.phone.customers import Customer, user_id_of
from sandbox.phone.phones import BUSINESS, Entry, Phone
from sandbox.phone.words import words_of
from sandbox.rules.messages import (
    MEDIA_TYPES,
    check_message,
    check_read_receipt,
    looks_like_bsuid,
    normal_phone,
)
from sandbox.rules.pacing import Pacing
from sandbox.templates import TemplateShelf
from sandbox.webhooks.statuses import StatusSender
from sandbox.webhooks.updates import StatusTarget

WINDOW_SECONDS = 24 * 3600
WINDOW_CLOSED = 131047


@dataclass
class Desk:
    """Accepts or refuses messages; ``service_window`` makes late free-form messages fail (131047)."""

    outbox: Outbox
    phone: Phone
    media: MediaStore
    templates: TemplateShelf
    pacing: Pacing
    statuses: StatusSender
    journal: Journal
    service_window: bool = False

    def take(self, body: dict[str, Any], fault: Fault | None = None) -> dict[str, Any]:
        """The answer to a good request; raises GraphError.

        ``fault`` may ask for a failed status instead of the usual ones.
        """
        if body.get("status") is not None:
            return self._mark_read(body)
        check_message(body)
        self._check_references(body)
        recipient = recipient_of(body)
        self.pacing.take(recipient)
        message = self._accepted(body, recipient)
        self.journal.append(ACCEPTED, [message.as_json()])
        self.outbox.add(message)
        if not message.dropped:
            self.show(message)
            self._set_going(message, fault)
        return _answer(body, message)

    def show(self, message: Accepted, status: str = "accepted") -> None:
        """Put an accepted message on the customer's phone."""
        body = message.request
        if body.get("type") == "reaction":
            self.phone.react(body["reaction"]["message_id"], BUSINESS, body["reaction"].get("emoji", ""))
            return
        if self.phone.known(message.chat) is None:
            self.phone.meet(
                Customer(message.chat, message.target.recipient_id, message.target.recipient_user_id)
            )
        entry = Entry(message.wamid, BUSINESS, body, words_of(body), message.at, status)
        entry.quoted = str((body.get("context") or {}).get("message_id", ""))
        if body.get("type") == "template":
            entry.text = self.templates.text_of(body["template"])
            entry.buttons = self.templates.buttons_of(body["template"])
        self.phone.add(message.chat, entry)

    def _mark_read(self, body: dict[str, Any]) -> dict[str, Any]:
        wamid = check_read_receipt(body)
        if not self.phone.read_by_business(wamid):
            raise bad_value("message_id is not the id of a message this number received.")
        if body.get("typing_indicator"):
            self.phone.typing(wamid)
        return {"success": True}

    def _check_references(self, body: dict[str, Any]) -> None:
        kind = body.get("type", "text")
        if kind == "template":
            self.templates.check(body["template"])
        if kind in MEDIA_TYPES and body[kind].get("id"):
            self._check_media(str(body[kind]["id"]))

    def _check_media(self, media_id: str) -> None:
        try:
            self.media.get(media_id)
        except GraphError:
            raise invalid_parameter(f"No media with the id '{media_id[:40]}' was uploaded.") from None

    def _accepted(self, body: dict[str, Any], recipient: str) -> Accepted:
        known = self.phone.known(recipient)
        to_group = body.get("recipient_type") == "group"
        by_number = body.get("to") is not None and (to_group or not looks_like_bsuid(body["to"]))
        dropped = body.get("recipient") is None and not by_number
        target = StatusTarget(
            wamid=new_wamid(recipient if by_number else ""),
            recipient_id=recipient if by_number else "",
            recipient_user_id=_user_id(known, recipient, to_group) if by_number else recipient,
            callback_data=body.get("biz_opaque_callback_data"),
            conversation_id=new_key("c") + new_key("d"),
            category=self._category(body),
            to_group=to_group,
        )
        return Accepted(target.wamid, time.time(), known.key if known else recipient, body, target, dropped)

    def _category(self, body: dict[str, Any]) -> str:
        if body.get("type") != "template":
            return "service"
        templates = self.templates.listing(body["template"]["name"])
        return str(templates[0]["category"]).lower() if templates else "utility"

    def _set_going(self, message: Accepted, fault: Fault | None) -> None:
        if fault is not None and fault.kind == "failed_status":
            self.statuses.fail(message.target, fault.code, fault.details)
        elif self.service_window and self._window_is_closed(message):
            self.statuses.fail(message.target, WINDOW_CLOSED, "More than 24 hours since the last reply.")
        else:
            self.statuses.follow(message.target)

    def _window_is_closed(self, message: Accepted) -> bool:
        late = time.time() - self.phone.wrote_at(message.chat) > WINDOW_SECONDS
        return late and message.request.get("type") != "template"


def _user_id(known: Customer | None, number: str, to_group: bool) -> str:
    """A group has none."""
    if to_group:
        return ""
    return known.user_id if known else user_id_of(number)


def recipient_of(body: dict[str, Any]) -> str:
    """Whom a message is for: a number in digits, a user id or a group's id; "" where the body names nobody.

    A number wins where both are given, as at Meta.
    """
    to, recipient = body.get("to"), body.get("recipient")
    if isinstance(to, str) and to:
        if body.get("recipient_type") == "group":
            return to
        return to if looks_like_bsuid(to) else normal_phone(to)
    return recipient if isinstance(recipient, str) else ""


def _answer(body: dict[str, Any], message: Accepted) -> dict[str, Any]:
    to = body.get("to")
    if isinstance(to, str) and not message.dropped:
        contact = {"input": to, "wa_id": message.target.recipient_id}
    else:
        user_id = message.target.recipient_user_id
        contact = {"input": user_id, "user_id": user_id}
    return {
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": message.wamid, "message_status": "accepted"}],
    }
