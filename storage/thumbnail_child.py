"""One small picture, made in a process of its own: what it may cost is bounded by the system, and a decoder that
breaks, or is broken into, has no part of ours. It gets no environment, no connection and no file but the picture."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

import PIL

from storage import thumbnails

# Its limit is on its own time at work (thumbnails.MOST_CPU_S); this is for a machine that gives it none.
DEADLINE_S = 15.0
# It looks for modules where they are known to be and nowhere else: what the site adds takes longer than a picture.
PROGRAM = "import sys; sys.path += sys.argv[1:]; from storage.thumbnails import main; main()"
_PLACES = [str(Path(module).resolve().parents[1]) for module in (thumbnails.__file__, PIL.__file__)]


def made_apart(
    file: BinaryIO, directory: Path, *, deadline_s: float = DEADLINE_S, program: str = PROGRAM
) -> bytes | None:
    """The thumbnail of a file of the system; None where there is none, or where it costs too much.

    ``directory`` is where it may be written on its way here.
    """
    with tempfile.TemporaryFile(dir=directory) as made:
        try:
            subprocess.run(  # noqa: S603  the one program it ever is
                [sys.executable, "-I", "-S", "-c", program, *_PLACES],
                stdin=file,
                stdout=made,
                stderr=subprocess.DEVNULL,
                env={},
                timeout=deadline_s,
                check=True,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
        made.seek(0)
        return made.read() or None
