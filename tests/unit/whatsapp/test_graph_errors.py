"""One table of Meta's errors, held against the classes the design names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp import errors
from whatsapp.errors import ADVICE, RETRIED, ErrorClass, classify, from_error

# After Meta, WhatsApp error codes (2026-06).
TABLE: dict[ErrorClass, list[int]] = {
    ErrorClass.TRANSIENT: [1, 2, 131000, 131016, 131057, 133004],
    ErrorClass.THROTTLED_NUMBER: [4, 80007, 130429],
    ErrorClass.THROTTLED_PAIR: [131056],
    ErrorClass.QUALITY: [131048],
    ErrorClass.MEDIA: [131052, 131053],
    ErrorClass.AUTH: [0, 190, 3, 10, 200, 250, 299, 131005],
    ErrorClass.WINDOW_CLOSED: [131047],
    ErrorClass.LATER: [131049],
    ErrorClass.RECIPIENT: [131026, 131050, 130472, 130497, 131021, 131030, 131062, 137000],
    ErrorClass.CONTENT: [
        *(100, 131008, 131009, 131051, 130501, 132000, 132001, 132005, 132007, 132008, 132012, 132015),
        *(132016, 132018, 132068, 131063),
    ],
    ErrorClass.ACCOUNT: [
        *(33, 368, 131031, 131037, 131042, 131044, 131045, 131058, 131064, 132069, 133010, 134011, 135000),
    ],
}
ROWS = [(code, kind) for kind, codes in TABLE.items() for code in codes]


@pytest.mark.parametrize(("code", "kind"), ROWS)
def test_each_code_has_its_class_whatever_the_http_status(code: int, kind: ErrorClass) -> None:
    assert {classify(code, status) for status in (None, 400, 401, 429, 500)} == {kind}


def test_every_class_has_advice_and_codes_but_where_the_answer_was_lost() -> None:
    assert set(TABLE) | {ErrorClass.UNCONFIRMED} == set(ErrorClass) == set(ADVICE)
    assert all(len(advice) > 20 for advice in ADVICE.values())


def test_no_code_is_in_two_classes() -> None:
    codes = [code for kind in errors.CODES_OF.values() for code in kind]
    assert len(codes) == len(set(codes))


def test_only_what_meta_certainly_did_not_take_is_tried_again_by_itself() -> None:
    patient = {ErrorClass.TRANSIENT, ErrorClass.THROTTLED_NUMBER, ErrorClass.THROTTLED_PAIR}
    assert patient | {ErrorClass.QUALITY, ErrorClass.AUTH, ErrorClass.ACCOUNT} == RETRIED


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, ErrorClass.THROTTLED_NUMBER),
        (401, ErrorClass.AUTH),
        (500, ErrorClass.TRANSIENT),
        (503, ErrorClass.TRANSIENT),
        (400, ErrorClass.CONTENT),
        (404, ErrorClass.CONTENT),
        (None, ErrorClass.CONTENT),
    ],
)
def test_a_code_nobody_knows_goes_by_the_http_status(status: int | None, kind: ErrorClass) -> None:
    assert classify(999_999, status) is kind
    assert classify(None, status) is kind


def test_metas_own_word_that_it_will_pass_is_believed_of_an_unknown_code() -> None:
    assert classify(999_999, 400, transient=True) is ErrorClass.TRANSIENT


def test_metas_own_word_does_not_overrule_the_table() -> None:
    assert from_error({"code": 131047, "is_transient": True}).kind is ErrorClass.WINDOW_CLOSED


def test_the_details_say_more_than_the_message() -> None:
    problem = from_error({"code": 131009, "message": "(#131009)", "error_data": {"details": "Too long"}})
    assert (problem.code, problem.title, problem.details) == (131009, "(#131009)", "Too long")


def test_a_title_is_kept_before_the_message() -> None:
    assert from_error({"title": "Undeliverable", "message": "x"}).title == "Undeliverable"


def test_an_empty_error_still_makes_a_problem_a_person_can_read() -> None:
    problem = from_error({})
    assert (problem.code, problem.title, problem.kind) == (None, "Unknown error", ErrorClass.CONTENT)
    assert problem.advice


@pytest.mark.parametrize("subcode", [33, "33"])
def test_the_subcode_tells_a_number_nobody_knows_from_a_wrong_parameter(subcode: object) -> None:
    problem = from_error({"code": 100, "error_subcode": subcode, "message": "does not exist"}, 400)
    assert (problem.code, problem.kind) == (100, ErrorClass.ACCOUNT)
    assert from_error({"code": 100, "error_subcode": 2388023}, 400).kind is ErrorClass.CONTENT


def test_a_code_that_comes_as_text_is_a_code() -> None:
    problem = from_error({"code": "131042", "title": "Payment"})
    assert (problem.code, problem.kind) == (131042, ErrorClass.ACCOUNT)


@pytest.mark.parametrize("code", TABLE[ErrorClass.ACCOUNT])
def test_what_concerns_the_number_names_it_and_says_what_to_do(code: int) -> None:
    problem = from_error({"code": code})
    assert "The number 106540352242922 " in problem.of("106540352242922").advice
    assert problem.advice.startswith("The number ")
    assert len(problem.advice) > 80


def test_the_advice_to_a_number_that_is_not_registered_is_to_register_it() -> None:
    assert "Register it" in from_error({"code": 133010}).of("1065").advice
    assert "Phone number ID" in from_error({"code": 100, "error_subcode": 33}).of("1065").advice


@pytest.mark.parametrize("code", [True, "19x", "", None, 1.5, [190]])
def test_a_code_that_is_no_whole_number_is_no_code(code: object) -> None:
    assert from_error({"code": code}).code is None


def test_long_texts_of_metas_are_bounded() -> None:
    problem = from_error({"title": "t" * 9999, "message": "m" * 9999})
    assert (len(problem.title), len(problem.details)) == (500, 2000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from(["code", "title", "message", "error_data", "is_transient"]), JSON),
    st.integers(100, 599) | st.none(),
)
def test_no_error_of_metas_makes_it_raise(error: dict[str, object], status: int | None) -> None:
    assert from_error(error, status).advice
