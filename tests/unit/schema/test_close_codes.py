"""The table of close codes."""

from __future__ import annotations

from schema import close_codes
from schema.close_codes import CLOSE_CODES, CloseCode


def test_every_code_that_has_a_name_is_in_the_table_once() -> None:
    named = [value for value in vars(close_codes).values() if isinstance(value, CloseCode)]
    assert sorted(named) == sorted(CLOSE_CODES)
    assert len({close_code.code for close_code in CLOSE_CODES}) == len(CLOSE_CODES)
    assert len({close_code.name for close_code in CLOSE_CODES}) == len(CLOSE_CODES)


def test_codes_are_standard_ones_or_private_ones() -> None:
    assert all(
        1000 <= close_code.code <= 1014 or 4000 <= close_code.code <= 4999 for close_code in CLOSE_CODES
    )


def test_names_fit_into_a_closing_frame_and_meanings_are_sentences() -> None:
    for close_code in CLOSE_CODES:
        assert len(close_code.name.encode()) <= 123
        assert close_code.meaning.endswith(".")
