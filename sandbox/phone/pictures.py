"""Small pictures made in code, so that a customer can send an image or a sticker without any file."""

from __future__ import annotations

import functools
import io
import struct
import zlib

from PIL import Image, ImageDraw


def sample_png(width: int = 240, height: int = 160) -> bytes:
    """A PNG of a sunset over water, ``width`` by ``height`` pixels."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes(_colour(x / width, y / height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, data)
        for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    )


def _colour(x: float, y: float) -> tuple[int, int, int]:
    sun = (x - 0.5) ** 2 * 2.25 + (y - 0.52) ** 2
    if y > 0.62:
        glint = 90 if abs(x - 0.5) < 0.09 and int(y * 48) % 2 else 0
        return (38 + glint, int(70 + 60 * (1 - y)) + glint, int(120 + 60 * (1 - y)))
    if sun < 0.03:
        return (255, 226, 140)
    return (int(245 - 60 * (0.62 - y)), int(120 + 120 * y), int(110 + 60 * (0.62 - y)))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@functools.cache
def sample_sticker() -> bytes:
    """A smiling face on nothing, as stickers are: WebP, 512 by 512 pixels."""
    face = Image.new("RGBA", (512, 512))
    pen = ImageDraw.Draw(face)
    pen.ellipse((32, 32, 480, 480), fill="#ffd54a", outline="#e0a800", width=12)
    for left in (160, 304):
        pen.ellipse((left, 170, left + 48, 242), fill="#4a3200")
    pen.arc((140, 190, 372, 400), 20, 160, fill="#4a3200", width=18)
    written = io.BytesIO()
    face.save(written, "WEBP", lossless=True)
    return written.getvalue()
