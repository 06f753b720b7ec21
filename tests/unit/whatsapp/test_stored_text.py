"""What is altered before Postgres sees it, and nothing else."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.text import Unreadable, clean, needs_repair, plain_name, repair

ANY_TEXT = st.text(st.characters(exclude_categories=()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=10,
)


@given(st.text())
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert clean(text) == text.replace("\x00", "\ufffd")


def test_each_refused_character_becomes_a_replacement_of_its_own() -> None:
    assert clean("a\x00\ud800b\udfff") == "a\ufffd\ufffdb\ufffd"


def test_keys_and_depths_are_cleaned_too() -> None:
    assert clean({"k\x00": [{"x": "\ud83d"}]}) == {"k\ufffd": [{"x": "\ufffd"}]}


def test_what_is_no_text_is_not_touched() -> None:
    assert clean([1, None, True, 1.5]) == [1, None, True, 1.5]


@pytest.mark.parametrize(
    ("body", "mended"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'"\xff\xfe"', "\ufffd\ufffd"),
        (b'"a\\u0000b"', "a\ufffdb"),
        (b'"a\x00b"', "a\ufffdb"),
        (b'"\\ud83d alone"', "\ufffd alone"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"[NaN,Infinity,-Infinity]", [None, None, None]),
        (b"[1e999]", [None]),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'"line\nbreak\ttab"', "line\nbreak\ttab"),
        (b"123456789012345678", 123456789012345678),
        (b"1234567890123456789", "1234567890123456789"),
        (b"-" + b"9" * 5000, "-" + "9" * 299),
    ],
)
def test_a_body_is_mended(body: bytes, mended: Any) -> None:
    assert json.loads(repair(body)) == mended


@pytest.mark.parametrize("body", [b"", b"{", b"hello", b'{"a":1} trailing', b'"\\x"', b"\x1f\x8b\x08\x00"])
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="not JSON"):
        repair(body)


def test_json_nested_past_all_reason_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="nested too deep"):
        repair(b"[" * 100_000 + b"]" * 100_000)


def test_only_an_escaped_nul_asks_for_repair_beforehand() -> None:
    assert needs_repair(b'{"a":"\\u0000"}')
    assert not needs_repair(b'{"a":"u0000"}')


@given(JSON)
def test_whatever_is_mended_postgres_can_hold(value: Any) -> None:
    mended = repair(json.dumps(value).encode())
    text = mended.decode()
    msgspec.json.decode(mended)
    assert "\x00" not in text
    assert "\\u0000" not in text.replace("\\\\", "")


@given(st.binary(max_size=60))
def test_bytes_are_mended_or_unreadable_and_nothing_else(body: bytes) -> None:
    with contextlib.suppress(Unreadable):
        msgspec.json.decode(repair(body))


TURNING = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]


@pytest.mark.parametrize("code", TURNING, ids=hex)
def test_a_name_loses_what_turns_the_direction_of_writing_and_a_text_keeps_it(code: int) -> None:
    assert plain_name(f"report{chr(code)}gnp.exe") == "reportgnp.exe"
    assert clean(f"text{chr(code)}") == f"text{chr(code)}"


def test_names_that_are_written_from_right_to_left_stay() -> None:
    for name in ("\u0645\u062d\u0645\u062f", "\u05d3\u05d5\u05d3 Levi", "\U0001f469\u200d\U0001f4bb"):
        assert plain_name(name) == name
