"""What goes wrong while starting or stopping a server."""

from __future__ import annotations


class EngineError(Exception):
    """A server cannot be started, or ended early; the text says why and what to do."""


class PortBusy(EngineError):
    """Somebody else listens on the port asked for."""


class AlreadyRunning(EngineError):
    """The data directory is in use by a living process; ``pid`` is its id."""

    def __init__(self, text: str, pid: int) -> None:
        super().__init__(text)
        self.pid = pid
