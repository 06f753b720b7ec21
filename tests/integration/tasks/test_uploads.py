"""Meta's copies of uploaded files: used again, and made anew where Meta refused one."""

from __future__ import annotations

from typing import Any

import pytest

from models.messages import uploads
from tasks.sending.uploader import Uploader

NUMBER, OTHER = "1065", "1066"


def nested(key: str) -> list[Any]:
    """Messages with a file at different depths."""
    image = {"image": {"id": key}}
    return [
        {"id": key},
        {"type": "button", "header": {"type": "image"} | image, "action": {"buttons": []}},
        {"components": [{"type": "header", "parameters": [{"type": "image"} | image]}]},
    ]


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("depth", range(3))
def test_a_refused_file_is_given_to_meta_again_wherever_it_stands(depth: int) -> None:
    file = uploads.add(None, "ab" * 32, 10, "image/png", "a.png")
    for number in (NUMBER, OTHER):
        uploads.note_copy(file, number, f"{number}-copy")
    Uploader(None, None).forget(nested(file.id)[depth], NUMBER)  # type: ignore[arg-type]
    assert uploads.copy_at_meta(file, NUMBER) is None
    assert uploads.copy_at_meta(file, OTHER) == f"{OTHER}-copy"
