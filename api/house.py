"""What the resources of one web process work with."""

from __future__ import annotations

from typing import NamedTuple

import redis

from actions.announcing import Announcer
from actions.transactions import Transactions
from api.resources.console import Edition
from api.security.log import SecurityLog
from api.security.logins import Logins
from api.security.throttle import Throttle
from health.monitor import Monitor
from health.tally import Tally
from queues.inbox import Inbox
from queues.outbox import Outbox
from realtime.bus import Bus
from realtime.presence import PresenceReader
from realtime.sessions import Sessions
from settings import Settings
from storage.store import Store
from storage.stores import open_store


class House(NamedTuple):
    """The collaborators, handed to each resource where it is made (api/routes.py)."""

    settings: Settings
    redis: redis.Redis
    inbox: Inbox
    outbox: Outbox
    bus: Bus
    transactions: Transactions
    logins: Logins
    presence: PresenceReader
    throttle: Throttle
    store: Store
    monitor: Monitor
    tally: Tally
    security_log: SecurityLog
    edition: Edition


def furnish(settings: Settings, client: redis.Redis) -> House:
    """The collaborators of one process. Opens no connection."""
    bus = Bus(client, settings.retention.events)
    inbox = Inbox(client, settings.inbox.max_entries)
    store = open_store(settings)
    return House(
        settings=settings,
        redis=client,
        inbox=inbox,
        outbox=Outbox(client),
        bus=bus,
        transactions=Transactions(Announcer(bus).announce),
        logins=Logins(Sessions(client), settings.security.session_days),
        presence=PresenceReader(client),
        throttle=Throttle(client, settings.limits.login_attempts),
        store=store,
        monitor=Monitor(client, inbox, store.directory),
        tally=Tally(client),
        security_log=SecurityLog(),
        edition=Edition(),
    )
