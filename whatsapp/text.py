"""Text that Postgres can hold: the one place where what Meta sent is altered before it is stored.

Postgres text refuses NUL, and jsonb refuses NUL, lone surrogates, NaN and Infinity. Each such character
becomes U+FFFD, each such number null, so that the message stays visible; the rest is untouched. Names, of files
and of people, lose what turns the direction of writing too: what somebody writes in Arabic or Hebrew needs that, a
name does not, and with it ``exe.png`` is shown where the file is ``gnp.exe`` (Unicode Technical Report 36, 2.5).
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

_REFUSED = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"
# The marks, embeddings, overrides and isolates of Unicode Standard Annex 9: all that has Bidi_Control.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MOST_DIGITS = 300


class Unreadable(ValueError):
    """The bytes are not JSON, even read generously; the text says why."""


def clean(value: Any) -> Any:
    """``value``, decoded JSON, with every character that Postgres refuses replaced."""
    if isinstance(value, str):
        return _REFUSED.sub(_REPLACEMENT, value)
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return value


def plain_name(name: str) -> str:
    """A name of a file or of a person without the characters that turn the direction of writing. For names only."""
    return _TURNING.sub("", name)


def needs_repair(body: bytes) -> bool:
    """Whether well-formed JSON holds an escaped NUL. (Lone surrogates fail to decode at all.)"""
    return b"\\u0000" in body


def repair(body: bytes) -> bytes:
    """``body`` as clean JSON in UTF-8: bad bytes, a BOM, NUL, lone surrogates, NaN and huge integers mended.

    Raises Unreadable where it is not JSON or nested too deep to be read.
    """
    text = body.decode("utf-8-sig", "replace")
    try:
        value = json.loads(text, strict=False, parse_constant=lambda _: None, parse_int=_integer)
        return msgspec.json.encode(clean(value))
    except RecursionError:
        raise Unreadable("the JSON is nested too deep") from None
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from None


def _integer(digits: str) -> int | str:
    # Past this Python refuses to convert (CVE-2020-10735), and no field of Meta's is that long: keep the digits.
    return int(digits) if len(digits) <= 18 else digits[:_MOST_DIGITS]
