"""Small pictures for lists, made once of each picture that comes. A file that is none, or a trap, has none."""

from __future__ import annotations

import io
import threading
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps

LONGEST_SIDE = 320
# Each format is a decoder that reads strangers' bytes: no more of them than WhatsApp sends. The pixels are more
# than it leaves of any photograph or, for WebP, sticker, and take some 150 MB; a bomb of few bytes claims billions.
MOST_PIXELS = {"JPEG": 40_000_000, "PNG": 40_000_000, "WEBP": 8_000_000}
_QUALITY = 78
# However many files come at once, one is open in memory.
_one = threading.Lock()


def thumbnail(file: BinaryIO) -> bytes | None:
    """A WebP picture of at most LONGEST_SIDE a side, without the original's metadata; None where there is none."""
    try:
        with _one, warnings.catch_warnings():
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
