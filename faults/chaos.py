"""Chaos: rows of the table strike at random while both journeys are under load. The seed is the plan."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from faults.expect import expect
from faults.play import reasons
from faults.scene import Scene
from faults.tables.all import ROWS
from faults.tables.row import OR_UNCONFIRMED, Row

_FIRST_S, _GAP_S = 2.0, (1.0, 6.0)
_LONGEST = 10.0
# Few messages to each, over the whole of it: Meta lets one through every 6 s.
_CROWD = 240


class Strike(NamedTuple):
    """When a row strikes, in seconds from the beginning, and its extent. One that is still at it delays the next."""

    at_s: float
    row: Row
    extent: float

    def __str__(self) -> str:
        return f"{self.at_s:6.1f} s  {self.row.name} ({self.extent:g})"


def plan(seed: int, seconds: float, rows: Sequence[Row] = ROWS) -> list[Strike]:
    """The strikes of a seed: the same ones at the same times, whatever the machine."""
    dice = random.Random(seed)
    fit = [row for row in rows if row.in_chaos]
    strikes, at = [], _FIRST_S
    while at < seconds:
        row = dice.choice(fit)
        extent = float(round(dice.uniform(row.short, max(row.short, min(row.long, _LONGEST)))))
        strikes.append(Strike(round(at, 1), row, extent))
        at += min(extent, _LONGEST) + dice.uniform(*_GAP_S)
    return strikes


def chaos(strikes: Sequence[Strike], say: Callable[[str], None] = lambda _: None) -> Row:
    """All of these as one row: they strike in their turn, and the oracle judges once, at the end."""
    return Row(
        "chaos",
        f"{len(strikes)} rows at random",
        "nothing lost, doubled or out of order",
        partial(_wreak, strikes=strikes, say=say),
        ends=OR_UNCONFIRMED,
        within_s=90,
        crowd=_CROWD,
    )


def _wreak(scene: Scene, strikes: Sequence[Strike], say: Callable[[str], None]) -> None:
    """What one finds broken does not keep the others from striking."""
    began, broken = time.monotonic(), []
    for strike in strikes:
        time.sleep(max(0.0, began + strike.at_s - time.monotonic()))
        scene.extent = strike.extent
        why = reasons(scene, partial(strike.row.strike, scene))
        say(f"{strike}{': ' if why else ''}{'; '.join(why)}")
        broken += [f"{strike.row.name}: {reason}" for reason in why]
        scene.ended_at = None
    expect(not broken, "; ".join(broken))
