"""Every shape Meta sends, from tests/fixtures/webhooks: a new shape is a new file there, and nothing here.

``expect`` names what must come out, list by list; a field it does not name may be anything, a list it does
not name must be empty. ``raw`` of an other update is compared as JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from whatsapp.inbound.webhooks import parse

SHAPES = sorted((Path(__file__).parents[2] / "fixtures" / "webhooks").glob("*.json"))
LISTS = (
    *("messages", "amendments", "statuses", "others"),
    *("calls", "preferences", "templates", "numbers", "payments", "groups", "tests"),
)


def plain(update: Any) -> Any:
    fields = msgspec.json.decode(msgspec.json.encode(update))
    return fields | {"raw": json.loads(update.raw)} if hasattr(update, "raw") else fields


def without_strangers(read: Any, expected: Any) -> Any:
    """``found`` reduced to what ``expected`` names, so that a failure shows the two side by side."""
    if isinstance(expected, dict) and isinstance(read, dict):
        return {key: without_strangers(read.get(key), value) for key, value in expected.items()}
    if isinstance(expected, list) and isinstance(read, list) and len(read) == len(expected):
        return [without_strangers(*pair) for pair in zip(read, expected, strict=True)]
    return read


@pytest.mark.parametrize("path", SHAPES, ids=lambda path: path.stem)
def test_a_delivery_becomes_the_updates_it_holds(path: Path) -> None:
    shape = json.loads(path.read_text())
    updates = parse(json.dumps(shape["delivery"]).encode())
    for name in LISTS:
        expected = shape["expect"].get(name, [])
        read = [plain(update) for update in getattr(updates, name)]
        assert without_strangers(read, expected) == expected


def test_there_is_a_shape_for_every_inbound_type_meta_names() -> None:
    names = {path.stem for path in SHAPES}
    types = {
        "text",
        "image",
        "video",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "reaction",
        "button",
    }
    types |= {"order", "edit", "revoke", "unsupported", "request_welcome", "ephemeral", "voice_legacy"}
    assert types <= names


def test_every_shape_expects_something() -> None:
    assert [path.stem for path in SHAPES if not json.loads(path.read_text())["expect"]] == []
