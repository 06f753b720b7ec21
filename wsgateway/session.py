"""One connection: its transport, its WebSocket protocol, and a bounded buffer of what it has not read yet.

There is no task and no timer for a connection: the event loop calls it when bytes come, the watch looks at
it once a second, and whoever delivers an event writes to it directly. websockets' ServerProtocol parses and
answers handshake and frames; it does no input or output, so the buffer is the transport's and is checked
before each write.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State as WireState
from websockets.server import ServerProtocol

from schema import close_codes
from schema.audiences import agent, sees
from schema.close_codes import CloseCode
from wsgateway.hub import Scope
from wsgateway.limits import CLOSE_S, HANDSHAKE_S, MAX_FRAME_BYTES, Allowance
from wsgateway.protocol import State, Subscribing
from wsgateway.tail import Position
from wsgateway.wire import PING_FRAME, text_frame

_SLICE = 4096  # bytes parsed before the frames in them are counted against the allowance
_PROTOCOL_VERSION = "13"
_REFUSED = (400, 426)
_quiet = logging.getLogger("wsgateway.websockets")
_quiet.setLevel(logging.WARNING)  # websockets logs each connection at info


class _Wire(ServerProtocol):
    """websockets' own, which names its reasons to close as docs/events.md does and not by sentences of its own."""

    def fail(self, code: int, reason: str = "") -> None:
        named = next(
            (close_code.name for close_code in close_codes.CLOSE_CODES if close_code.code == code), reason
        )
        super().fail(code, named)


class House(Protocol):
    """What a session tells its gateway."""

    def arrived(self, session: Session) -> None: ...

    def asked(self, session: Session, request: Request) -> Response | None:
        """The answer to a request that opens no socket, or None to go on with the handshake."""

    def opened(self, session: Session, request: Request) -> None: ...

    def said(self, session: Session, text: bytes) -> None: ...

    def left(self, session: Session) -> None: ...


class Session(asyncio.Protocol):
    """A client's connection, from accept to close."""

    __slots__ = (
        "_allowance",
        "_buffered",
        "_drained",
        "_excused",
        "_fragments",
        "_house",
        "_limit",
        "_loop",
        "_send",
        "_transport",
        "_waiting",
        "_wire",
        "_writable",
        "admitted",
        "away",
        "backlogged",
        "connected_at",
        "connection_id",
        "deadline",
        "errands",
        "expires_at",
        "heard_at",
        "pinged_at",
        "reason",
        "sent",
        "sent_when_heard",
        "session_digest",
        "state",
        "subscriptions",
        "taken",
        "user_id",
    )

    def __init__(self, house: House, buffer_bytes: int) -> None:
        self._house = house
        self._limit = buffer_bytes
        # Bytes of one write that is larger than the limit by itself, until all is sent.
        self._excused = 0
        self._loop = asyncio.get_running_loop()
        self._wire = _Wire(max_size=MAX_FRAME_BYTES, logger=_quiet)
        self._fragments: list[bytes] | None = None
        self._waiting: deque[bytes] | None = None
        self._drained: asyncio.Future[None] | None = None
        self.connection_id = str(self._wire.id)
        self.user_id = ""
        self.session_digest = ""
        self.state = State.HANDSHAKE
        self._writable = False
        self.admitted = False
        self.reason: CloseCode | None = None
        self.subscriptions: dict[Scope, Position] = {}
        self.away = False
        self.errands: deque[Subscribing] | None = None
        self.connected_at = self.heard_at = self._loop.time()
        self._allowance = Allowance(self.connected_at)
        self.deadline = self.connected_at + HANDSHAKE_S
        self.expires_at = float("inf")
        self.pinged_at: float | None = None
        # Bytes handed over so far; of those, when the client was last heard; and, at the watch's last look,
        # those its side had taken, and whether any were left.
        self.sent = self.sent_when_heard = self.taken = 0
        self.backlogged = False

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, because uvloop's transports are asyncio.Transport in all but name.
        self._transport = transport = cast(asyncio.Transport, transport)
        # Bound once: these two run for every frame delivered.
        self._buffered: Callable[[], int] = transport.get_write_buffer_size
        self._send: Callable[[bytes], None] = transport.write
        # pause_writing as soon as anything lies unsent, resume_writing when nothing does: so that a write, of which
        # there is one for each frame delivered, need not ask.
        transport.set_write_buffer_limits(high=0)
        self._house.arrived(self)

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._loop.time()
        self.pinged_at = None
        self.sent_when_heard = self.sent
        for start in range(0, len(data), _SLICE):
            if self._wire.eof_sent:  # the conversation is over, whatever else comes
                return
            self._wire.receive_data(data[start : start + _SLICE] if len(data) > _SLICE else data)
            events = self._wire.events_received()
            self._flush()
            for event in events:
                self._take(event)

    def eof_received(self) -> None:
        self._wire.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.state = State.CLOSING
        self._writable = False
        self.resume_writing()
        self._house.left(self)

    def resume_writing(self) -> None:
        self._excused = 0
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def pause_writing(self) -> None:
        self._drained = self._drained or self._loop.create_future()

    # What the house does with it.

    @property
    def peer(self) -> str:
        """The address of the other end of the connection; "" where it has none."""
        address = self._transport.get_extra_info("peername")
        return str(address[0]) if address else ""

    @property
    def backlog(self) -> int:
        """Bytes handed to this connection that its client's kernel has not taken."""
        return self._buffered()

    @property
    def lost(self) -> bool:
        return self.state is not State.OPEN or self._transport.is_closing()

    @property
    def fair_share(self) -> int:
        """Bytes that may be written at once to a drained connection and leave room for what comes live."""
        return self._limit // 4

    def write(self, data: bytes) -> None:
        """Queue finished WebSocket frames, or cut the connection where too much is queued already.

        One event may be larger than all that may lie unsent. It is sent all the same to a client that keeps up:
        cut for it, the client would come back, ask for it, and be cut again.
        """
        if not self._writable:
            return
        unsent = 0 if self._drained is None else self._buffered()
        size = len(data)
        if unsent + size > self._limit and not self._may_exceed(unsent, size):
            self.cut(close_codes.SLOW_CONSUMER)
            return
        self.sent += size
        send = self._send  # a slot that is called directly is looked up the slow way
        send(data)

    def answer(self, payload: bytes) -> None:
        """Queue one JSON frame."""
        self.write(text_frame(payload))

    def ping(self, now: float) -> None:
        self.pinged_at = now
        self.write(PING_FRAME)

    async def drained(self) -> None:
        """Wait until nothing is left unsent, or the connection is lost."""
        while self._drained is not None:
            await asyncio.shield(self._drained)

    def begin_auth(self, deadline: float) -> None:
        """The handshake is done; frames are held back until ``admit``."""
        self.state = State.CHECKING_AUTH
        self.deadline = deadline
        self._waiting = deque()
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def await_auth(self, deadline: float) -> None:
        """The handshake is done and brought no credentials: the first frame must."""
        self.state = State.AWAITING_AUTH
        self._writable = True
        self.deadline = deadline

    def admit(self, session_digest: str, expires_at: float) -> None:
        """It is known who this is: the socket is open. Frames held back still wait for ``release``."""
        self.session_digest, self.expires_at = session_digest, expires_at
        self.state = State.OPEN
        self._writable = self.admitted = True
        self.deadline = float("inf")

    def release(self) -> None:
        """Handle the frames that came while credentials were checked."""
        waiting, self._waiting = self._waiting or (), None
        if not self._transport.is_closing():
            self._transport.resume_reading()
        for text in waiting:
            self._house.said(self, text)

    def close(self, code: CloseCode) -> None:
        """Send the closing frame; the watch cuts the connection where the client does not answer it."""
        if self.state is State.HANDSHAKE:
            self.cut(code)
            return
        if self.state is State.CLOSING:
            return
        self._closing(code)
        if self._wire.state is WireState.OPEN:
            self._wire.send_close(code.code, code.name)
            self._flush()
        if not self._transport.is_closing():
            self._transport.resume_reading()  # to hear the answer

    def sees(self, audience: str) -> bool:
        """Whether this agent may see what has this audience."""
        return sees(audience, (agent(self.user_id),))

    def cut(self, code: CloseCode) -> None:
        """End the connection at once, without a closing frame."""
        self._closing(code)
        self._transport.abort()

    # Within.

    def _closing(self, code: CloseCode | None) -> None:
        self.state = State.CLOSING
        self._writable = False
        self.reason = self.reason or code
        self.deadline = self._loop.time() + CLOSE_S

    def _may_exceed(self, unsent: int, size: int) -> bool:
        if size > self._limit >= unsent:
            self._excused = size
        return unsent + size <= self._limit + self._excused

    def _flush(self) -> None:
        """Write what the WebSocket protocol itself has to say: handshake, pongs, closing frames."""
        for data in self._wire.data_to_send():
            if self._transport.is_closing():
                return
            if data == b"":
                self._end_of_stream()
            elif self._buffered() + len(data) > self._limit + self._excused:
                self.cut(close_codes.SLOW_CONSUMER)
            else:
                self.sent += len(data)
                self._send(data)

    def _end_of_stream(self) -> None:
        if self.state is not State.CLOSING:
            self._closing(_reason_of(self._wire))
        self._transport.write_eof()

    def _take(self, event: Request | Response | Frame) -> None:
        if isinstance(event, Request):
            self._greet(event)
        elif isinstance(event, Frame) and self.state is not State.CLOSING:
            if not self._allowance.take(self.heard_at):
                self.close(close_codes.FLOOD)
            elif event.opcode is Opcode.BINARY:
                self.close(close_codes.BINARY)
            elif event.opcode is Opcode.TEXT or event.opcode is Opcode.CONT:
                self._gather(event)

    def _greet(self, request: Request) -> None:
        response = self._house.asked(self, request) or self._wire.accept(request)
        if response.status_code in _REFUSED and _asks_for_another_version(request):
            response.headers["Sec-WebSocket-Version"] = _PROTOCOL_VERSION  # RFC 6455, 4.2.2
        self._wire.send_response(response)
        self._flush()
        if self._wire.state is WireState.OPEN:
            self.state = State.AWAITING_AUTH
            self._house.opened(self, request)

    def _gather(self, frame: Frame) -> None:
        if self._fragments is not None:
            self._fragments.append(bytes(frame.data))
        elif not frame.fin:
            self._fragments = [bytes(frame.data)]
        if not frame.fin:
            return
        text = bytes(frame.data) if self._fragments is None else b"".join(self._fragments)
        self._fragments = None
        try:
            text.decode()
        except UnicodeDecodeError:
            self.close(close_codes.INVALID_TEXT)
            return
        if self._waiting is not None:
            self._waiting.append(text)
        else:
            self._house.said(self, text)


def _asks_for_another_version(request: Request) -> bool:
    return request.headers.get_all("Sec-WebSocket-Version") != [_PROTOCOL_VERSION]


def _reason_of(wire: ServerProtocol) -> CloseCode | None:
    """Our name for the code with which the WebSocket protocol closed by itself; None where the client did."""
    if wire.close_sent is None or wire.close_rcvd_then_sent:
        return None
    return next(
        (close_code for close_code in close_codes.CLOSE_CODES if close_code.code == wire.close_sent.code),
        None,
    )
