"""The frames written here are the library's, byte for byte."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from wsgateway.wire import PING_FRAME, text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 350, 65535, 65536, 70000])
def test_a_text_frame_of_any_length_is_the_librarys(size: int) -> None:
    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


def test_a_ping_is_the_librarys() -> None:
    assert Frame(Opcode.PING, b"").serialize(mask=False) == PING_FRAME
