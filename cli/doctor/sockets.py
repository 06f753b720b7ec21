"""An agent's socket, opened with a ticket of doctor's own, and an event sent over the bus to it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from cli.doctor.findings import Finding, fail, ok
from cli.doctor.patient import Patient
from realtime.bus import TRANSIENT_CHANNEL, transient_payload
from realtime.sessions import Sessions
from realtime.trouble import of_certificate
from schema.close_codes import UNAUTHORIZED
from schema.events import Presence

NAME = "sockets"
_STEP_S = 2.0
# All of them might take too long.
_MOST = 3


def check_sockets(patient: Patient) -> Iterator[Finding]:
    """At the public URL; where that fails, at each gateway itself, to say which of the two is broken."""
    public, _ = patient.doors
    began = time.monotonic()
    trouble = _trouble(patient, public.sockets)
    if trouble is None:
        took = (time.monotonic() - began) * 1000
        yield ok(NAME, f"an event went over the bus to a socket at {public.name}, {took:.0f} ms in all")
        return
    inside = {address: _trouble(patient, f"ws://{address}") for address in patient.gateways()[:_MOST]}
    working = [place for place, why in inside.items() if why is None]
    if working:
        yield fail(
            NAME,
            f"{public.sockets}: {trouble}; the gateway at {' and at '.join(working)} works",
            "Let the front door send /api/v1/ws/chat/ there with its Upgrade header; see docs/deploy.md.",
        )
    else:
        reasons = "; ".join(f"{place}: {why}" for place, why in inside.items())
        yield fail(
            NAME,
            f"{public.sockets}: {trouble}; nor does a gateway work: {reasons}",
            "Start ws, the Procfile's line of that name, and see its log.",
        )


def _trouble(patient: Patient, sockets: str) -> str | None:
    """What goes wrong between opening a socket and receiving an event; None where nothing does."""
    # Live only, and of a user nobody knows: no client keeps anything of it.
    user_id = f"doctor-{secrets.token_hex(8)}"
    ticket = Sessions(patient.redis).issue_ticket(user_id, "-")
    url = f"{sockets}/api/v1/ws/chat/{user_id}?ticket={ticket}"
    try:
        with connect(url, open_timeout=_STEP_S, close_timeout=0.5, proxy=None) as socket:
            _receive(socket, "hello")
            socket.send('{"type":"subscribe_inbox"}')
            _receive(socket, "subscribed")
            # Not of the socket's own user: that news the gateway makes by itself, whichever Redis it uses.
            other = f"doctor-{secrets.token_hex(8)}"
            event = Presence(user_id=other, status="online")
            patient.redis.publish(TRANSIENT_CHANNEL, transient_payload(event))
            _receive(socket, "presence", other)
    except ConnectionClosed as error:
        return _closing(error)
    except InvalidStatus as error:
        return f"the upgrade was answered with {error.response.status_code}"
    except TimeoutError as error:
        return str(error) or f"no answer within {_STEP_S:g} s"
    except (OSError, InvalidHandshake) as error:
        return _failure(error)
    return None


def _failure(error: Exception) -> str:
    certificate = of_certificate(error)
    if certificate is not None:
        return f"it {certificate}"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    return f"the connection failed ({type(error).__name__})"


def _receive(socket: ClientConnection, kind: str, user_id: str | None = None) -> dict[str, Any]:
    """The next frame of this type, passing over others. Raises TimeoutError."""
    ends = time.monotonic() + _STEP_S
    while True:
        try:
            frame: dict[str, Any] = json.loads(socket.recv(max(0.01, ends - time.monotonic())))
        except TimeoutError:
            raise TimeoutError(_silence(kind)) from None
        if frame.get("type") == kind and user_id in (None, frame.get("user_id")):
            return frame


def _closing(error: ConnectionClosed) -> str:
    if error.rcvd is None:
        return "the connection was cut"
    if error.rcvd.code == UNAUTHORIZED.code:
        return "it does not know a ticket from this Redis, so it uses another one"
    return f"it was closed with {error.rcvd.code} {error.rcvd.reason}"


def _silence(kind: str) -> str:
    if kind == "presence":
        return f"it opens, but no event sent over this Redis reaches it within {_STEP_S:g} s"
    return f"no {kind} came within {_STEP_S:g} s"
