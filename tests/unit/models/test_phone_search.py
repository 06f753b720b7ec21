"""A phone number is found however it is written, as the console shows it above all."""

from __future__ import annotations

import pytest

from models.conversations.conversations import digits_of


@pytest.mark.parametrize(
    "written",
    [
        "447700900777",
        "+44 770 090 0777",
        "+44 7700 900777",
        "0044 7700 900777",
        "+44 (0)7700 900-777",
        "(+44) 7700.900/777",
        "\u202a+44\u00a07700\u2011900777\u202c",
        "07700 900777",
        "7700900777",
        "900 777",
    ],
)
def test_each_way_to_write_it_is_part_of_its_digits(written: str) -> None:
    assert digits_of(written) in "447700900777"
    assert len(digits_of(written)) >= 6


@pytest.mark.parametrize(("written", "looked_for"), [("007", "007"), ("0", "0"), ("00", "00"), ("+4", "4")])
def test_of_a_few_digits_none_is_taken_for_a_prefix(written: str, looked_for: str) -> None:
    assert digits_of(written) == looked_for


@pytest.mark.parametrize("words", ["Ada 7", "tea", "7 kettles", "", "+", "(0) tea", "100%"])
def test_words_are_looked_for_as_they_are(words: str) -> None:
    assert digits_of(words) in (words, "100")
