"""Who is asking: a bearer token, the console's cookie, or nobody while the house is open (development).

A cookie is sent by the browser whoever wrote the page, so with it an unsafe method must come from a page of
an allowed origin. The same is asked of callers without credentials in an open house: any page the developer
visits could call localhost.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import falcon

from api.errors import ApiError
from api.middleware.headers import address_of
from api.resource import Resource
from api.security import cookies
from api.security.log import Kind, SecurityLog
from ground.origins import may_come
from ground.this_machine import called_from_here
from models.actors import agents, logins
from models.actors.actors import AGENT, Actor
from models.actors.agents import Agent
from settings import Settings

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Access:
    """Falcon middleware: sets ``req.context.agent`` and ``actor``, ``token`` and ``session_ends`` (both None in an open
    house) before any resource that is not ``public``.

    A resource is for its ``roles``, all where it names none; ``readers`` may use its safe methods too.
    """

    def __init__(self, settings: Settings, security_log: SecurityLog) -> None:
        self._settings = settings
        self._security_log = security_log

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: Resource | None, params: Any
    ) -> None:
        if resource is None or resource.public:
            return
        token = bearer(req)
        if token is None:
            check_origin(req, self._settings, self._security_log)
            token = cookies.token_of(req, self._settings)
        agent, ends = self._session(req, token)
        if agent.role not in _roles(resource, req.method):
            path = req.uri_template or ""
            self._security_log.tell(Kind.ROLE_REFUSED, req, agent=agent.id, method=req.method, path=path)
            raise ApiError(
                "forbidden", f"This takes an admin, and you are an {agent.role}. Ask an admin to do it."
            )
        req.context.agent = agent
        req.context.actor = Actor(AGENT, agent.id, agent.name, address_of(req))
        req.context.token = token
        req.context.session_ends = ends

    def _session(self, req: falcon.Request, token: str | None) -> tuple[Agent, datetime | None]:
        if token is None:
            if self._settings.open_house and called_from_here(req.remote_addr, req.get_header):
                return agents.development(), None
            raise ApiError(
                "not_logged_in",
                "Send 'Authorization: Bearer <token>'; POST /api/v1/auth/login gives you one.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        session = logins.by_token(token) if len(token) < 500 else None
        if session is None:
            raise unknown_token()
        return session


def unknown_token() -> ApiError:
    """The refusal of a token whose session ended, or never was."""
    return ApiError(
        "not_logged_in",
        "The token is unknown or expired; log in again.",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


def _roles(resource: Resource, method: str) -> tuple[str, ...]:
    return resource.roles + resource.readers if method in _SAFE else resource.roles


def check_origin(req: falcon.Request, settings: Settings, security_log: SecurityLog) -> None:
    """Refuse an unsafe request from a page of another origin. Programs send no Origin and pass."""
    origin = req.get_header("Origin")
    if req.method in _SAFE or origin is None or may_come(origin, settings.origins, settings.development):
        return
    if urlsplit(origin).netloc == req.netloc:
        return
    security_log.tell(Kind.ORIGIN_REFUSED, req, method=req.method, path=req.uri_template or "")
    raise ApiError(
        "forbidden", f"A page of {origin[:100]!r} may not do this; add it to ALLOWED_ORIGINS if it should."
    )


def bearer(req: falcon.Request) -> str | None:
    """The token of the Authorization header, or None."""
    kind, _, token = (req.auth or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None
