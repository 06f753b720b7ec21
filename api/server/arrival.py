"""A request on its way in: how much of it is here, so that no thread has to wait for the rest.

Pure: bytes are fed as they come. Only the framing is looked at (RFC 9112, 6 and 7.1), to know where the request ends;
what is wrong with it is for gunicorn's parser to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto

HEAD_LARGEST = 64 * 1024
_END = b"\r\n"
_BLANK = b"\r\n\r\n"
_HEX = re.compile(rb"[0-9A-Fa-f]{1,16}")


class State(Enum):
    """COMING: wait for more. WHOLE: all of it is here. PART: the body is larger than may wait on its path, or not
    well formed; whoever serves it refuses it, or reads the rest itself. ENDLESS: a head over ``HEAD_LARGEST``.
    """

    COMING = auto()
    WHOLE = auto()
    PART = auto()
    ENDLESS = auto()


class Arrival:
    """One request. ``most(path)`` is how many bytes of a body may wait here for the rest, by the path as sent."""

    def __init__(self, most: Callable[[bytes], int]) -> None:
        self.data = bytearray()
        self.state = State.COMING
        self.expects_continue = False
        """Whether the client sends its body only once told to (100-continue)."""
        self._most = most
        self._step: Callable[[], State] = self._head
        self._at = 0
        self._end = 0
        self._most_here = 0

    @property
    def begun(self) -> bool:
        return bool(self.data)

    @property
    def has_head(self) -> bool:
        return self._step != self._head

    def feed(self, data: bytes) -> State:
        """Take what came, and say how far the request is."""
        self.data += data
        self.state = self._step()
        return self.state

    def _head(self) -> State:
        if self.data.startswith((b"\r", b"\n")):
            # Empty lines before a request mean nothing (RFC 9112, 2.2).
            self.data = self.data.lstrip(_END)
        at = self.data.find(_BLANK, max(0, self._at - len(_BLANK)))
        self._at = len(self.data)
        if at < 0:
            return State.ENDLESS if len(self.data) > HEAD_LARGEST else State.COMING
        self._at = at + len(_BLANK)
        return self._framing(bytes(self.data[:at]).split(_END))

    def _framing(self, lines: list[bytes]) -> State:
        words = lines[0].split(b" ")
        fields = [(name.strip().lower(), value.strip()) for name, _, value in _split(lines[1:])]
        named = dict(fields)
        self._most_here = self._most(words[1].partition(b"?")[0] if len(words) > 1 else b"")
        self.expects_continue = named.get(b"expect", b"").lower() == b"100-continue"
        if b"transfer-encoding" in named:
            self._step = self._chunks
            self._end = self._at + self._most_here
            return self._chunks()
        return self._of_length(named.get(b"content-length", b"0"))

    def _of_length(self, length: bytes) -> State:
        self._step = self._length
        if not length.isdigit() or len(length) > 18 or int(length) > self._most_here:
            return State.PART
        self._end = self._at + int(length)
        return self._length()

    def _length(self) -> State:
        return State.WHOLE if len(self.data) >= self._end else State.COMING

    def _chunks(self) -> State:
        """Go from one chunk's size to the next as far as they are here; ``_at`` is where the next size begins."""
        while (line_end := self.data.find(_END, self._at)) >= 0:
            size = bytes(self.data[self._at : line_end]).partition(b";")[0].rstrip()
            if not _HEX.fullmatch(size):
                return State.PART
            if int(size, 16) == 0:
                return self._trailers(line_end)
            after = line_end + len(_END) + int(size, 16)
            if not _END.startswith(self.data[after : after + len(_END)]):
                return State.PART
            if after + len(_END) > len(self.data):
                return self._more_chunks(after)
            self._at = after + len(_END)
        return self._more_chunks(len(self.data))

    def _trailers(self, line_end: int) -> State:
        return State.WHOLE if self.data.find(_BLANK, line_end) >= 0 else self._more_chunks(len(self.data))

    def _more_chunks(self, until: int) -> State:
        """What frames the chunks may add as much as a head."""
        return State.PART if max(len(self.data), until) > self._end + HEAD_LARGEST else State.COMING


def _split(lines: list[bytes]) -> list[tuple[bytes, bytes, bytes]]:
    return [line.partition(b":") for line in lines]
