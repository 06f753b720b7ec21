"""A house that can store no message, as after a bad deploy, meets a flood: it stops burying, waits, and goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from faults.expect import eventually, expect

if TYPE_CHECKING:
    from faults.scene import Scene

# One more would be too many.
_BURIED = 19
_PROBE_S = 60.0
_STOPPED, _PROBED = "parley:inbox:stopped", "parley:inbox:probed"
_BREAK = """
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'as a bad deploy would'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON message FOR EACH ROW WHEN (NEW.direction = 'inbound') EXECUTE FUNCTION refuse();
"""
_MEND = "DROP TRIGGER IF EXISTS refuse ON message"
_ALARM = "No webhook is stored since"
_LETTERS = "SELECT count(*) FROM dead_letter WHERE created_at >= %s AND replayed_at IS NULL"


def stopped(scene: Scene) -> None:
    """Deliveries nobody can read bring it to the brink, so that none of the flood need become a dead letter."""
    with _broken(scene):
        _bury(scene, _BURIED - 1)
        _bury(scene, 1)
        scene.customers.start()
        eventually(lambda: scene.house.redis.exists(_STOPPED), what="burying having stopped", every_s=0.1)
        expect(_ALARM in _alarms(scene), "/readyz raises no alarm of it")
        scene.customers.await_more(int(scene.extent))
        _probe(scene)
        scene.last(5.0)
        expect(scene.house.redis.exists(_STOPPED), "it went on though nothing could be stored")
        expect(_letters(scene) == _BURIED, f"{_letters(scene)} dead letters, not {_BURIED}")
    _probe(scene)
    eventually(
        lambda: not scene.house.redis.exists(_STOPPED), _PROBE_S + 30, "the house going on", every_s=0.1
    )
    expect(_ALARM not in _alarms(scene), "/readyz raises an alarm of it still")
    scene.agents.start()


@contextlib.contextmanager
def _broken(scene: Scene) -> Iterator[None]:
    scene.house.ask(_BREAK)
    try:
        yield
    finally:
        scene.house.ask(_MEND)


def _bury(scene: Scene, count: int) -> None:
    """Have so many deliveries become dead letters, in a batch of their own."""
    before = _letters(scene)
    for number in range(count):
        body = f"no JSON {before + number} {scene.began:%s%f}".encode()
        scene.explained.add(body)
        expect(scene.house.deliver(body).status_code == 200, "a delivery was refused")
    eventually(lambda: _letters(scene) == before + count, what="the dead letters", every_s=0.1)


def _probe(scene: Scene) -> None:
    """Let the minute between two tries be over. The long form waits for it."""
    if not scene.long:
        scene.house.redis.delete(_PROBED)


def _letters(scene: Scene) -> int:
    return int(scene.house.ask(_LETTERS, scene.began)[0][0])


def _alarms(scene: Scene) -> str:
    answer: dict[str, Any] = scene.house.request("GET", "/readyz").json()
    return str(answer["alarms"])
