"""Phone numbers as people write them: read where they mean one number everywhere, refused where they may mean another.

The console says the same before it asks (console/format/phone.js).
"""

from __future__ import annotations

import re

# With what a phone's address book and a web page put around digits: thin blanks, dashes, marks of direction.
_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_PHONE = re.compile(r"[1-9][0-9]{5,14}")
_ABROAD = re.compile(r"\+|00")
_SHOWN = 40


def read(text: str) -> str:
    """The digits of a number with its country code: "0044 7700 900-123" -> "447700900123".

    Raises ValueError with what is wrong, to be read after the name of the field.
    """
    shown = f"is “{text.strip()[:_SHOWN]}”"
    if _TRUNK_ZERO.search(text):
        raise ValueError(
            f"{shown}: the (0) is dialled in some countries and not in others. "
            "Write it as it is dialled from abroad, such as +44 7700 900123."
        )
    digits = _PUNCTUATION.sub("", text)
    abroad = _ABROAD.match(digits)
    digits = digits[abroad.end() :] if abroad else digits
    if not abroad and digits.startswith("0"):
        raise ValueError(
            f"{shown}: it begins with 0, so its country code is missing. "
            "Write it with the code and without that 0, such as +44 7700 900123."
        )
    if not _PHONE.fullmatch(digits):
        raise ValueError(f"{shown}, which is no phone number with country code, such as +44 7700 900123.")
    return digits
