"""What each witness says of a scene: the ledgers, Postgres, the sandbox's journal, the subscriber."""

from __future__ import annotations

from collections.abc import Set

from faults.oracle import Facts, Sent
from faults.scene import Scene

_STORED = "SELECT wamid, count(*) FROM message WHERE wamid = ANY(%s) GROUP BY wamid"
_UNREAD = (
    "SELECT coalesce(sum(v.unread_count), 0) FROM conversation v JOIN contact c ON c.id = v.contact_id"
    " WHERE c.phone = ANY(%s)"
)
_SENT = "SELECT id::text, status, possible_duplicate FROM message WHERE id = ANY(%s::uuid[])"


def hear(scene: Scene, ends: Set[str]) -> Facts:
    """Ask them all; ``ends`` are the statuses in which our messages may rest. Needs a house at rest."""
    house, customers, agents, subscriber = scene.house, scene.customers, scene.agents, scene.subscriber
    asked = [*agents.ledger.read(), *scene.probes]
    received = list(subscriber.received)
    return Facts(
        acked=customers.ledger.read(),
        posted=customers.posted,
        stored=dict(house.ask(_STORED, list(customers.posted))),
        unread=int(house.ask(_UNREAD, list(customers.phones))[0][0]),
        asked=asked,
        sent={row[0]: Sent(*row[1:]) for row in house.ask(_SENT, [message.key for message in asked])},
        accepted=scene.journal.accepted(),
        ends=frozenset(ends),
        silent=scene.muted,
        received=received,
        statuses={key: event.status for key, event in subscriber.statuses.items()},
    )
