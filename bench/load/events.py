"""The events of the fan-out: each carries its number, by which a subscriber knows that it got each once. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from schema.events import MessageStatus, encode

BYTES = 350
_MARK = b'"revision":'
_FIRST = 1_000_000
_DIGITS = len(str(_FIRST))
_AT = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
_MESSAGE = "0190a000-0000-7000-8000-00000000000c"


def numbered(conversation_id: str, number: int) -> bytes:
    """An event of the bus in JSON, 350 bytes long, that carries ``number`` (below nine million)."""
    # The wamid fills it up, whatever fields the event has.
    bare = len(encode(_event(conversation_id, number, "")))
    return encode(_event(conversation_id, number, "wamid.".ljust(BYTES - bare, "H")))


def _event(conversation_id: str, number: int, wamid: str) -> MessageStatus:
    return MessageStatus(
        conversation_id=conversation_id,
        at=_AT,
        message_id=_MESSAGE,
        status="sent",
        status_times={},
        error=None,
        wamid=wamid,
        revision=_FIRST + number,
    )


def number_in(frame: bytes) -> int | None:
    """The number in whatever frame a server made of such an event; None where it is of something else."""
    at = frame.find(_MARK)
    if at < 0:
        return None
    at += len(_MARK)
    return int(frame[at : at + _DIGITS]) - _FIRST
