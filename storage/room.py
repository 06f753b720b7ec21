"""Whether files can be written where they are written until they are whole: tried, because only that tells."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from ground.trouble import Trouble

# More than one block, which a full disk may still have.
_BYTES = 64 * 1024
_FULL = {errno.ENOSPC, errno.EDQUOT}
_ROOM = (
    "Make room on its disk, or set MEDIA_RETENTION_DAYS; what came meanwhile is fetched once there is room."
)
_RIGHTS = "Let the users of web, worker and sender, and this one, write to MEDIA_DIR."


def try_writing(directory: Path) -> None:
    """Write a file there and delete it. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory) as file:
        file.write(os.urandom(_BYTES))
        file.flush()
        os.fsync(file.fileno())


def trouble_of(error: OSError) -> Trouble:
    """What such an error says of the directory, and what mends it."""
    text = (error.strerror or type(error).__name__).lower()
    return Trouble(f"takes no files: {text}", _ROOM if error.errno in _FULL else _RIGHTS)
