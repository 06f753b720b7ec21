"""What the gateway does with each request of an open socket."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from realtime.bus import transient_payload
from schema import close_codes
from schema.events import AgentTyping
from wsgateway import protocol
from wsgateway.hub import INBOX, Scope
from wsgateway.limits import MAX_SUBSCRIPTIONS
from wsgateway.protocol import (
    Fault,
    Ping,
    Presence,
    SubscribeConversation,
    SubscribeInbox,
    Subscribing,
    Typing,
    UnsubscribeConversation,
)
from wsgateway.recovery import Recovery
from wsgateway.session import Session
from wsgateway.tail import Tail

_log = structlog.get_logger(__name__)


class Requests:
    """Subscriptions, typing, presence and ping.

    Subscriptions of one session are dealt with in the order in which they were asked for; one that reads
    history makes the later ones of its session wait, and nobody else's.
    """

    def __init__(
        self,
        recovery: Recovery,
        tail: Tail,
        publish: Callable[[bytes], None],
        changed: Callable[[Session], None],
    ) -> None:
        self._recovery = recovery
        self._tail = tail
        self._publish = publish
        self._changed = changed
        self._running: set[asyncio.Task[None]] = set()

    def handle(self, session: Session, request: protocol.AnyRequest) -> None:
        """Do what an open session asks. Raises Fault."""
        if isinstance(request, Subscribing):
            self._queue(session, request)
        elif isinstance(request, Typing):
            typing = AgentTyping(
                conversation_id=str(request.conversation_id), user_id=session.user_id, on=request.on
            )
            self._publish(transient_payload(typing))
        elif isinstance(request, Presence):
            session.away = request.state == "away"
            self._changed(session)
        elif isinstance(request, Ping):
            session.answer(protocol.pong(request.ref))

    def _queue(self, session: Session, request: Subscribing) -> None:
        if session.errands is None:
            if not self._at_once(session, request):
                session.errands = deque([request])
                task = asyncio.get_running_loop().create_task(self._run(session, session.errands))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
        elif len(session.errands) >= MAX_SUBSCRIPTIONS:
            raise Fault(
                "busy", "Too many subscriptions wait for their history; wait for the answers.", request.ref
            )
        else:
            session.errands.append(request)

    async def _run(self, session: Session, errands: deque[Subscribing]) -> None:
        """Work off a session's subscriptions, the first of which has to read history."""
        try:
            while errands and not session.lost:
                request = errands[0]
                try:
                    if not self._at_once(session, request):
                        await self._resume(session, request)
                except Fault as fault:
                    session.answer(protocol.error(fault))
                errands.popleft()
        except Exception:
            _log.exception("subscription_failed", connection_id=session.connection_id)
            session.close(close_codes.INTERNAL)
        finally:
            session.errands = None

    def _at_once(self, session: Session, request: Subscribing) -> bool:
        """Do what needs no history; whether that was all. Raises Fault."""
        scope = _scope(request)
        if not isinstance(request, (SubscribeConversation, SubscribeInbox)):
            self._recovery.unsubscribe(session, scope)
            session.answer(protocol.unsubscribed(scope, request.ref))
        else:
            if scope not in session.subscriptions and len(session.subscriptions) >= MAX_SUBSCRIPTIONS:
                raise Fault("too_many_subscriptions", _TOO_MANY, request.ref)
            if request.since is not None:
                return False
            self._recovery.subscribe(session, scope)
            session.answer(protocol.subscribed(scope, self._tail.last_id, True, request.ref))
        self._changed(session)
        return True

    async def _resume(self, session: Session, request: Subscribing) -> None:
        assert isinstance(request, (SubscribeConversation, SubscribeInbox))
        assert request.since is not None
        await self._recovery.resume(session, _scope(request), request.since, request.ref)
        self._changed(session)


_TOO_MANY = (
    f"A socket may have {MAX_SUBSCRIPTIONS} subscriptions; unsubscribe some, or use subscribe_inbox, "
    "which is one for all conversations."
)


def _scope(request: Subscribing) -> Scope:
    if isinstance(request, (SubscribeConversation, UnsubscribeConversation)):
        return str(request.conversation_id)
    return INBOX
