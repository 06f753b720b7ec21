"""Meta's API failing below the level of its own errors: what came of a call is known, or nobody can know.

Each strike follows messages of its own first, then spoils every call for as long as the row lasts.
"""

from __future__ import annotations

import socket
import time
from functools import partial
from typing import Any

from engines.ports import LOOPBACK
from faults.expect import eventually, expect
from faults.scene import Scene
from faults.tables.row import Strike

_MOST_GROWTH_BYTES = 64 * 1024 * 1024
_STORED_WITHIN_S = 3.0
_HANG_S = 60.0
_PUT_OFF = "SELECT error IS NOT NULL FROM message WHERE id = %s"
# What a look at the journal may take.
_LOOK_S = 0.2


def unknown(kind: str, **order: Any) -> Strike:
    """An answer that says nothing: unconfirmed where Meta did not take it, and known by its status where it did."""
    return partial(_unknown, order={"kind": kind, **order})


def retried(kind: str, **order: Any) -> Strike:
    """An answer that says that Meta did not take it: sent again until it is taken, once."""
    return partial(_retried, order={"kind": kind, **order})


def hanging(scene: Scene) -> None:
    """Calls that hang hold up neither what comes in nor each other for longer than a call may last."""
    before = len(scene.customers.ledger.read())
    _unknown(scene, {"kind": "hang", "seconds": _HANG_S})
    keys = [message.key for message in scene.customers.ledger.read()[before:]]
    query = "SELECT count(*) = %s FROM message WHERE wamid = ANY(%s)"
    eventually(lambda: scene.house.ask(query, len(keys), keys)[0][0], _STORED_WITHIN_S, "it being stored")


def retry_after(scene: Scene) -> None:
    """Meta says when to come back, and nothing comes to it before."""
    phone = scene.stranger()
    wait_s = int(scene.extent)
    scene.house.sandbox("POST", "faults", to=phone, kind="throttled", retry_after=wait_s)
    not_before = time.monotonic() + wait_s
    message = scene.ask(phone)
    eventually(lambda: scene.house.ask(_PUT_OFF, message)[0][0], what="the refusal being known", every_s=0.02)
    # Meta may still take what was under way when the refusal came.
    scene.await_calls_ended()
    before = len(scene.journal.accepted())
    left_s = not_before - _LOOK_S - time.monotonic()
    expect(left_s > 0, "the wait was over before anybody could look")
    scene.last(left_s)
    expect(len(scene.journal.accepted()) == before, "the number sent again before Meta asked for it")
    scene.await_status(message, "read")


def gzip_bomb(scene: Scene) -> None:
    """A quarter of a megabyte that unpacks to 256: neither read to its end nor held."""
    peak = _peak_bytes(scene)
    _unknown(scene, {"kind": "gzip_bomb"})
    growth = _peak_bytes(scene) - peak
    expect(growth < _MOST_GROWTH_BYTES, f"the sender grew by {growth / 2**20:.0f} MiB")


def redirect(scene: Scene) -> None:
    """The token goes to the configured host alone."""
    with socket.create_server((LOOPBACK, 0)) as elsewhere:
        elsewhere.settimeout(0)
        port = elsewhere.getsockname()[1]
        _retried(scene, {"kind": "redirect", "location": f"http://{LOOPBACK}:{port}/elsewhere"})
        try:
            elsewhere.accept()[0].close()
        except BlockingIOError:
            return
        expect(False, "the call followed the redirect, token and all")


def _unknown(scene: Scene, order: dict[str, Any]) -> None:
    lost, taken = scene.stranger(), scene.stranger()
    scene.house.sandbox("POST", "faults", **order, to=lost)
    scene.house.sandbox("POST", "faults", **order, to=taken, accept=True)
    never, once = scene.ask(lost), scene.ask(taken)
    scene.await_status(never, "unconfirmed")
    scene.await_status(once, "read")
    accepted = scene.journal.accepted()
    expect(never not in accepted, "an unconfirmed message was sent again by itself")
    expect(accepted.count(once) == 1, f"Meta took a message {accepted.count(once)} times")
    _spoil(scene, order)
    scene.last()
    scene.home.meta_behaves()


def _retried(scene: Scene, order: dict[str, Any]) -> None:
    phone = scene.stranger()
    scene.house.sandbox("POST", "faults", **order, to=phone)
    message = scene.ask(phone)
    scene.await_status(message, "read")
    _spoil(scene, order)
    scene.last()
    scene.home.meta_behaves()


def _spoil(scene: Scene, order: dict[str, Any]) -> None:
    """Every call, from now on."""
    scene.house.sandbox("POST", "faults", **order, times=None)


def _peak_bytes(scene: Scene) -> int:
    """The most memory the sender ever held."""
    with open(f"/proc/{scene.formation.process('sender').pid}/status") as status:
        (line,) = (line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
