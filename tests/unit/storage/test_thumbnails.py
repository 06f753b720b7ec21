"""Small pictures: of what is a picture, small, without metadata, and never at a stranger's price."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sandbox.phone.traps import slow_jpeg
from storage.thumbnail_child import made_apart
from storage.thumbnails import LONGEST_SIDE, MOST_CPU_S, thumbnail


def picture(size: tuple[int, int], form: str, mode: str = "RGB", **more: Any) -> io.BytesIO:
    made = io.BytesIO()
    Image.new(mode, size, "teal").save(made, form, **more)
    made.seek(0)
    return made


def opened(made: bytes | None) -> Image.Image:
    assert made is not None
    return Image.open(io.BytesIO(made))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "small"), [((1600, 800), (320, 160)), ((300, 900), (107, 320)), ((40, 30), (40, 30))]
)
def test_a_picture_is_shrunk_and_never_grown(
    form: str, size: tuple[int, int], small: tuple[int, int]
) -> None:
    result = opened(thumbnail(picture(size, form)))
    assert (result.format, result.size) == ("WEBP", small)


def test_see_through_stays_see_through() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (500, 500), (0, 0, 0, 0)).save(made, "PNG")
    made.seek(0)
    assert opened(thumbnail(made)).mode == "RGBA"


def test_a_picture_taken_sideways_is_turned_and_its_place_forgotten() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "A camera"
    result = opened(thumbnail(picture((800, 400), "JPEG", exif=exif)))
    assert result.size == (160, 320)
    assert not result.getexif()


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PDF"])
def test_other_forms_are_not_opened(form: str) -> None:
    assert thumbnail(picture((400, 400), form)) is None


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0" + b"\0" * 50, b"<svg/>"])
def test_what_is_no_picture_has_none(content: bytes) -> None:
    assert thumbnail(io.BytesIO(content)) is None


def test_a_picture_cut_short_has_none() -> None:
    whole = picture((900, 900), "PNG").getvalue()
    assert thumbnail(io.BytesIO(whole[: len(whole) // 2])) is None


def test_a_bomb_is_not_defused_but_left_alone() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000)) + chunk(b"IEND", b"")
    )
    began = time.monotonic()
    assert thumbnail(io.BytesIO(bomb)) is None
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(("form", "side"), [("WEBP", 3000), ("PNG", 6400), ("JPEG", 6400)])
def test_more_pixels_than_whatsapp_sends_are_not_decoded(form: str, side: int) -> None:
    assert thumbnail(picture((side, side), form)) is None


def test_the_longest_side_is_what_lists_need() -> None:
    assert LONGEST_SIDE == 320


def apart(content: bytes, directory: Path, **how: Any) -> bytes | None:
    path = directory / "picture"
    path.write_bytes(content)
    with path.open("rb") as file:
        return made_apart(file, directory, **how)


def test_one_made_apart_is_the_same(tmp_path: Path) -> None:
    whole = picture((1600, 800), "JPEG")
    assert apart(whole.getvalue(), tmp_path) == thumbnail(whole)


def test_one_that_takes_minutes_is_given_up_after_seconds(tmp_path: Path) -> None:
    began = os.times()
    assert apart(slow_jpeg(), tmp_path) is None
    ended = os.times()
    assert ended.children_user - began.children_user < MOST_CPU_S + 1


@pytest.mark.parametrize(("form", "mode"), [("PNG", "RGBA"), ("JPEG", "RGB")])
def test_the_largest_picture_that_is_taken_fits_the_childs_limits(
    form: str, mode: str, tmp_path: Path
) -> None:
    more = {"progressive": True, "quality": 30} if form == "JPEG" else {"compress_level": 1}
    content = picture((6300, 6300), form, mode, **more).getvalue()
    assert apart(content, tmp_path, deadline_s=90) is not None


def test_the_child_has_nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spy = "import os; print(dict(os.environ), sorted(os.listdir('/proc/self/fd')), end='')"
    monkeypatch.setenv("WHATSAPP_ACCESS_TOKEN", "a secret")
    result = apart(b"", tmp_path, program=spy)
    assert result is not None
    assert b"a secret" not in result
    # Its three streams, and the directory it looks into.
    assert b"['0', '1', '2', '3']" in result
