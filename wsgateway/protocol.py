"""What client and gateway say to each other, without any input or output.

``decode`` turns a text frame into one of the request structs or raises Fault; the functions below it make
the gateway's answers as JSON bytes. Everything a client can get wrong is answered with an ``error`` that
says what is wrong, with which value, and what to do; the socket stays open.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

MAX_REF = 128
_EXACT = 2**53  # JSON integers past this are not exact in JavaScript
Ref = (
    Annotated[str, msgspec.Meta(max_length=MAX_REF)]
    | Annotated[int, msgspec.Meta(ge=-_EXACT, le=_EXACT)]
    | None
)
EventId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,19}-[0-9]{1,19}\Z")]


class State(enum.Enum):
    """Where a connection is in its life."""

    HANDSHAKE = "handshake"
    AWAITING_AUTH = "awaiting_auth"
    CHECKING_AUTH = "checking_auth"
    OPEN = "open"
    CLOSING = "closing"


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """What all client frames share: ``ref``, which the answer repeats."""

    ref: Ref = None


class Auth(Request, frozen=True, kw_only=True, tag="auth"):
    """The first frame of a client that could send no header and has no ticket."""

    token: str


class SubscribeConversation(Request, frozen=True, kw_only=True, tag="subscribe_conversation"):
    conversation_id: UUID
    since: EventId | None = None


class UnsubscribeConversation(Request, frozen=True, kw_only=True, tag="unsubscribe_conversation"):
    conversation_id: UUID


class SubscribeInbox(Request, frozen=True, kw_only=True, tag="subscribe_inbox"):
    since: EventId | None = None


class UnsubscribeInbox(Request, frozen=True, kw_only=True, tag="unsubscribe_inbox"):
    pass


class Typing(Request, frozen=True, kw_only=True, tag="typing"):
    conversation_id: UUID
    on: bool


class Presence(Request, frozen=True, kw_only=True, tag="presence"):
    """Whether anybody looks at the page behind this socket."""

    state: Literal["online", "away"]


class Ping(Request, frozen=True, kw_only=True, tag="ping"):
    pass


Subscribing = SubscribeConversation | UnsubscribeConversation | SubscribeInbox | UnsubscribeInbox
AnyRequest = Auth | Subscribing | Typing | Presence | Ping
REQUESTS: tuple[type[Request], ...] = (
    Auth,
    SubscribeConversation,
    UnsubscribeConversation,
    SubscribeInbox,
    UnsubscribeInbox,
    Typing,
    Presence,
    Ping,
)
_BY_TYPE = {request.__struct_config__.tag: request for request in REQUESTS}


class Fault(Exception):
    """A client frame that cannot be followed: a code for programs, a message for people, the frame's ref."""

    def __init__(self, code: str, message: str, ref: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.ref = ref


_decoder: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_encode = msgspec.json.Encoder().encode


def decode(text: bytes, state: State = State.OPEN) -> AnyRequest:
    """The request in a frame's payload (UTF-8), if it may be made in ``state``. Raises Fault."""
    try:
        request = _request_in(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The frame is not JSON ({error}); send one JSON object a text frame."
        raise Fault("bad_json", message) from None
    if state is State.OPEN and isinstance(request, Auth):
        raise Fault("already_authenticated", "This socket is open already; leave out auth.", request.ref)
    return request


def _request_in(text: bytes) -> AnyRequest:
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError as error:
        # Told before the whole text was read: it need not be JSON to its end.
        frame = msgspec.json.decode(text)
        raise _explain(frame, str(error)) from None


def _explain(frame: Any, complaint: str) -> Fault:
    """Why a JSON value is no request, as a person would put it."""
    if not isinstance(frame, dict):
        return Fault(
            "not_an_object", f'The frame is {_shown(frame)}; send an object such as {{"type":"ping"}}.'
        )
    ref, kind = _usable_ref(frame.get("ref")), frame.get("type")
    if not isinstance(kind, str) or kind not in _BY_TYPE:
        known = ", ".join(str(tag) for tag in _BY_TYPE)
        given = f"type {_shown(kind)} is unknown" if "type" in frame else "The frame has no type"
        return Fault("unknown_type", f"{given}; use one of {known}.", ref)
    fields = _BY_TYPE[kind].__struct_fields__
    for name in frame:
        if name != "type" and name not in fields:
            return Fault("unknown_field", f"{kind} has no field {_shown(name)}; {_advice(kind)}.", ref)
    for name in fields:
        if f"`$.{name}`" in complaint:
            return Fault("invalid_field", _about_field(kind, name, frame[name], complaint), ref)
    return Fault("missing_field", f"{complaint} in {kind}; {_advice(kind)}.", ref)


def _about_field(kind: str, name: str, value: Any, complaint: str) -> str:
    wanted = {
        "conversation_id": "send the id of a conversation, a UUID",
        "since": "send the id of an event, or last_event_id of hello, such as 1718000000000-0",
        "on": "send true or false",
        "state": "send online or away",
        "token": "send the agent token, a string",
        "ref": f"send a string of at most {MAX_REF} characters or an integer",
    }[name]
    shown = "(not shown)" if name == "token" else _shown(value)
    return f"{name} of {kind} is {shown}: {complaint.split(' - at ')[0]}; {wanted}."


def _advice(kind: str) -> str:
    return f"its fields are {', '.join(_BY_TYPE[kind].__struct_fields__)}"


def _shown(value: Any) -> str:
    text = _encode(value).decode()
    return text if len(text) <= 60 else text[:60] + "…"


def _usable_ref(value: Any) -> Any:
    try:
        return msgspec.convert(value, Ref)
    except msgspec.ValidationError:
        return None


def hello(user_id: str, connection_id: str, gateway: str, heartbeat_s: float, last_event_id: str) -> bytes:
    """The first frame of an open socket."""
    return _encode(
        {
            "type": "hello",
            "user_id": user_id,
            "connection_id": connection_id,
            "gateway": gateway,
            "heartbeat_s": heartbeat_s,
            "last_event_id": last_event_id,
        }
    )


def subscribed(conversation_id: str | None, last_event_id: str, recovered: bool, ref: Any) -> bytes:
    """To a subscription: of one conversation, or of the inbox where ``conversation_id`` is None.

    Everything up to ``last_event_id`` is in a snapshot fetched from now on; what follows comes as events.
    """
    fields = {"last_event_id": last_event_id, "recovered": recovered}
    return _answer("subscribed", _scope(conversation_id) | fields, ref)


def unsubscribed(conversation_id: str | None, ref: Any) -> bytes:
    return _answer("unsubscribed", _scope(conversation_id), ref)


def pong(ref: Any) -> bytes:
    return _answer("pong", {}, ref)


def error(fault: Fault) -> bytes:
    return _answer("error", {"code": fault.code, "message": fault.message}, fault.ref)


def resync(last_event_id: str) -> bytes:
    """Events were lost to this socket: fetch by REST what it shows; its subscriptions stay as they are."""
    return _encode({"type": "resync", "recovered": False, "last_event_id": last_event_id})


def _scope(conversation_id: str | None) -> dict[str, Any]:
    return {"inbox": True} if conversation_id is None else {"conversation_id": conversation_id}


def _answer(kind: str, fields: dict[str, Any], ref: Any) -> bytes:
    return _encode({"type": kind, **fields} | ({} if ref is None else {"ref": ref}))
