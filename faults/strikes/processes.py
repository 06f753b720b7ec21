"""SIGKILL for the house's own processes: idle, at work, between two steps, and all at once."""

from __future__ import annotations

from engines.waiting import wait_until
from faults.expect import expect
from faults.scene import Scene
from faults.strikes import locks

_OURS = ("web", "worker", "sender", "ws", "beat")


def stored(scene: Scene) -> int:
    """How many of the customers' messages are stored."""
    query = "SELECT count(*) FROM message WHERE wamid = ANY(%s)"
    return int(scene.house.ask(query, list(scene.customers.posted))[0][0])


def worker_idle(scene: Scene) -> None:
    """Nothing was under way when it went; what comes meanwhile waits."""
    scene.formation.kill("worker")
    scene.begin()
    scene.go_on(3)
    expect(stored(scene) == 0, "messages were stored, and no worker ran")
    scene.formation.restart("worker")


def worker_before_commit(scene: Scene) -> None:
    with locks.locked(scene, "message"):
        locks.await_drain_held_up(scene)
        scene.customers.await_more(10)
        scene.formation.kill("worker")
    scene.formation.restart("worker")


def worker_after_commit(scene: Scene) -> None:
    """Committed and not told: Redis is taken away under the batch, then the worker."""
    # A batch of statuses alone writes to no conversation, and gets past: this one has a customer's message in it.
    with locks.locked(scene, "conversation"):
        locks.await_drain_held_up(scene)
        # Killed, not frozen: from a frozen one it would read that its events are out once it is thawed.
        scene.valkey.kill()
        before = stored(scene)
    expect(wait_until(lambda: stored(scene) > before, 10), "the batch was not committed")
    scene.formation.kill("worker")
    scene.valkey.start()
    heard = scene.subscriber.wamids & set(scene.customers.posted)
    expect(stored(scene) > len(heard), "the events were out already")
    scene.formation.restart("worker")


def worker_again_and_again(scene: Scene) -> None:
    for _ in range(int(scene.extent)):
        scene.go_on()
        scene.restart("worker")


def one_of_two_workers(scene: Scene) -> None:
    """The order of a conversation holds though two processes drain and come and go."""
    scene.formation.add("worker2", line="worker", env={})
    try:
        for name in ("worker", "worker2", "worker"):
            scene.go_on()
            scene.restart(name)
        scene.go_on()
    finally:
        scene.formation.process("worker2").stop()


def sender_again_and_again(scene: Scene) -> None:
    for _ in range(int(scene.extent)):
        scene.go_on()
        scene.restart("sender")


def web(scene: Scene) -> None:
    for _ in range(int(scene.extent)):
        scene.go_on()
        scene.restart("web")


def beat(scene: Scene) -> None:
    """Fresh work needs no clock: it is drained and sent as ever while beat is away."""
    scene.formation.kill("beat")
    scene.go_on(2)
    # To somebody new: in an older conversation something might wait for the clock, which repairs.
    scene.await_status(scene.ask(scene.stranger()), "read", 10)
    scene.formation.restart("beat")


def everything(scene: Scene) -> None:
    for name in _OURS:
        scene.formation.kill(name)
    scene.valkey.kill()
    scene.postgres.kill()
    scene.valkey.start()
    scene.postgres.start()
    for name in _OURS:
        scene.formation.restart(name)
