"""Meta's own errors, a class each: tried again, given up, or the whole number held until Meta takes one again."""

from __future__ import annotations

from functools import partial

from faults.expect import eventually, expect
from faults.scene import Scene
from faults.strikes.sends import upload
from faults.tables.row import Strike

_HOLDS = "SELECT count(*) FROM number_hold"
_MINUTE_OVER = "UPDATE number_hold SET until = now()"
_HOLD_S = 60.0
# Longer than a person must wait for the next message where their burst is used up (6 s).
_PATIENCE_S = 20.0


def tried_again(code: int) -> Strike:
    """The message is refused and goes out later, once; those of other people go out meanwhile."""
    return partial(_tried_again, code=code)


def given_up(code: int) -> Strike:
    """The message fails, with the reason, and the next of its conversation goes out."""
    return partial(_given_up, code=code)


def on_hold(code: int) -> Strike:
    """Nothing more goes out until one message has been tried again and taken."""
    return partial(_on_hold, code=code)


def of_a_file(scene: Scene) -> None:
    """The file Meta cannot process is given to it anew, and the message goes out."""
    phone = scene.stranger()
    scene.house.sandbox("POST", "faults", kind="graph_error", code=131053, to=phone)
    message = scene.ask(phone, type="document", document={"id": upload(scene), "filename": "note.txt"})
    scene.await_status(message, "read")


def _tried_again(scene: Scene, code: int) -> None:
    phone = scene.stranger()
    scene.house.sandbox("POST", "faults", kind="graph_error", code=code, to=phone)
    message = scene.ask(phone)
    scene.await_strike()
    others = scene.stranger()
    scene.await_status(scene.ask(others), "read")
    scene.await_status(message, "read", _PATIENCE_S)
    expect(scene.journal.accepted().count(message) == 1, "Meta took it more than once")


def _given_up(scene: Scene, code: int) -> None:
    phone = scene.stranger()
    scene.house.sandbox("POST", "faults", kind="graph_error", code=code, to=phone, times=1)
    message, behind = scene.ask(phone), scene.ask(phone)
    shown = scene.await_status(message, "failed")
    expect(shown["error"]["code"] == code, f"it failed with {shown['error']['code']}, not {code}")
    expect(shown["error"]["advice"], "it failed without a word of what to do")
    scene.await_status(behind, "read")
    expect(message not in scene.journal.accepted(), "a failed message was sent")


def _on_hold(scene: Scene, code: int) -> None:
    phone = scene.stranger()
    scene.house.sandbox("POST", "faults", kind="graph_error", code=code, times=None)
    message = scene.ask(phone)
    eventually(lambda: scene.house.ask(_HOLDS)[0][0], what="the number being held", every_s=0.05)
    # Those that were under way when the hold began are refused as well.
    scene.await_calls_ended()
    scene.home.meta_behaves()
    before = len(scene.journal.accepted())
    scene.last()
    sent = len(scene.journal.accepted()) - before
    _let_the_minute_pass(scene)
    expect(sent == 0, f"a held number sent {sent} messages")
    scene.await_status(message, "read", _PATIENCE_S)
    eventually(lambda: not scene.house.ask(_HOLDS)[0][0], what="the hold being lifted", every_s=0.05)


def _let_the_minute_pass(scene: Scene) -> None:
    """In the short form nobody waits: the hold becomes as old as if somebody had."""
    if scene.long:
        scene.last(_HOLD_S)
    else:
        scene.house.ask(_MINUTE_OVER)
