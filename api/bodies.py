"""Reading what a client sent: bounded bytes, strict JSON, and requests checked all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import falcon
import msgspec
from falcon.media import BaseHandler

from api.errors import ApiError
from schema import reading
from schema.reading import Problems, Valid
from schema.requests import Request

Asked = TypeVar("Asked", bound=Request)
Also = Callable[[Valid], Problems]
_JSON_DEPTH = "the JSON is nested too deep"


class HouseRequest(falcon.Request):
    """A request as people and programs really send it."""

    def __init__(self, env: dict[str, Any], options: falcon.RequestOptions | None = None) -> None:
        super().__init__(env, options)
        if self.content_type:  # in lower case, as media types are compared (RFC 9110, 8.3.1)
            kind, mark, parameters = self.content_type.partition(";")
            self.content_type = f"{kind.lower()}{mark}{parameters}"

    @property
    def bounded_stream(self) -> Any:
        """In chunks it has no length, and reads as empty through Falcon's; gunicorn's decodes it, and ends."""
        chunked = "chunked" in (self.get_header("Transfer-Encoding") or "").lower()
        return self.stream if chunked else super().bounded_stream


class StrictJson(BaseHandler):
    """Falcon's media handler for JSON, at most ``limit`` bytes of it, with line and column of what is wrong."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def deserialize(self, stream: Any, content_type: str | None, content_length: int | None) -> Any:
        """Raises ApiError: bad_json, too_large."""
        body = _read(stream, content_length, self._limit)
        try:
            return msgspec.json.decode(body or b"{}")
        except RecursionError:
            raise ApiError("bad_json", f"The body cannot be read: {_JSON_DEPTH}.") from None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ApiError("bad_json", f"The body is not JSON: {_where(body, error)}.") from None

    def serialize(self, media: Any, content_type: str) -> bytes:
        return msgspec.json.encode(media)


def read(
    req: falcon.Request, asked: type[Asked], also: Also | None = None, besides: Also | None = None
) -> Asked:
    """The body as a request; ``also`` and ``besides`` say what else is wrong with its fields (schema/reading.py).

    Raises Refused invalid, naming every wrong and every unknown field, and those of ``read_object``.
    """
    return reading.read(asked, read_object(req), also, besides)


def read_query(req: falcon.Request, asked: type[Asked], also: Also | None = None) -> Asked:
    """The query string as a request, the same way; of a parameter that is there twice the last counts."""
    texts = {name: req.get_param(name) or "" for name in req.params}
    return reading.read_query(asked, texts, also)


def read_object(req: falcon.Request) -> dict[str, Any]:
    """The body as a JSON object. Raises ApiError: bad_json, invalid, too_large, unsupported_media_type."""
    _check_encoding(req)
    try:
        value = req.get_media()
    except falcon.HTTPUnsupportedMediaType:
        kind = (req.content_type or "").partition(";")[0].strip().lower()
        raise ApiError(
            "unsupported_media_type", f"Content-Type {kind[:60]!r} is not taken; send application/json."
        ) from None
    if not isinstance(value, dict):
        raise ApiError(
            "invalid", "The body must be a JSON object.", fields={"": "is no object; write {...}."}
        )
    return value


def read_bytes(req: falcon.Request, limit: int) -> bytes:
    """The raw body, at most ``limit`` bytes. Raises ApiError: too_large, unsupported_media_type."""
    _check_encoding(req)
    return _read(req.bounded_stream, req.content_length, limit)


def too_large(limit: int) -> ApiError:
    """413 for a body over ``limit`` bytes."""
    return ApiError(
        "too_large",
        f"The body is larger than {limit} bytes, the most this path takes.",
        headers={"Connection": "close"},
    )


def _read(stream: Any, length: int | None, limit: int) -> bytes:
    if length is not None and length > limit:
        raise too_large(limit)
    body: bytes = stream.read(limit + 1)
    if len(body) > limit:
        raise too_large(limit)
    return body


def _check_encoding(req: falcon.Request) -> None:
    encoding = req.get_header("Content-Encoding") or "identity"
    if encoding.lower() != "identity":
        raise ApiError(
            "unsupported_media_type", f"Content-Encoding {encoding[:40]!r} is not taken; send the body plain."
        )


def _where(body: bytes, error: Exception) -> str:
    """The error with line and column instead of a byte offset."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 (byte {error.start})"
    text, _, tail = str(error).partition(" (byte ")
    offset = int(tail.rstrip(")")) if tail.rstrip(")").isdecimal() else len(body)
    before = body[:offset]
    return f"{text} at line {before.count(10) + 1}, column {offset - (before.rfind(10) + 1) + 1}"
