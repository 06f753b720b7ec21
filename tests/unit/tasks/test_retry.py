"""When a refused message is tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import Settings, groups
from tasks.sending.retry import HELD, delay_s, heeded_s, hold_s
from whatsapp.errors import RETRIED, ErrorClass, GraphProblem

SETTINGS = Settings(sending=groups.Sending(retry_base_s=1.0, retry_cap_s=300.0, give_up_s=86400.0))
FINAL = sorted(set(ErrorClass) - RETRIED - {ErrorClass.MEDIA})
PATIENT = sorted(RETRIED - HELD)


def problem(kind: ErrorClass, code: int = 1) -> GraphProblem:
    return GraphProblem(code, "", "", kind)


def delay(
    kind: ErrorClass, attempts: int = 1, age_s: float = 0.0, retry_after_s: float | None = None
) -> float | None:
    return delay_s(problem(kind), attempts, age_s, retry_after_s, SETTINGS)


@pytest.mark.parametrize("kind", FINAL)
def test_a_final_refusal_is_not_tried_again_whatever_retry_after_says(kind: ErrorClass) -> None:
    assert delay(kind) is None
    assert delay(kind, retry_after_s=5) is None


def test_a_file_meta_could_not_process_is_tried_once_more_with_a_fresh_copy() -> None:
    assert [delay(ErrorClass.MEDIA, attempts=n) for n in (1, 2, 3)] == [1.0, None, None]


@pytest.mark.parametrize("kind", sorted(HELD))
def test_what_is_the_numbers_fault_waits_for_the_number_alone(kind: ErrorClass) -> None:
    assert delay(kind, attempts=1000, retry_after_s=30) == delay(kind) == 0.0


def test_what_waits_for_a_token_waits_however_old_it_is() -> None:
    assert delay(ErrorClass.AUTH, age_s=1e9) == 0.0


def test_a_number_without_a_good_token_is_tried_once_a_minute() -> None:
    assert {hold_s(problem(ErrorClass.AUTH), times) for times in (1, 2, 50)} == {60.0}


@pytest.mark.parametrize("kind", [ErrorClass.QUALITY, ErrorClass.ACCOUNT])
def test_a_number_that_only_meta_can_mend_is_tried_seldomer_and_seldomer(kind: ErrorClass) -> None:
    assert [hold_s(problem(kind), times) for times in (1, 2, 3, 7, 10_000)] == [
        60.0,
        120.0,
        240.0,
        3600.0,
        3600.0,
    ]


@pytest.mark.parametrize("code", [33, 100, 131045, 133010])
def test_a_number_that_people_mend_is_tried_once_a_minute(code: int) -> None:
    assert {hold_s(problem(ErrorClass.ACCOUNT, code), times) for times in (1, 2, 50)} == {60.0}


@pytest.mark.parametrize("code", [131058, 132069, 134011, 135000])
def test_a_message_that_may_alone_be_to_blame_lets_others_be_tried_before_it(code: int) -> None:
    doubtful = problem(ErrorClass.ACCOUNT, code)
    wait = delay_s(doubtful, 1, 0.0, None, SETTINGS)
    assert wait is not None
    assert wait > hold_s(doubtful, 50)


@pytest.mark.parametrize("kind", sorted(RETRIED - {ErrorClass.AUTH}))
def test_a_message_refused_for_a_day_is_given_up(kind: ErrorClass) -> None:
    assert delay(kind, age_s=86399) is not None
    assert delay(kind, age_s=86401) is None


def test_one_person_is_left_alone_for_4_to_the_n_seconds() -> None:
    assert [delay(ErrorClass.THROTTLED_PAIR, attempts=n) for n in (1, 2, 3, 4)] == [4.0, 16.0, 64.0, 256.0]


@pytest.mark.parametrize(("attempts", "least", "most"), [(1, 0.5, 1.0), (2, 1.0, 2.0), (5, 8.0, 16.0)])
def test_a_passing_fault_doubles_the_wait_with_jitter(attempts: int, least: float, most: float) -> None:
    delays = {delay(ErrorClass.TRANSIENT, attempts=attempts) for _ in range(100)}
    assert len(delays) > 50
    assert least <= min(wait or 0 for wait in delays) <= max(wait or 0 for wait in delays) <= most


@pytest.mark.parametrize("asked_s", [30.0, 1800.0])
def test_metas_retry_after_is_heeded_past_our_own_cap_too(asked_s: float) -> None:
    assert delay(ErrorClass.THROTTLED_NUMBER, retry_after_s=asked_s) == asked_s


def test_metas_retry_after_holds_nobody_for_longer_than_an_hour() -> None:
    assert delay(ErrorClass.THROTTLED_NUMBER, retry_after_s=999_999) == heeded_s(999_999) == 3600.0


def test_a_short_retry_after_does_not_shorten_the_backoff() -> None:
    assert delay(ErrorClass.THROTTLED_PAIR, attempts=3, retry_after_s=1) == 64.0


@given(
    st.sampled_from(PATIENT),
    st.integers(1, 10**6),
    st.none() | st.floats(0, 1e7, allow_nan=False),
)
def test_no_wait_is_nothing_and_none_is_past_the_cap_but_by_metas_wish(
    kind: ErrorClass, attempts: int, retry_after_s: float | None
) -> None:
    wait = delay(kind, attempts, retry_after_s=retry_after_s)
    assert wait is not None
    assert 0 < wait <= max(300.0, heeded_s(retry_after_s))
