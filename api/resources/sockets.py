"""Who is connected, read from what the gateways write into Redis."""

from __future__ import annotations

import falcon

from api import answers
from ground.clock import now
from realtime.presence import PresenceReader, standing


class SocketStatusResource:
    """GET: whether a user is online, away or neither, and each of its sockets."""

    def __init__(self, presence: PresenceReader) -> None:
        self._presence = presence

    def on_get(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        connections = self._presence.connections(user_id)
        answers.write(
            resp,
            {
                "user_id": user_id,
                "status": standing(connections),
                "online": bool(connections),
                "connections": connections,
                "subscriptions": sorted({each for one in connections for each in one.conversations}),
            },
        )


class SocketStatsResource:
    """GET: the counters of each gateway that is alive, and their sums."""

    def __init__(self, presence: PresenceReader) -> None:
        self._presence = presence

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        gateways, moment = self._presence.gateways(), now()
        counted = (
            *("connections", "users", "subscriptions", "events_relayed", "frames_delivered"),
            *("bytes_delivered", "dropped_slow"),
        )
        listed = [
            {"gateway": each.gateway, "started_at": each.started_at}
            | {"uptime_s": round((moment - each.started_at).total_seconds(), 1)}
            | {name: getattr(each, name) for name in counted}
            for each in gateways
        ]
        total = {name: sum(getattr(each, name) for each in gateways) for name in counted}
        answers.write(resp, {"gateways": listed, "total": total | {"gateways": len(gateways)}})
