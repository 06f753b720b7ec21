"""The same again, many times and in any order: one row, one event, and a status that only rises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from faults.expect import expect
from faults.scene import Scene

_THREADS = 16


def replay(scene: Scene) -> None:
    """One signed body in parallel, and once more when it is long stored."""
    (phone,) = scene.home.phones(1)
    update = scene.house.meta.text(phone, "Once")
    body = scene.house.meta.said(update)
    with ThreadPoolExecutor(_THREADS) as meta:
        codes = list(meta.map(lambda _: scene.house.deliver(body).status_code, range(int(scene.extent))))
    scene.subscriber.await_messages([update["id"]])
    codes.append(scene.house.deliver(body).status_code)
    expect(set(codes) == {200}, f"repeats were answered {set(codes)}")
    scene.end()
    # Whatever comes after it in the inbox has been stored, so it has been looked at as well.
    scene.go_on()
    scene.subscriber.await_messages(message.key for message in scene.customers.ledger.read())
    received = [event for event in list(scene.subscriber.received) if event.wamid == update["id"]]
    expect(len(received) == 1, f"it was told {len(received)} times")
    rows = scene.house.ask("SELECT count(*) FROM message WHERE wamid = %s", update["id"])[0][0]
    expect(rows == 1, f"it was stored {rows} times")


def statuses(scene: Scene) -> None:
    """Statuses in any order, three of each, and all of them before Meta's answer to the send."""
    scene.house.sandbox("PATCH", "settings", statuses={"shuffled": True, "copies": 3, "delays": [0.0]})
    scene.house.sandbox("POST", "faults", kind="slow", seconds=0.5, times=None)
    scene.go_on()
    scene.last()
    scene.home.meta_behaves()
