"""Logging in and out, and tickets for sockets."""

from __future__ import annotations

import contextlib

import falcon
import redis
from msgspec import UNSET

from api.errors import ApiError
from api.middleware.access import check_origin, unknown_token
from api.middleware.headers import address_of
from api.operations import operation
from api.resource import Resource
from api.security import cookies
from api.security.log import Kind, SecurityLog
from api.security.logins import Logins, SessionOver
from api.security.throttle import Throttle
from models.actors import agents
from models.actors.agents import Agent
from models.actors.logins import Session
from realtime.bus import Bus
from realtime.sessions import TICKET_S
from schema.requests import LogIn
from schema.views import (
    AgentView,
    ColleagueList,
    ColleagueView,
    DevelopmentView,
    MeView,
    SessionView,
    TicketView,
)
from settings import Settings


class LoginResource(Resource):
    """POST {email, password, cookie?}: a token for programs; with ``cookie`` true, as the console asks, an HttpOnly
    cookie instead. Never both: no script sees the token of a cookie. (OWASP ASVS 5.0, 3.3.4)
    """

    public = True

    def __init__(
        self, settings: Settings, logins: Logins, throttle: Throttle, security_log: SecurityLog
    ) -> None:
        self._settings = settings
        self._logins = logins
        self._throttle = throttle
        self._security_log = security_log

    @operation(
        "log_in",
        body=LogIn,
        first=lambda self, req, resp: check_origin(req, self._settings, self._security_log),
        answer=SessionView,
        errors=("wrong_password", "forbidden", "too_many_requests"),
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response, request: LogIn) -> SessionView:
        """Begin a session: a token for an address and a password, or with ``cookie`` a cookie instead."""
        agent, token, ends = self._log_in(req, request.email, request.password)
        # As after any request with it: its next one is no stranger's (api/security/rate_limits.py).
        req.context.token = token
        self._end_earlier(req)
        if request.cookie:
            cookies.give(resp, self._settings, token, ends)
        shown = UNSET if request.cookie else token
        return SessionView(token=shown, expires_at=ends, agent=AgentView(**_fields(agent)))

    def _log_in(self, req: falcon.Request, email: str, password: str) -> Session:
        account, address = email.strip().lower(), address_of(req)
        try:
            self._throttle.count(account, address)
        except ApiError:
            self._security_log.tell(Kind.LOGIN_THROTTLED, req, agent=agents.id_of(account))
            raise
        session = self._logins.begin(email, password)
        if session is None:
            known = agents.id_of(account)
            self._security_log.tell(Kind.LOGIN_FAILED, req, agent=known, reason="wrong_password")
            raise ApiError("wrong_password", "No agent has this address and password; check both.")
        with contextlib.suppress(redis.RedisError):
            self._throttle.succeeded(account, address)
        self._security_log.tell(Kind.LOGIN, req, agent=session.agent.id)
        return session

    def _end_earlier(self, req: falcon.Request) -> None:
        """A browser has one session: the one it had before ends."""
        earlier = cookies.token_of(req, self._settings)
        if earlier is not None:
            with contextlib.suppress(redis.RedisError):
                self._logins.end_by_token(earlier)


class SessionsResource(Resource):
    """What belongs to a session that is there: its end, whose it is, and tickets for its sockets."""

    def __init__(self, settings: Settings, logins: Logins, bus: Bus, security_log: SecurityLog) -> None:
        self._settings = settings
        self._logins = logins
        self._bus = bus
        self._security_log = security_log

    @operation("log_out", status=204)
    def on_post_logout(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ends this session and closes the sockets it opened."""
        agent: Agent = req.context.agent
        if req.context.token is not None:
            self._logins.end(agent, req.context.token)
            self._security_log.tell(Kind.LOGOUT, req, agent=agent.id)
        cookies.take_back(resp, self._settings)
        # What the page kept of customers goes with it. Not "cookies", which would be those of neighbours too.
        resp.set_header("Clear-Site-Data", '"cache", "storage"')

    @operation("get_me", answer=MeView)
    def on_get_me(self, req: falcon.Request, resp: falcon.Response) -> MeView:
        """Who am I. Renews the mirror of the session that the gateway reads."""
        if req.context.token is not None:
            try:
                self._logins.mirror(req.context.token, req.context.agent, req.context.session_ends)
            except SessionOver:
                raise unknown_token() from None
        sandbox = self._settings.open_house and self._settings.meta.stood_in_for
        development = DevelopmentView(phone_url=self._settings.meta.graph_url) if sandbox else UNSET
        return MeView(**_fields(req.context.agent), development=development)

    @operation("make_ticket", answer=TicketView, status=201)
    def on_post_ticket(self, req: falcon.Request, resp: falcon.Response) -> TicketView:
        """A ticket that opens one socket within a minute, for browsers, which cannot send headers there.

        A snapshot fetched from now on and the events after ``last_event_id`` leave nothing out.
        """
        agent: Agent = req.context.agent
        try:
            ticket = self._logins.ticket(agent, req.context.token, req.context.session_ends)
        except SessionOver:
            raise unknown_token() from None
        return TicketView(
            ticket=ticket,
            expires_in=TICKET_S,
            user_id=agent.id,
            last_event_id=self._bus.last_event_id(),
        )


class AgentsResource(Resource):
    """GET: who the agents are. Addresses are for admins."""

    @operation("list_agents", answer=ColleagueList)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> ColleagueList:
        """Who the agents are. Addresses and roles are for admins."""
        shown = _fields if req.context.agent.role == agents.ADMIN else _name
        return ColleagueList(data=[ColleagueView(**shown(agent)) for agent in agents.everyone()])


def _fields(agent: Agent) -> dict[str, str]:
    return {"id": agent.id, "name": agent.name, "email": agent.email, "role": agent.role}


def _name(agent: Agent) -> dict[str, str]:
    return {"id": agent.id, "name": agent.name}
