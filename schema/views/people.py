"""What a client sees of agents and their sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from schema.views.view import Listed, View

Standing = Annotated[str, Meta(extra_json_schema={"enum": ["online", "away", "offline"]})]


class AgentView(View, frozen=True):
    """Somebody who works here."""

    id: str
    name: str
    email: str
    role: str


class ColleagueView(View, frozen=True):
    """Somebody who works here; address and role are shown to admins."""

    id: str
    name: str
    email: str | UnsetType = UNSET
    role: str | UnsetType = UNSET


class ColleagueList(Listed[ColleagueView], frozen=True):
    """All agents, on one page."""


class DevelopmentView(View, frozen=True):
    """Where the sandbox's phones are, in development."""

    phone_url: str


class MeView(AgentView, frozen=True):
    """Who is asking; ``development`` only in an open house that has a sandbox."""

    development: DevelopmentView | UnsetType = UNSET


class SessionView(View, frozen=True, kw_only=True):
    """A session that began. ``token`` is shown this once, and not where the session went into a cookie."""

    token: str | UnsetType = UNSET
    expires_at: datetime
    agent: AgentView


class TicketView(View, frozen=True):
    """What opens one socket of this user, once, within ``expires_in`` seconds, and the newest event's id before it."""

    ticket: str
    expires_in: int
    user_id: str
    last_event_id: str


class ConnectionView(View, frozen=True):
    """One open socket: where, whose, since when, last heard of when, and what it is subscribed to."""

    connection_id: str
    gateway: str
    user_id: str
    since: datetime
    last_seen: datetime
    inbox: bool
    conversations: tuple[str, ...]
    away: bool


class PresenceView(View, frozen=True):
    """How a user stands, and each of their sockets. ``subscriptions`` are the conversations of all of them."""

    user_id: str
    status: Standing
    online: bool
    connections: tuple[ConnectionView, ...]
    subscriptions: tuple[str, ...]
