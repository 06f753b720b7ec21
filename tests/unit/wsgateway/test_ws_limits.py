"""How many frames a client may send."""

from __future__ import annotations

from wsgateway.limits import FRAMES_BURST, FRAMES_PER_S, Allowance


def test_a_burst_is_allowed_and_the_frame_after_it_is_not() -> None:
    allowance = Allowance(0.0)
    assert all(allowance.take(0.0) for _ in range(FRAMES_BURST))
    assert not allowance.take(0.0)


def test_the_steady_rate_never_runs_out() -> None:
    allowance = Allowance(0.0)
    while allowance.take(0.0):
        pass
    assert all(allowance.take(number / FRAMES_PER_S + 0.01) for number in range(1, 200))


def test_silence_earns_one_burst_and_not_more() -> None:
    allowance = Allowance(0.0)
    assert sum(allowance.take(3600.0) for _ in range(2 * FRAMES_BURST)) == FRAMES_BURST
