"""Who is connected, read from what the gateways write into Redis."""

from __future__ import annotations

import falcon

from api import answers
from api.resource import Resource
from ground.clock import now
from realtime.presence import PresenceReader, standing


class SocketsResource(Resource):
    """``/ws/status/{user_id}`` and ``/ws/stats``."""

    def __init__(self, presence: PresenceReader) -> None:
        self._presence = presence

    def on_get_status(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        """Whether a user is online, away or neither, and each of its sockets."""
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

    def on_get_stats(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The counters of each gateway that is alive, and their sums."""
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
