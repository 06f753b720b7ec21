"""What every request is, and the values that stand in several of them, each with the sentence of what it may not be."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

_EXAMPLE_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def says(sentence: str) -> dict[str, str]:
    """For a Meta's ``extra``: the sentence of a value that is wrong, to be read after the field's name."""
    return {"sentence": sentence}


Id = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        examples=[_EXAMPLE_ID],
        extra=says("is {value!r}, which is no id; ids look like " + _EXAMPLE_ID + "."),
    ),
]
MetaId = Annotated[
    str,
    Meta(
        pattern="^[0-9]{5,32}$",
        examples=["106540352242922"],
        extra=says("is {value!r}; Meta's ids are 5 to 32 digits."),
    ),
]


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for. A request that needs nothing is this."""

    @classmethod
    def joint_problems(cls, valid: dict[str, Any], given: set[str]) -> dict[str, str]:
        """What is wrong of several fields together: ``found`` are those that are right by themselves, ``given`` the
        names of all that were given."""
        return {}
