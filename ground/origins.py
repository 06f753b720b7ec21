"""Pages of which origins may use the API and the sockets: one rule for both."""

from __future__ import annotations

import re
from collections.abc import Collection

# A developer's own pages, on whatever port their tool serves them.
_THIS_MACHINE = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?")


def may_come(origin: str, origins: Collection[str], development: bool) -> bool:
    """Whether a page of this origin may: one that is named, and in development any of this machine."""
    return origin in origins or (development and _THIS_MACHINE.fullmatch(origin) is not None)
