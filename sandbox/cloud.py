"""The pretended cloud: every part of the sandbox, put together once."""

from __future__ import annotations

import hashlib
from threading import Event
from typing import Any

from sandbox.desk import Desk
from sandbox.fault_play import FaultPlay
from sandbox.faults import FaultBook
from sandbox.graph.account import Account
from sandbox.journal import ACCEPTED, INBOUND, RESET, Journal
from sandbox.media import MediaStore
from sandbox.options import Options
from sandbox.outbox import Accepted, Outbox
from sandbox.phone.customers import customer_from
from sandbox.phone.feed import Feed
from sandbox.phone.phones import Phone
from sandbox.rules.pacing import Pacing
from sandbox.schedule import Schedule
from sandbox.templates import TemplateShelf
from sandbox.webhooks.courier import Courier
from sandbox.webhooks.deliveries import Delivery
from sandbox.webhooks.inbound import Inbound
from sandbox.webhooks.statuses import StatusPlan, StatusSender
from sandbox.webhooks.updates import Business, StatusTarget

UPDATES_SHOWN = 50


class Cloud:
    """All parts, made from the options. ``start`` begins the threads, ``close`` ends every wait."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.closing = Event()
        self.feed = Feed(self.closing)
        self.phone = Phone(self.feed)
        self.media = MediaStore()
        self.templates = TemplateShelf()
        self.faults = FaultBook()
        self.fault_play = FaultPlay(self.closing)
        self.journal = Journal(options.journal)
        self.outbox = Outbox()
        self.schedule = Schedule()
        self.business = Business(options.account_id, options.phone_number_id, options.display_number)
        self.courier = Courier(options.webhook_url, options.app_secret, self._tell)
        self.inbound = Inbound(self.business, self.phone, self.media, self.courier, self.journal)
        self.statuses = StatusSender(
            self.schedule,
            StatusPlan(delays=options.status_delays),
            self.inbound.send_status,
            self.phone.move,
        )
        self.desk = Desk(
            self.outbox, self.phone, self.media, self.templates, Pacing(), self.statuses, self.journal
        )
        self.account = Account(self.business)

    def start(self) -> None:
        """Tell the phone's history again and start delivering."""
        for record in self.journal.read():
            self._restore(record)
        self.schedule.start()
        self.courier.start()

    def close(self) -> None:
        """End every wait: streams, hanging answers, threads."""
        self.closing.set()
        self.schedule.close()
        self.courier.close()

    def reset(self) -> None:
        """Back to how a fresh sandbox with the same options starts; the journal keeps its lines."""
        self.schedule.clear()
        self.courier.reset()
        self.courier.url, self.courier.app_secret = self.options.webhook_url, self.options.app_secret
        self.courier.paused = False
        self.statuses.plan = StatusPlan(delays=self.options.status_delays)
        self.faults.cancel()
        self.outbox.reset()
        self.media.clear()
        self.templates.reset()
        self.account.reset()
        self.desk.pacing = Pacing()
        self.desk.service_window = False
        self.journal.append(RESET, [{}])
        self.phone.reset()

    def _tell(self, delivery: Delivery) -> None:
        shown = delivery.as_json()
        shown["attempts"] = []
        shown["updates"] = shown["updates"][:UPDATES_SHOWN]
        self.feed.publish("delivery", shown)

    def _restore(self, record: dict[str, Any]) -> None:
        if record.get("kind") == INBOUND:
            self.inbound.show(customer_from(record["customer"]), record["message"], float(record["at"]))
        elif record.get("kind") == ACCEPTED:
            message = _accepted_from(record)
            self.outbox.add(message)
            if not message.dropped:
                self.desk.show(message, "sent")


def _accepted_from(record: dict[str, Any]) -> Accepted:
    """An accepted message as the journal kept it."""
    target = StatusTarget(
        wamid=record["wamid"],
        recipient_id=record["recipient_id"],
        recipient_user_id=record["recipient_user_id"],
        callback_data=record["biz_opaque_callback_data"],
        conversation_id=hashlib.sha256(record["wamid"].encode()).hexdigest()[:32],
        category="service",
    )
    return Accepted(
        record["wamid"], record["at"], record["chat"], record["request"], target, record["dropped"]
    )
