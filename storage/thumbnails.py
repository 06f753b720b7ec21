"""Small pictures for lists. A file that is none, or a trap, has none.

``main`` is a program: a picture on stdin, its small picture on stdout, or nothing. So is it run for every file that
comes (storage/thumbnail_child.py), and so this imports nothing of Parley: a decoder that reads strangers' bytes has no
business beside tokens and connections.
"""

from __future__ import annotations

import io
import os
import resource
import sys
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps, WebPImagePlugin  # noqa: F401  or saving one looks through all plugins

LONGEST_SIDE = 320
# Each format is a decoder that reads strangers' bytes: no more of them than WhatsApp sends. The pixels are more
# than it leaves of any photograph or, for WebP, sticker, and take some 150 MB; a bomb of few bytes claims billions.
MOST_PIXELS = {"JPEG": 40_000_000, "PNG": 40_000_000, "WEBP": 8_000_000}
# The largest picture allowed takes some 350 MB of it, and 1.5 s.
MOST_MEMORY = 768 * 1024 * 1024
MOST_CPU_S = 4
LARGEST_MADE = 1024 * 1024
_QUALITY = 78


def thumbnail(file: BinaryIO) -> bytes | None:
    """A WebP picture of at most LONGEST_SIDE a side, without the original's metadata; None where there is none.

    Bounded in pixels and not in time: that is for the process it runs in.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=tuple(MOST_PIXELS)) as picture:
                return _shrunk(picture)
    except Exception:  # Whatever a decoder makes of a stranger's bytes, it is no fault of the message's.
        return None


def _shrunk(picture: Image.Image) -> bytes | None:
    if picture.width * picture.height > MOST_PIXELS[picture.format or ""]:
        return None
    # Before anything that copies it whole; of JPEG, only a fraction is decoded.
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    turned = ImageOps.exif_transpose(picture)
    made = io.BytesIO()
    turned.convert("RGBA" if turned.has_transparency_data else "RGB").save(made, "WEBP", quality=_QUALITY)
    return made.getvalue()


def _limit() -> None:
    """From here on this process may cost no more than one picture is worth, and comes after all others."""
    for kind, most in (
        (resource.RLIMIT_CPU, MOST_CPU_S),
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_FSIZE, LARGEST_MADE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    os.nice(10)


def main() -> None:
    _limit()
    sys.stdout.buffer.write(thumbnail(sys.stdin.buffer) or b"")
