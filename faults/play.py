"""Playing a row: mend, load, strike, calm down, check."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from faults.calm import await_calm, left
from faults.expect import NotKept
from faults.home import Home
from faults.oracle import Facts, Findings, judge, stored_of
from faults.report import Result
from faults.scene import Scene
from faults.tables.row import Row
from faults.witnesses import hear

# Past the row's own limit, so that one that is late is told from one that never recovers.
_GRACE_S = 20.0
_SHOWN = 5
_LAST_WORDS = 1500


def play(row: Row, home: Home, directory: Path, *, long: bool = False, patience: float = 1.0) -> Result:
    """Play ``row`` in ``home``, which is mended before; ``directory`` keeps its ledgers.

    ``patience`` stretches every time that is waited for: a house that shares its machine with others has a part of it.
    """
    home.mend()
    extent = row.extent(long)
    with Scene(home, directory, crowd=row.crowd, extent=extent, long=long, patience=patience) as scene:
        broken = reasons(scene, lambda: _strike(row, scene))
        return _conclude(row, scene, broken, _limit_s(row, long) * patience)


def _limit_s(row: Row, long: bool) -> float:
    return row.within_long_s if long and row.within_long_s is not None else row.within_s


def reasons(scene: Scene, strike: Callable[[], None]) -> list[str]:
    """What was not kept while something struck, or nothing."""
    try:
        strike()
    except Exception as error:
        # The house is put together again, so that the oracle can still say what became of what was promised.
        scene.home.mend()
        scene.end()
        return [str(error) if isinstance(error, NotKept) else f"{type(error).__name__}: {error}"]
    return []


def _conclude(row: Row, scene: Scene, broken: list[str], within_s: float) -> Result:
    """Let the load stop, wait for calm, and judge. ``broken`` is what was not kept until then."""
    scene.stop()
    calm = await_calm(scene, within_s + _GRACE_S)
    assert scene.ended_at is not None
    recovered_s = time.monotonic() - scene.ended_at
    if not calm:
        broken = [*broken, *(f"not calm after {recovered_s:.1f} s: {reason}" for reason in left(scene))]
    elif recovered_s > within_s:
        broken = [*broken, f"calm after {recovered_s:.1f} s; {within_s:g} s were promised"]
    return _result(row, scene, broken, recovered_s)


def _strike(row: Row, scene: Scene) -> None:
    if not row.quiet:
        scene.begin()
    row.strike(scene)
    scene.end()
    scene.go_on()


def _result(row: Row, scene: Scene, broken: list[str], recovered_s: float) -> Result:
    facts = hear(scene, row.ends)
    findings = judge(facts)
    why = [*broken, *_trouble(scene, facts), *_some(findings)]
    return Result(
        row.name,
        acked=len(facts.acked) + len(facts.asked),
        stored=stored_of(facts),
        lost=len(findings.lost),
        doubled=len(findings.doubled),
        out_of_order=len(findings.out_of_order),
        recovered_s=round(recovered_s, 2),
        passed=not why,
        why=tuple(why),
    )


def _trouble(scene: Scene, facts: Facts) -> list[str]:
    """What no client may be told, processes that ended by themselves, and a scene that proves nothing."""
    troubles = [*scene.customers.trouble, *scene.agents.trouble, *scene.subscriber.trouble]
    ended = [_last_words(scene, name, code) for name, code in scene.formation.lost().items()]
    idle = [] if facts.acked and facts.asked else ["nothing was promised, so this proves nothing"]
    return [*troubles[:_SHOWN], *ended, *idle]


def _last_words(scene: Scene, name: str, code: int) -> str:
    """Why a process ended though nobody asked it to, as far as its log tells."""
    processes = ("web", "worker", "sender", "beat", "ws", "sandbox")
    log = scene.formation.process(name).log_tail() if name in processes else ""
    return f"{name} ended by itself with {code}: {log[-_LAST_WORDS:]}"


def _some(findings: Findings) -> list[str]:
    return [*findings.lost[:_SHOWN], *findings.doubled[:_SHOWN], *findings.out_of_order[:_SHOWN]]
