"""What reaches the business: customers' messages and any other update, packed into webhooks."""

from __future__ import annotations

import contextlib
import copy
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.ids import new_wamid, unix_seconds
from sandbox.journal import INBOUND, Journal
from sandbox.media import MediaStore
from sandbox.phone.customers import BUILT_IN, Customer, customer_from
from sandbox.phone.phones import BUSINESS, CUSTOMER, Entry, Phone
from sandbox.phone.words import words_of
from sandbox.webhooks.courier import Courier
from sandbox.webhooks.deliveries import changes_in, dicts_in, updates_in
from sandbox.webhooks.forms import message_from
from sandbox.webhooks.updates import MAX_UPDATES, Business, as_bytes, change

MAX_REPEAT = 100_000
PACKINGS = ("changes", "messages", "entries")
Spoken = tuple[Customer, dict[str, Any]]


@dataclass
class Inbound:
    """Sends updates to the webhook, and shows customers' messages on their phones."""

    business: Business
    phone: Phone
    media: MediaStore
    courier: Courier
    journal: Journal

    def send(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order of POST /sandbox/inbound; raises ValueError.

        Answers ``{"deliveries": [ids], "messages": [wamids]}``.
        """
        raw = self._raw_body(order)
        if raw is not None:
            return self._send_raw(raw, order)
        spoken = list(self._messages(order))
        self.journal.append(INBOUND, [_record(customer, message) for customer, message in spoken])
        for customer, message in spoken:
            self.show(customer, message, time.time())
        deliveries = [
            self._post(as_bytes(self._envelope(group, str(order.get("packing", "changes")))), order)
            for group in _groups(spoken, int(order.get("per_post", 1)))
        ]
        return {"deliveries": deliveries, "messages": [message["id"] for _, message in spoken]}

    def send_status(self, update: dict[str, Any]) -> None:
        """Post one status webhook, with what Meta tells of the recipient."""
        contacts = [_recipient(update, self.phone.known(_named(update)))]
        self.send({"value": self.business.value(contacts=contacts, statuses=[update])})

    def show(self, customer: Customer, message: dict[str, Any], at: float) -> None:
        """Put a customer's message on their phone: a bubble, a reaction, an edit or a removal."""
        self.phone.meet(customer)
        kind = message.get("type")
        part = message.get(str(kind))
        part = part if isinstance(part, dict) else {}
        if kind == "reaction":
            self.phone.react(str(part.get("message_id")), CUSTOMER, str(part.get("emoji") or ""))
        elif kind == "edit":
            new = part.get("message")
            words = words_of(new) if isinstance(new, dict) else ""
            self.phone.rewrite(str(part.get("original_message_id")), words)
        elif kind == "revoke":
            self.phone.rewrite(str(part.get("original_message_id")), None)
        else:
            context = message.get("context")
            quoted = str(context.get("id") or "") if isinstance(context, dict) else ""
            entry = Entry(str(message["id"]), CUSTOMER, message, words_of(message), at, quoted=quoted)
            self.phone.add(customer.key, entry)

    def _send_raw(self, body: bytes, order: dict[str, Any]) -> dict[str, Any]:
        """A body made elsewhere: what can be understood of it is shown on the phones too."""
        for customer, message in spoken_in(_parsed(body)):
            self.show(customer, message, time.time())
        return {"deliveries": [self._post(body, order)], "messages": []}

    def _raw_body(self, order: dict[str, Any]) -> bytes | None:
        if "body" in order:
            return str(order["body"]).encode("utf-8", "surrogatepass")
        if "envelope" in order:
            return as_bytes(order["envelope"])
        if "value" in order:
            field = str(order.get("field", "messages"))
            return as_bytes(self.business.envelope([change(order["value"], field)]))
        if order.get("type") == "echo":
            value = self.business.value(message_echoes=[self._echo(order)])
            return as_bytes(self.business.envelope([change(value, "smb_message_echoes")]))
        return None

    def _echo(self, order: dict[str, Any]) -> dict[str, Any]:
        """A message somebody at the business wrote on the phone app; the customer sees it too."""
        echo: dict[str, Any] = {
            "from": self.business.display_number,
            "to": str(order.get("to", BUILT_IN[0].wa_id)),
            "id": new_wamid(),
            "timestamp": unix_seconds(),
            "type": "text",
            "text": {"body": str(order.get("text", "Hello from the phone app"))},
        }
        echo |= order.get("message") or {}
        seen = Entry(str(echo["id"]), BUSINESS, echo, words_of(echo), time.time(), "sent")
        self.phone.add(str(echo["to"]), seen)
        return echo

    def _messages(self, order: dict[str, Any]) -> Iterator[Spoken]:
        repeat = int(order.get("repeat", 1))
        if not 1 <= repeat <= MAX_REPEAT:
            raise ValueError(f"repeat must lie between 1 and {MAX_REPEAT}.")
        batch = order.get("batch", [order])
        if not isinstance(batch, list) or not all(isinstance(item, dict) for item in batch):
            raise ValueError("batch must be an array of orders.")
        for number in range(1, repeat + 1):
            for item in batch:
                yield self._message({**item, "from": item.get("from", order.get("from"))}, number)

    def _message(self, order: dict[str, Any], number: int) -> Spoken:
        given = order.get("from") or BUILT_IN[0].wa_id
        customer = customer_from(given)
        customer = customer_from(given, self.phone.known(customer.key))
        if isinstance(order.get("text"), str):
            order["text"] = order["text"].replace("{n}", str(number))
        return customer, message_from(order, customer, self.media, self.business.display_number)

    def _envelope(self, group: list[Spoken], packing: str) -> dict[str, Any]:
        if packing not in PACKINGS:
            raise ValueError(f"packing must be one of {list(PACKINGS)}.")
        if packing == "messages":
            contacts = list({customer.key: customer.contact() for customer, _ in group}.values())
            value = self.business.value(contacts=contacts, messages=[message for _, message in group])
            return self.business.envelope([change(value)])
        changes = [change(self._value(*spoken)) for spoken in group]
        envelope = self.business.envelope(changes)
        if packing == "entries":
            envelope["entry"] = [{**envelope["entry"][0], "changes": [one]} for one in changes]
        return envelope

    def _value(self, customer: Customer, message: dict[str, Any]) -> dict[str, Any]:
        """A system message comes without contacts, everything else with them."""
        if message.get("type") == "system":
            return self.business.value(messages=[message])
        return self.business.value(contacts=[customer.contact()], messages=[message])

    def _post(self, body: bytes, order: dict[str, Any]) -> str:
        updates = updates_in(_parsed(body))
        signed = bool(order.get("signed", True))
        signature = order.get("signature")
        return self.courier.send(body, updates, signed=signed, signature=signature).id


def _named(status: dict[str, Any]) -> str:
    return str(status["recipient_id"] or status.get("recipient_user_id", ""))


def _recipient(status: dict[str, Any], known: Customer | None) -> dict[str, Any]:
    """The entry of ``contacts`` beside a status: the name once it was delivered, no more than a number if it failed."""
    contact: dict[str, Any] = {"wa_id": status["recipient_id"]}
    if status["status"] != "failed" and status.get("recipient_user_id"):
        contact["user_id"] = status["recipient_user_id"]
    if status["status"] in ("delivered", "read", "played") and known is not None:
        contact["profile"] = known.contact()["profile"]
    return contact


def _groups(spoken: list[Spoken], size: int) -> Iterator[list[Spoken]]:
    if not 1 <= size <= MAX_UPDATES:
        raise ValueError(f"per_post must lie between 1 and {MAX_UPDATES}.")
    for start in range(0, len(spoken), size):
        yield spoken[start : start + size]


def _record(customer: Customer, message: dict[str, Any]) -> dict[str, Any]:
    return {
        "wamid": message["id"],
        "at": time.time(),
        "customer": customer.as_json(),
        "message": copy.deepcopy(message),
    }


def _parsed(body: bytes) -> Any:
    """A body as JSON; None where it was made not to be."""
    try:
        return json.loads(body, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def spoken_in(envelope: Any) -> list[Spoken]:
    """The customers' messages in a raw envelope, as far as it says who wrote them."""
    spoken: list[Spoken] = []
    for one in changes_in(envelope):
        value = one.get("value")
        for message in dicts_in(value.get("messages")) if isinstance(value, dict) else []:
            writer = {"wa_id": message.get("from") or "", "user_id": message.get("from_user_id") or ""}
            contacts = dicts_in(value.get("contacts")) if isinstance(value, dict) else []
            with contextlib.suppress(ValueError):
                spoken.append((customer_from(writer | {"name": _name_in(contacts, writer)}), message))
    return [(customer, message) for customer, message in spoken if message.get("id")]


def _name_in(contacts: list[dict[str, Any]], writer: dict[str, Any]) -> str:
    for contact in contacts:
        profile = contact.get("profile")
        same = any(writer[key] and contact.get(key) == writer[key] for key in ("wa_id", "user_id"))
        if same and isinstance(profile, dict):
            return str(profile.get("name", ""))
    return ""
