"""The one line a list shows of a message."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.preview import LONGEST, preview


@pytest.mark.parametrize(
    ("kind", "content", "line"),
    [
        ("text", {"body": "Hello"}, "Hello"),
        ("text", {"body": "  two\n\n lines\t"}, "two lines"),
        ("image", {"caption": "A cat"}, "A cat"),
        ("image", {"caption": ""}, "Photo"),
        ("document", {"caption": "Read me", "filename": "a.pdf"}, "Read me"),
        ("document", {"filename": "a.pdf"}, "a.pdf"),
        ("location", {"address": "Castle Street"}, "Castle Street"),
        ("interactive", {"button_reply": {"title": "Yes"}}, "Yes"),
        ("interactive", {"list_reply": {"title": "Tuesday"}}, "Tuesday"),
        ("interactive", {"body": {"text": "Choose one"}}, "Choose one"),
        ("template", {"name": "order_confirmation"}, "order_confirmation"),
        ("contacts", [{"name": {}}], "Contact"),
        ("hologram", {"body": "?"}, "Message of type hologram"),
        ("text", None, "Message of type text"),
        ("text", {"body": {"not": "text"}}, "Message of type text"),
        ("interactive", {"button_reply": ["not", "an", "object"]}, "Interactive message"),
    ],
)
def test_a_message_is_told_in_the_persons_words_else_by_its_type(kind: str, content: Any, line: str) -> None:
    assert preview(kind, content) == line


def test_a_text_of_nothing_but_space_is_told_by_its_type() -> None:
    assert preview("image", {"caption": " \n "}) == "Photo"


@given(st.text(), st.text())
def test_it_is_one_line_of_bounded_length(kind: str, words: str) -> None:
    line = preview(kind, {"body": words}) + preview("text", {"body": words})
    assert "\n" not in preview("text", {"body": words})
    assert len(line) <= 2 * LONGEST
