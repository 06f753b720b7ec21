"""The Procfile's lines, by name."""

from __future__ import annotations

from pathlib import Path

from honcho.environ import parse_procfile

from engines.errors import EngineError

PROCFILE = Path(__file__).resolve().parents[1] / "Procfile"

# Run once before the others; the rest run until they are stopped.
RELEASE = "release"


class Procfile:
    """A Procfile's commands. Raises EngineError where the file or a line asked for is missing."""

    def __init__(self, path: Path = PROCFILE) -> None:
        self.path = path
        try:
            self.lines: dict[str, str] = dict(parse_procfile(path.read_text()).processes)
        except OSError as error:
            raise EngineError(f"{path}: {error.strerror}") from None

    def arguments(self, name: str) -> list[str]:
        """The line ``name`` as a command: a shell that reads it and becomes it, so that its id is the program's."""
        if name not in self.lines:
            raise EngineError(f"{self.path} has no line {name!r}; it has {', '.join(self.lines)}.")
        return ["/bin/sh", "-c", f"exec {self.lines[name]}"]
