"""One gateway: its sessions, and who does what when one of them calls."""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
from collections.abc import Coroutine, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

import redis
import redis.asyncio
import structlog
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from ground import exposition, waiting
from realtime.startup import redis_place
from schema import close_codes
from settings import Settings
from wsgateway import handshake, protocol
from wsgateway.auth import Identity, identify
from wsgateway.endings import Endings, SessionEnded, no_longer_known
from wsgateway.handshake import Credentials
from wsgateway.history import History
from wsgateway.hub import Hub
from wsgateway.keeping import kept
from wsgateway.limits import AUTH_S, BEGIN_S
from wsgateway.metrics import Counters, Metrics
from wsgateway.outbox import Outbox
from wsgateway.presence import PresenceWriter
from wsgateway.protocol import Fault, State
from wsgateway.recovery import Recovery
from wsgateway.relay import Relay
from wsgateway.requests import Requests
from wsgateway.session import Session
from wsgateway.tail import Tail
from wsgateway.watch import Watch

_PLAIN = "text/plain; charset=utf-8"
_CHECK_S = 2 * AUTH_S  # for Redis to say who somebody is
_CANCEL_AGAIN_S = 0.5
_ANY = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not listened on
_log = structlog.get_logger(__name__)


class Gateway:
    """Everything of one gateway process but its listening socket. Implements session.House."""

    def __init__(self, settings: Settings, commands: redis.asyncio.Redis, bus: redis.asyncio.Redis) -> None:
        """``commands`` is for commands; ``bus``, which must not retry by itself, for the subscription."""
        self.id = f"{re.sub(r'[^A-Za-z0-9.-]', '', socket.gethostname())[:40]}-{secrets.token_hex(4)}"
        self._settings = settings
        self._commands = commands
        self.sessions: set[Session] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._endings = Endings()
        self._hub: Hub[Session] = Hub()
        self._tail = Tail()
        self._counters = Counters()
        self._metrics = Metrics(self.sessions, self._hub, self._counters)
        self._outbox = Outbox(commands)
        self.presence = PresenceWriter(
            commands, self.id, self._hub, self._counters, self._outbox, self._address
        )
        recovery = Recovery(self._hub, History(commands, self._tail), self._tail, self._counters)
        self._requests = Requests(recovery, self._tail, self._outbox.put, self.presence.changed)
        self._relay = Relay(
            bus,
            self._hub,
            self._tail,
            self._counters,
            self._metrics,
            waiting.Waiting("Redis", redis_place(settings.redis.url), waiting.log),
            on_session_ended=self._end_sessions,
            on_return=lambda: self._start(self._return()),
        )
        self._watch = Watch(self.sessions, settings.gateway.heartbeat_s)

    async def run(self) -> None:
        """Serve the sessions until cancelled."""
        parts = (self._relay, self._watch, self._outbox, self.presence)
        tasks = [asyncio.ensure_future(kept(part)) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await end_all(tasks)

    def _address(self) -> str:
        """Where it can be reached: by the address with which it reaches Redis, where it listens on all."""
        host = self._settings.gateway.host
        if host in _ANY:
            host = self._relay.local_host or socket.gethostname()
        return (
            f"[{host}]:{self._settings.gateway.port}"
            if ":" in host
            else f"{host}:{self._settings.gateway.port}"
        )

    # What a session tells (session.House).

    def arrived(self, session: Session) -> None:
        self.sessions.add(session)
        self._counters.accepted += 1

    def asked(self, session: Session, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if path == "/healthz":
            return _response(HTTPStatus.OK, b"ok\n")
        if path == "/readyz":
            return self._readiness()
        if path == "/metrics":
            return _response(HTTPStatus.OK, self._metrics.text(), exposition.CONTENT_TYPE)
        if handshake.target(request.path) is None:
            return _response(HTTPStatus.NOT_FOUND, b"Sockets are at /api/v1/ws/chat/{user_id}.\n")
        return None

    def _readiness(self) -> Response:
        """Whether events come, and the last one that was handed on."""
        if not self._relay.connected:
            return _response(_AWAY, b"Redis is away\n")
        return _response(HTTPStatus.OK, f"ready, at event {self._tail.last_id}\n".encode())

    def opened(self, session: Session, request: Request) -> None:
        target = handshake.target(request.path)
        assert target is not None
        session.user_id = target.user_id
        if not handshake.origin_allowed(request.headers, self._settings.origins, self._settings.development):
            session.close(close_codes.BAD_ORIGIN)
            return
        shown = handshake.credentials(request.headers, target.ticket)
        if shown != Credentials():
            self._check(session, shown)
        elif self._settings.open_house and handshake.from_this_machine(request.headers, session.peer):
            self._check(session, None)
        else:
            session.await_auth(session.heard_at + AUTH_S)

    def said(self, session: Session, text: bytes) -> None:
        if session.state is State.CLOSING:
            return
        self._counters.frames_received += 1
        try:
            request = protocol.decode(text, session.state)
            if session.state is State.OPEN:
                self._requests.handle(session, request)
            elif isinstance(request, protocol.Auth):
                self._check(session, Credentials(token=request.token))
            else:
                session.close(close_codes.UNAUTHORIZED)
        except Fault as fault:
            self._counters.faults += 1
            session.answer(protocol.error(fault))

    def left(self, session: Session) -> None:
        self.sessions.discard(session)
        if session.admitted:
            self._hub.leave(session, list(session.subscriptions))
            self.presence.left(session)
        if session.reason is not None:
            self._counters.closed[session.reason.name] += 1
            _log.debug("socket_closed", connection_id=session.connection_id, reason=session.reason.name)

    # Who they are.

    def _check(self, session: Session, shown: Credentials | None) -> None:
        """Find out who it is; None where the house is open, and it is whoever it says."""
        session.begin_auth(session.heard_at + _CHECK_S)
        self._start(self._identify(session, shown))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        """Do something aside; the reference keeps the task from being collected before it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _identify(self, session: Session, shown: Credentials | None) -> None:
        mark = self._endings.mark()
        try:
            await self._begun()
            identity = await identify(self._commands, shown) if shown else Identity(session.user_id, "", None)
        except (redis.RedisError, TimeoutError) as error:
            _log.warning("identity_unknown", error=str(error))
            session.close(close_codes.UNAVAILABLE)
            return
        except Exception:
            _log.exception("identity_failed", connection_id=session.connection_id)
            session.close(close_codes.INTERNAL)
            return
        if session.state is not State.CHECKING_AUTH:
            return
        if identity is None:
            session.close(close_codes.UNAUTHORIZED)
        elif identity.agent_id != session.user_id:
            session.close(close_codes.FORBIDDEN)
        elif self._endings.ended_since(mark, identity.agent_id, identity.session_digest):
            session.close(close_codes.SESSION_ENDED)
        else:
            self._admit(session, identity)

    async def _begun(self) -> None:
        """Wait, in a gateway that has just started, until it knows where the history stands. Raises TimeoutError."""
        if not self._relay.begun.is_set():
            async with asyncio.timeout(BEGIN_S):
                await self._relay.begun.wait()

    def _admit(self, session: Session, identity: Identity) -> None:
        left_s = float("inf") if identity.expires_in_s is None else identity.expires_in_s
        session.admit(identity.session_digest, asyncio.get_running_loop().time() + left_s)
        self._hub.join(session)
        heartbeat_s = self._settings.gateway.heartbeat_s
        session.answer(
            protocol.hello(session.user_id, session.connection_id, self.id, heartbeat_s, self._tail.last_id)
        )
        self.presence.changed(session)
        session.release()

    def _end_sessions(self, news: SessionEnded) -> None:
        self._endings.record(news)
        for session in self._hub.sessions_of(news.user_id):
            if news.concerns(session.user_id, session.session_digest):
                session.close(close_codes.SESSION_ENDED)

    async def _return(self) -> None:
        """After an outage: idle connections may have ended in it and not have told, and so may logins."""
        try:
            await self._commands.connection_pool.disconnect(inuse_connections=False)
            for session in await no_longer_known(self._commands, list(self._hub)):
                session.close(close_codes.SESSION_UNKNOWN)
        except redis.RedisError as error:  # away again: asked when it is back
            _log.warning("sessions_unverified", error=str(error))

    # How it stops.

    async def drain(self) -> None:
        """Send every client elsewhere, a few at a time, and cut those that do not go in time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.gateway.drain_s
        leaving = list(self.sessions)
        pause = min(0.005, self._settings.gateway.drain_s * 0.6 / max(1, len(leaving)))
        for session in leaving:
            session.close(close_codes.GOING_AWAY)
            await asyncio.sleep(pause)
        while self.sessions and loop.time() < end:
            await asyncio.sleep(0.02)
        for session in list(self.sessions):
            session.cut(close_codes.GOING_AWAY)


async def end_all(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Cancel these until they are done. Once is not enough: redis-py loses a cancellation that comes while a
    connection breaks, and a gateway and its Redis often stop together."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)


_AWAY = HTTPStatus.SERVICE_UNAVAILABLE


def _response(status: HTTPStatus, body: bytes, content_type: str = _PLAIN) -> Response:
    headers = Headers()
    headers["Content-Type"] = content_type
    headers["Content-Length"] = str(len(body))
    headers["Connection"] = "close"
    return Response(status.value, status.phrase, headers, body)
