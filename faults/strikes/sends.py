"""SIGKILL for the sender at every moment of a send: it goes out once, or a person is asked.

Each strike follows one message of its own while the load goes on around it.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

from engines.waiting import wait_until
from faults.expect import eventually, expect
from faults.scene import Scene
from faults.strikes import locks

# Longer than a lease: the call hangs until its sender is dead and its lease is over.
_HANG_S = 8.0
_SLOW_S = 1.0


def idle(scene: Scene) -> None:
    """Asked for while no sender runs: it goes out when one does, in order."""
    phone = scene.stranger()
    scene.formation.kill("sender")
    scene.begin()
    asked = [scene.ask(phone) for _ in range(5)]
    scene.go_on()
    expect(scene.journal.accepted() == [], "Meta took messages, and no sender ran")
    scene.formation.restart("sender")
    for message_id in asked:
        scene.await_status(message_id, "read")
    taken = [message_id for message_id in scene.journal.accepted() if message_id in asked]
    expect(taken == asked, "they did not go out in the order in which they were asked for")


def before_request(scene: Scene) -> None:
    """Claimed, and held up on the way to its file: nobody outside can tell that nothing left."""
    with _on_the_way_to_its_file(scene) as message:
        scene.formation.kill("sender")
    scene.formation.restart("sender")
    scene.await_status(message, "unconfirmed")
    _expect_taken(scene, message, 0)


def late(scene: Scene) -> None:
    """Held up there for longer than its lease, and told as unconfirmed: once it goes on it knows that nothing left."""
    with _on_the_way_to_its_file(scene) as message:
        scene.await_status(message, "unconfirmed")
    shown = scene.await_status(message, "read")
    _expect_taken(scene, message, 1)
    expect(shown["possible_duplicate"] is False, "sent once, and marked as a possible repeat")


@contextlib.contextmanager
def _on_the_way_to_its_file(scene: Scene) -> Iterator[str]:
    """A message that is claimed and held up before its upload."""
    phone, file = scene.stranger(), upload(scene)
    with locks.locked(scene, "upload_copy", "ACCESS EXCLUSIVE"):
        message = scene.ask(phone, type="document", document={"id": file, "filename": "note.txt"})
        locks.await_held_up(scene, "sender")
        yield message


def after_request(scene: Scene) -> None:
    """It left, Meta never took it, and nobody can know: unconfirmed, until a person sends it again."""
    phone = scene.stranger()
    message = _hung(scene, phone)
    scene.restart("sender")
    scene.await_status(message, "unconfirmed")
    # The next of this conversation goes out after it, so the sender has been here again.
    behind = scene.ask(phone)
    scene.await_status(behind, "read")
    _expect_taken(scene, message, 0)
    answer = scene.house.request("POST", f"/messages/{message}/retry")
    expect(answer.status_code == 202, f"asked to send it again, REST answered {answer.status_code}")
    shown = scene.await_status(message, "read")
    _expect_taken(scene, message, 1)
    expect(shown["possible_duplicate"] is True, "sent again, and not marked as a possible repeat")


def after_taken(scene: Scene) -> None:
    """Meta took it and tells of it: its status is how we learn that it went out."""
    phone = scene.stranger()
    message = _hung(scene, phone, accept=True)
    scene.restart("sender")
    scene.await_status(message, "read")
    _expect_taken(scene, message, 1)


def after_taken_in_silence(scene: Scene) -> None:
    """Meta took it and tells of nothing: unconfirmed, and never sent again by itself."""
    phone = scene.stranger()
    scene.house.sandbox("PATCH", "settings", statuses={"muted": True})
    scene.muted = True
    message = _hung(scene, phone, accept=True)
    scene.restart("sender")
    scene.await_status(message, "unconfirmed")
    behind = scene.ask(phone)
    scene.await_status(behind, "accepted")
    _expect_taken(scene, message, 1)


def before_commit(scene: Scene) -> None:
    """Meta's 200 has arrived, and is not noted yet."""
    phone = scene.stranger()
    scene.house.sandbox("POST", "faults", kind="slow", to=phone, seconds=_SLOW_S)
    message = scene.ask(phone)
    eventually(lambda: message in scene.journal.accepted(), what="Meta taking it", every_s=0.05)
    with locks.locked(scene, "message"):
        locks.await_held_up(scene, "sender")
        wait_until(lambda: False, _SLOW_S)
        scene.formation.kill("sender")
    scene.formation.restart("sender")
    scene.await_status(message, "read")
    _expect_taken(scene, message, 1)


def upload(scene: Scene) -> str:
    """A file Meta has no copy of; returns its id."""
    files = {"file": ("note.txt", uuid.uuid4().hex.encode(), "text/plain")}
    answer = scene.house.request("POST", "/media", files=files)
    expect(answer.status_code == 201, f"an upload was answered {answer.status_code}: {answer.text[:300]}")
    return str(answer.json()["id"])


def _hung(scene: Scene, phone: str, *, accept: bool = False) -> str:
    """A message whose call to Meta hangs; returns its id once it does."""
    scene.house.sandbox("POST", "faults", kind="hang", to=phone, accept=accept, seconds=_HANG_S)
    message = scene.ask(phone)
    scene.await_strike()
    return message


def _expect_taken(scene: Scene, message: str, times: int) -> None:
    taken = scene.journal.accepted().count(message)
    expect(taken == times, f"Meta took it {taken} times, not {times}")
