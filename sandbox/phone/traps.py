"""Files that cost whoever opens them far more than they cost whoever sends them."""

from __future__ import annotations

import io

from PIL import Image

# A whole pass over the picture in which nothing changes: coefficients 6 to 63 of its only component.
_SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x06\x3f\x02"


def slow_jpeg(scans: int = 20_000, side: int = 6_300) -> bytes:
    """A grey picture of some 60 bytes a scan, each of which has a decoder walk all of it, for 3 ms or more."""
    written = io.BytesIO()
    Image.new("L", (side, side), 128).save(written, "JPEG", progressive=True, quality=50)
    whole = written.getvalue()
    start = whole.index(_SCAN)
    end = whole.index(b"\xff", start + len(_SCAN))
    # In a scan 0xFF 0x00 is a byte of it, and no marker.
    while whole[end + 1] == 0:
        end = whole.index(b"\xff", end + 2)
    return whole[:end] + whole[start:end] * scans + whole[end:]
