"""A number that may be another person's is refused; the console reads the same list (tests/unit/console)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schema import phone_numbers

EXAMPLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "console" / "phones.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("text", "digits"), EXAMPLES["read"].items())
def test_a_number_that_means_one_person_is_read(text: str, digits: str) -> None:
    assert phone_numbers.read(text) == digits


@pytest.mark.parametrize(("text", "why"), EXAMPLES["refused"].items())
def test_a_number_that_may_mean_another_is_refused_with_what_was_written_and_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"^is “") as refused:
        phone_numbers.read(text)
    assert text.strip() in str(refused.value)
    assert why in str(refused.value)
