"""What each witness says of a scene: the ledgers, Postgres, the sandbox's journal, the subscriber."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engines.formation import JOURNAL
from faults.house import House
from faults.oracle import Facts, Sent

if TYPE_CHECKING:
    from faults.scene import Scene

_STORED = "SELECT wamid, count(*) FROM message WHERE wamid = ANY(%s) GROUP BY wamid"
_UNREAD = (
    "SELECT coalesce(sum(v.unread_count), 0) FROM conversation v JOIN contact c ON c.id = v.contact_id"
    " WHERE c.phone = ANY(%s)"
)
_SENT = "SELECT id::text, status, possible_duplicate FROM message WHERE id = ANY(%s::uuid[])"


class SandboxJournal:
    """What the sandbox took from here on, in its order; it is on disk before Meta's answer goes out."""

    def __init__(self, house: House) -> None:
        self._path: Path = house.formation.data_dir / JOURNAL
        self._start = self._path.stat().st_size if self._path.exists() else 0

    def accepted(self) -> list[str]:
        """The ids of our messages, by Meta's biz_opaque_callback_data."""
        return [each["biz_opaque_callback_data"] for each in self._records() if each["kind"] == "accepted"]

    def _records(self) -> Iterator[dict[str, str]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._start)
            yield from (json.loads(line) for line in file)


def hear(scene: Scene) -> Facts:
    """Ask them all. Needs a house at rest."""
    house, customers, agents, subscriber = scene.house, scene.customers, scene.agents, scene.subscriber
    asked = [*agents.ledger.read(), *scene.probes]
    told = list(subscriber.told)
    return Facts(
        acked=customers.ledger.read(),
        posted=customers.posted,
        stored=dict(house.ask(_STORED, list(customers.posted))),
        unread=int(house.ask(_UNREAD, list(customers.phones))[0][0]),
        asked=asked,
        sent={row[0]: Sent(*row[1:]) for row in house.ask(_SENT, [each.key for each in asked])},
        accepted=scene.journal.accepted(),
        ends=scene.row.ends,
        silent=scene.muted,
        told=told,
        statuses={key: each.status for key, each in subscriber.statuses.items()},
    )
