"""The counters of the socket gateways."""

from __future__ import annotations

from datetime import datetime

from schema.views.view import View


class GatewayView(View, frozen=True):
    """One gateway that is alive, and its counters since it started."""

    gateway: str
    started_at: datetime
    uptime_s: float
    connections: int
    users: int
    subscriptions: int
    events_relayed: int
    frames_delivered: int
    bytes_delivered: int
    dropped_slow: int


class GatewaySums(View, frozen=True):
    """The sums of all of them, and how many they are."""

    connections: int
    users: int
    subscriptions: int
    events_relayed: int
    frames_delivered: int
    bytes_delivered: int
    dropped_slow: int
    gateways: int


class GatewaysView(View, frozen=True):
    """Each gateway, and all together."""

    gateways: tuple[GatewayView, ...]
    total: GatewaySums
