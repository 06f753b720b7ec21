"""Cursors: opaque text that comes back as it went, or is refused with a sentence."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.page import Cursor, decode_cursor, encode_cursor


@given(st.lists(st.text(), max_size=4), st.booleans())
def test_a_cursor_comes_back_as_it_went(values: list[str], backwards: bool) -> None:
    cursor = Cursor(tuple(values), backwards)
    assert decode_cursor(encode_cursor(cursor), backwards) == cursor


@given(st.lists(st.text(), max_size=4))
def test_a_cursor_needs_no_escaping_in_a_link(values: list[str]) -> None:
    text = encode_cursor(Cursor(tuple(values)))
    assert all(character.isascii() and (character.isalnum() or character in "-_") for character in text)


def encoded(json: bytes) -> str:
    return base64.urlsafe_b64encode(json).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "not base64!",
        "é",
        "\ud800",
        "====",
        encoded(b"hello"),
        encoded(b"{}"),
        encoded(b"[1]"),
        encoded(b'[["a"]]'),
        encoded(b'["\xff"]'),
        encoded(b'["a"'),
        encoded(b'["a"]') + "\n",
    ],
)
def test_text_that_is_no_cursor_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(ValueError, match="next or prev link"):
        decode_cursor(text, False)


@given(st.text())
def test_any_text_is_a_cursor_or_a_value_error(text: str) -> None:
    try:
        decode_cursor(text, False)
    except ValueError as error:
        assert "is no cursor" in str(error)  # noqa: PT017 - most texts raise, some do not
