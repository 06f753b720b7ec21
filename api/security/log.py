"""The security log: who got in, who was refused, and from where. One line each, among the process's other logs.

Lines name agents by id, addresses and reasons; never a token, a password, the e-mail address that was typed, a
body or a digest that would have been right. What strangers can trigger is bounded, and logins and logouts are not:
past ``MOST`` lines of a kind in a minute they are counted, and the count is logged when the minute is over.
(OWASP ASVS 5.0, 16.3)
"""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import NamedTuple

import falcon
import structlog

from api.middleware.headers import address_of

MOST = 30
WINDOW_S = 60.0
LEFT_OUT = "security_lines_left_out"
_log = structlog.get_logger("api.security")


class Kind(StrEnum):
    """What is logged, by the name of the line."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGIN_THROTTLED = "login_throttled"
    LOGOUT = "logout"
    ROLE_REFUSED = "role_refused"
    ORIGIN_REFUSED = "origin_refused"
    SIGNATURE_REFUSED = "signature_refused"
    VERIFICATION_REFUSED = "verification_refused"
    RATE_LIMITED = "rate_limited"


class Meaning(NamedTuple):
    """How a line is logged: its level, its fields beside the address, what it says."""

    level: str
    fields: str
    told: str


MEANINGS = {
    Kind.LOGIN: Meaning("info", "agent", "An agent logged in."),
    Kind.LOGIN_FAILED: Meaning(
        "warning", "agent, reason", "A wrong password, a disabled agent, or (agent null) an unknown account."
    ),
    Kind.LOGIN_THROTTLED: Meaning("warning", "agent", "A login was not looked at, after too many (429)."),
    Kind.LOGOUT: Meaning("info", "agent", "An agent logged out."),
    Kind.ROLE_REFUSED: Meaning("warning", "agent, method, path", "What takes an admin was asked for (403)."),
    Kind.ORIGIN_REFUSED: Meaning("warning", "method, path", "A page of another origin was refused (403)."),
    Kind.SIGNATURE_REFUSED: Meaning("warning", "reason", "A delivery was not signed by Meta (401)."),
    Kind.RATE_LIMITED: Meaning("warning", "limit, path", "Somebody asked for more than one may (429)."),
    Kind.VERIFICATION_REFUSED: Meaning("warning", "reason", "Not Meta's verification of the callback (403)."),
}


class SecurityLog:
    """Writes the lines of one process. Safe from several threads."""

    def __init__(self, most: int = MOST, window_s: float = WINDOW_S) -> None:
        self._most = most
        self._window_s = window_s
        self._counting = threading.Lock()
        self._counts: dict[Kind, int] = {}

    def tell(self, kind: Kind, req: falcon.Request, **fields: str | None) -> None:
        """One line about a request, unless there were too many of its kind."""
        if self._counted(kind):
            write = _log.info if MEANINGS[kind].level == "info" else _log.warning
            write(kind.value, address=address_of(req), **fields)

    def _counted(self, kind: Kind) -> bool:
        """Whether there is room for one more; the first of a window has it end by itself. What only somebody with a
        password can bring about is always told."""
        if MEANINGS[kind].level == "info":
            return True
        with self._counting:
            count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count == 1:
            timer = threading.Timer(self._window_s, self._end_window, (kind,))
            timer.daemon = True
            timer.start()
        return count <= self._most

    def _end_window(self, kind: Kind) -> None:
        with self._counting:
            left_out = self._counts.pop(kind) - self._most
        if left_out > 0:
            _log.warning(LEFT_OUT, kind=kind.value, count=left_out)
