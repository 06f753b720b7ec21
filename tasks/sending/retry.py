"""When a refused message is tried again. Pure: the table of classes decides, and how often it was tried."""

from __future__ import annotations

import random

from settings import Settings
from whatsapp.errors import ErrorClass, GraphProblem

# Meta's advice for one person: wait 4^n seconds (131056).
_PAIR_BASE = 4.0
# A held number tries one message this often, or seldomer and seldomer where only Meta can mend it.
_HELD_S, _HELD_CAP_S = 60.0, 3600.0
# A message that may alone be to blame lets others be tried before it, which acquits the number.
_ASIDE_S = 2 * _HELD_S
_LONGEST_RETRY_AFTER_S = 3600.0
# Once with the copy Meta had, once with a fresh one.
_MEDIA_ATTEMPTS = 2
HELD = frozenset({ErrorClass.AUTH, ErrorClass.QUALITY, ErrorClass.ACCOUNT})
"""Classes that are the number's, and not the message's: everything it sends is held."""


def delay_s(
    problem: GraphProblem, attempts: int, age_s: float, retry_after_s: float | None, settings: Settings
) -> float | None:
    """Seconds until the next attempt, or None where the refusal is final; 0 where the number is held instead.

    ``attempts`` counts those made, ``age_s`` is the message's age. Meta's Retry-After is heeded even where it is
    longer than the cap on our own backoff.
    """
    if problem.kind is ErrorClass.MEDIA and attempts < _MEDIA_ATTEMPTS:
        return settings.sending.retry_base_s
    if not problem.retried:
        return None
    if problem.kind is ErrorClass.AUTH:  # mended by whoever sets a token, however long that takes
        return 0.0
    if age_s > settings.sending.give_up_s:
        return None
    if problem.kind in HELD:
        return _ASIDE_S if problem.perhaps_of_the_message else 0.0
    backoff = min(_backoff(problem.kind, attempts, settings), settings.sending.retry_cap_s)
    return max(backoff, heeded_s(retry_after_s))


def heeded_s(retry_after_s: float | None) -> float:
    """How long Meta is waited for, where it asks for that: an hour at most, so that a number or a conversation
    whose head waits is held for a bounded time."""
    return min(retry_after_s or 0.0, _LONGEST_RETRY_AFTER_S)


def hold_s(problem: GraphProblem, times: int) -> float:
    """Seconds until a held number tries one message, after its ``times``-th refusal."""
    if problem.kind is ErrorClass.AUTH or problem.mended_by_people or problem.perhaps_of_the_message:
        return _HELD_S
    return float(min(_HELD_S * 2.0 ** min(times - 1, 30), _HELD_CAP_S))


def _backoff(kind: ErrorClass, attempts: int, settings: Settings) -> float:
    if kind is ErrorClass.THROTTLED_PAIR:
        return float(_PAIR_BASE ** min(attempts, 15))
    return backoff_s(attempts, settings.sending.retry_base_s, settings.sending.retry_cap_s)


def backoff_s(attempts: int, base_s: float, cap_s: float) -> float:
    """Seconds after the n-th failure: doubling from the base up to the cap, with jitter.

    Full jitter would let a retry come at once; half of it keeps a floor.
    """
    return float(min(base_s * 2.0 ** min(attempts - 1, 30), cap_s) * random.uniform(0.5, 1.0))
