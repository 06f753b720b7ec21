"""Who is connected, read from what the gateways write into Redis."""

from __future__ import annotations

import falcon
from msgspec.structs import asdict

from api.operations import operation
from api.resource import Resource
from ground.clock import now
from realtime.presence import PresenceReader, standing
from schema.views import ConnectionView, GatewaySums, GatewaysView, GatewayView, PresenceView

_COUNTED = (
    *("connections", "users", "subscriptions", "events_relayed", "frames_delivered"),
    *("bytes_delivered", "dropped_slow"),
)


class SocketsResource(Resource):
    """``/ws/status/{user_id}`` and ``/ws/stats``."""

    def __init__(self, presence: PresenceReader) -> None:
        self._presence = presence

    @operation("get_presence", answer=PresenceView)
    def on_get_status(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> PresenceView:
        """Whether a user is online, away or neither, and each of its sockets."""
        connections = self._presence.connections(user_id)
        return PresenceView(
            user_id=user_id,
            status=standing(connections),
            online=bool(connections),
            connections=tuple(ConnectionView(**asdict(connection)) for connection in connections),
            subscriptions=tuple(
                sorted({watched for connection in connections for watched in connection.conversations})
            ),
        )

    @operation("get_gateways", answer=GatewaysView)
    def on_get_stats(self, req: falcon.Request, resp: falcon.Response) -> GatewaysView:
        """The counters of each gateway that is alive, and their sums."""
        gateways, moment = self._presence.gateways(), now()
        counts = [{name: getattr(gateway, name) for name in _COUNTED} for gateway in gateways]
        return GatewaysView(
            gateways=tuple(
                GatewayView(
                    gateway=gateway.gateway,
                    started_at=gateway.started_at,
                    uptime_s=round((moment - gateway.started_at).total_seconds(), 1),
                    **its,
                )
                for gateway, its in zip(gateways, counts, strict=True)
            ),
            total=GatewaySums(
                **{name: sum(its[name] for its in counts) for name in _COUNTED}, gateways=len(gateways)
            ),
        )
