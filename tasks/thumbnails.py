"""Small pictures for lists, made once of each picture that comes. A file that is none, or a trap, has none."""

from __future__ import annotations

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps

LONGEST_SIDE = 320
# What a phone's camera makes, twice over. A bomb of few bytes may claim billions.
MOST_PIXELS = 100_000_000
# Each format is a decoder that reads strangers' bytes: no more of them than WhatsApp sends.
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 78


def thumbnail(file: BinaryIO) -> bytes | None:
    """A WebP picture of at most LONGEST_SIDE a side, without the original's metadata; None where there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=_FORMATS) as picture:
                return _shrunk(picture)
    except Exception:  # Whatever a decoder makes of a stranger's bytes, it is no fault of the message's.
        return None


def _shrunk(picture: Image.Image) -> bytes | None:
    if picture.width * picture.height > MOST_PIXELS:
        return None
    # JPEG is decoded at a fraction of its size at once.
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    turned = ImageOps.exif_transpose(picture)
    turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    made = io.BytesIO()
    turned.convert("RGBA" if turned.has_transparency_data else "RGB").save(made, "WEBP", quality=_QUALITY)
    return made.getvalue()
