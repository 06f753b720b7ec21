"""The customers' phones: who there is, and the messages in each chat with their ticks."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from sandbox.phone.customers import BUILT_IN, Customer
from sandbox.phone.feed import Feed

CUSTOMER, BUSINESS = "customer", "business"
ENTRIES_KEPT, CHATS_KEPT = 1000, 3000
RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4}


@dataclass
class Entry:
    """One message as the phone shows it; ``message`` is the message object as it was sent."""

    id: str
    sender: str
    message: dict[str, Any]
    text: str
    at: float
    status: str = ""
    error: str = ""
    quoted: str = ""
    buttons: list[dict[str, Any]] = field(default_factory=list)
    reactions: dict[str, str] = field(default_factory=dict)
    edited: bool = False
    revoked: bool = False

    def as_json(self, chat: str) -> dict[str, Any]:
        """The entry and the key of the chat it belongs to."""
        return vars(self) | {"chat": chat, "type": self.message.get("type", "unknown")}


class Phone:
    """Chats by customer; every change is told to the feed. Thread-safe."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._lock = RLock()
        self._customers: OrderedDict[str, Customer] = OrderedDict()
        self._chats: dict[str, OrderedDict[str, Entry]] = {}
        self._chat_of: dict[str, str] = {}
        self.reset()

    def reset(self) -> None:
        """Back to the built-in customers and empty chats."""
        with self._lock:
            self._customers = OrderedDict((customer.key, customer) for customer in BUILT_IN)
            self._chats = {}
            self._chat_of = {}
            self._feed.publish("resync", {})

    def meet(self, customer: Customer) -> None:
        """Put a customer (or their new name) into the list."""
        with self._lock:
            if self._customers.get(customer.key) == customer:
                return
            self._customers[customer.key] = customer
            while len(self._customers) > CHATS_KEPT:
                self._forget(next(iter(self._customers)))
            self._feed.publish("customer", customer.as_json())

    def known(self, key: str) -> Customer | None:
        """The customer with this number or user id."""
        with self._lock:
            customer = self._customers.get(key)
            return customer or next((c for c in self._customers.values() if key and c.user_id == key), None)

    def add(self, chat: str, entry: Entry) -> None:
        """Put a message into a chat."""
        with self._lock:
            entries = self._chats.setdefault(chat, OrderedDict())
            entries[entry.id] = entry
            self._chat_of[entry.id] = chat
            if len(entries) > ENTRIES_KEPT:
                self._chat_of.pop(entries.popitem(last=False)[0], None)
            self._feed.publish("entry", entry.as_json(chat))

    def find(self, wamid: str) -> tuple[str, Entry] | None:
        """The chat and the entry of a message."""
        with self._lock:
            chat = self._chat_of.get(wamid)
            entry = self._chats[chat].get(wamid) if chat is not None else None
            return (chat, entry) if chat is not None and entry is not None else None

    def move(self, wamid: str, status: str, error: str = "") -> None:
        """Raise the ticks of a message the business sent; they never go back."""
        with self._lock:
            place = self.find(wamid)
            if place is None or RANK.get(status, 9) <= RANK.get(place[1].status, -1):
                return
            place[1].status, place[1].error = status, error
            self._tell(*place)

    def read_by_business(self, wamid: str) -> bool:
        """Mark a customer's message, and those before it, as read; False where it is unknown."""
        with self._lock:
            place = self.find(wamid)
            if place is None:
                return False
            chat, last = place
            for entry in self._chats[chat].values():
                if entry.sender == CUSTOMER and entry.status != "read":
                    entry.status = "read"
                    self._tell(chat, entry)
                if entry is last:
                    break
            return True

    def react(self, wamid: str, sender: str, emoji: str) -> None:
        """Put a reaction on a message, or take it away with an empty emoji."""
        with self._lock:
            place = self.find(wamid)
            if place is None:
                return
            place[1].reactions.pop(sender, None)
            if emoji:
                place[1].reactions[sender] = emoji
            self._tell(*place)

    def rewrite(self, wamid: str, text: str | None) -> None:
        """Show a message as edited, or with None as deleted by its sender."""
        with self._lock:
            place = self.find(wamid)
            if place is None:
                return
            entry = place[1]
            entry.text, entry.edited, entry.revoked = text or "", text is not None, text is None
            self._tell(*place)

    def typing(self, wamid: str) -> None:
        """Show for a while that the business types, in the chat of this message."""
        place = self.find(wamid)
        if place is not None:
            self._feed.publish("typing", {"chat": place[0], "until": time.time() + 25})

    def wrote_at(self, chat: str) -> float:
        """When the customer wrote last (unix seconds), 0.0 where never: the service window's start."""
        with self._lock:
            entries = self._chats.get(chat, OrderedDict())
            return max((entry.at for entry in entries.values() if entry.sender == CUSTOMER), default=0.0)

    def snapshot(self, chat: str) -> dict[str, Any]:
        """The customers (with the last message of each) and the whole of one chat."""
        with self._lock:
            return {
                "customers": [
                    customer.as_json() | {"last": self._last_of(key)}
                    for key, customer in self._customers.items()
                ],
                "entries": [entry.as_json(chat) for entry in self._chats.get(chat, {}).values()],
            }

    def _last_of(self, key: str) -> dict[str, Any] | None:
        entries = self._chats.get(key)
        return next(reversed(entries.values())).as_json(key) if entries else None

    def _tell(self, chat: str, entry: Entry) -> None:
        self._feed.publish("entry", entry.as_json(chat))

    def _forget(self, key: str) -> None:
        del self._customers[key]
        for wamid in self._chats.pop(key, {}):
            self._chat_of.pop(wamid, None)
