"""Reading what a client sent: bounded bytes, JSON, and fields checked all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import falcon
import msgspec

from api.errors import ApiError
from ground.ids import is_id

_JSON_DEPTH = "the JSON is nested too deep"


def read(req: falcon.Request, limit: int) -> bytes:
    """The raw body, at most ``limit`` bytes. Raises ApiError: too_large, unsupported_media_type.

    A chunked body has no length and reads as empty through ``bounded_stream``; gunicorn's own stream decodes
    it, and ends.
    """
    encoding = req.get_header("Content-Encoding") or "identity"
    if encoding.lower() != "identity":
        raise ApiError(
            "unsupported_media_type", f"Content-Encoding {encoding[:40]!r} is not taken; send the body plain."
        )
    length = req.content_length
    if length is not None and length > limit:
        raise too_large(limit)
    chunked = "chunked" in (req.get_header("Transfer-Encoding") or "").lower()
    stream = req.stream if chunked else req.bounded_stream
    body: bytes = stream.read(limit + 1)
    if len(body) > limit:
        raise too_large(limit)
    return body


def too_large(limit: int) -> ApiError:
    """413 for a body over ``limit`` bytes."""
    return ApiError(
        "too_large",
        f"The body is larger than {limit} bytes, the most this path takes.",
        headers={"Connection": "close"},
    )


def read_object(req: falcon.Request, limit: int) -> Fields:
    """The body as a JSON object. Raises ApiError: bad_json, invalid, and those of ``read``."""
    kind = (req.content_type or falcon.MEDIA_JSON).partition(";")[0].strip().lower()
    if kind != falcon.MEDIA_JSON:
        raise ApiError(
            "unsupported_media_type", f"Content-Type {kind[:60]!r} is not taken; send application/json."
        )
    body = read(req, limit)
    try:
        value = msgspec.json.decode(body or b"{}")
    except RecursionError:
        raise ApiError("bad_json", f"The body cannot be read: {_JSON_DEPTH}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ApiError("bad_json", f"The body is not JSON: {_where(body, error)}.") from None
    if not isinstance(value, dict):
        raise ApiError(
            "invalid", "The body must be a JSON object.", fields={"": "is no object; write {...}."}
        )
    return Fields(value)


def _where(body: bytes, error: Exception) -> str:
    """The error with line and column instead of a byte offset."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 (byte {error.start})"
    text, _, tail = str(error).partition(" (byte ")
    offset = int(tail.rstrip(")")) if tail.rstrip(")").isdecimal() else len(body)
    before = body[:offset]
    return f"{text} at line {before.count(10) + 1}, column {offset - (before.rfind(10) + 1) + 1}"


class Fields:
    """The fields of a request. Every getter notes what is wrong; ``check`` raises all of it at once."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self._known: set[str] = set()
        self.problems: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def names(self, name: str) -> bool:
        """Whether the field is there, be it null."""
        return name in self._values

    def value(self, name: str) -> Any:
        self._known.add(name)
        return self._values.get(name)

    def text(self, name: str, *, required: bool = False, longest: int = 500) -> str | None:
        value = self.value(name)
        if value is None or value == "":
            if required:
                self.problems[name] = "is missing or empty."
            return None
        problem = _text_problem(value, longest)
        if problem is not None:
            self.problems[name] = problem
            return None
        return str(value)

    def id(self, name: str, *, required: bool = False) -> str | None:
        value = self.text(name, required=required)
        if value is not None and not is_id(value):
            self.problems[name] = f"is {value[:60]!r}, which is no id; ids look like {_EXAMPLE}."
            return None
        return value

    def words(self, name: str, *, most: int, longest: int) -> list[str] | None:
        """A list of different short texts, in the order given; None where the field is absent."""
        value = self.value(name)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) > most:
            self.problems[name] = f"must be a list of at most {most} texts."
            return None
        for index, each in enumerate(value):
            problem = _text_problem(each, longest) or ("is empty." if not each.strip() else None)
            if problem is not None:
                self.problems[f"{name}[{index}]"] = problem
        return None if self.problems else list(dict.fromkeys(value))

    def flag(self, name: str) -> bool:
        value = self.value(name)
        if value is not None and not isinstance(value, bool):
            self.problems[name] = f"is {_kind(value)}; write true or false."
        return value is True

    def canonical(self) -> bytes:
        """The fields as JSON with sorted keys: equal for requests that mean the same."""
        return msgspec.json.encode(self._values, order="sorted")

    def wrong(self, problems: dict[str, str]) -> None:
        self.problems |= problems

    def check(self) -> None:
        """Raise ApiError ``invalid`` naming every wrong and every unknown field, if there is any."""
        for name in self._values.keys() - self._known:
            self.problems[str(name)[:60]] = f"is not known here; known are {', '.join(sorted(self._known))}."
        raise_invalid(self.problems)


_EXAMPLE = "01890a5d-ac96-774b-bcce-b302099a8057"


def _text_problem(value: Any, longest: int) -> str | None:
    if not isinstance(value, str):
        return f"is {_kind(value)}; write text."
    if len(value) > longest:
        return f"has {len(value)} characters; at most {longest} are taken."
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        return "holds a NUL or half a surrogate pair; leave it out."
    return None


def raise_invalid(problems: dict[str, str]) -> None:
    """Raise ``invalid`` where there are problems: field -> sentence, to be read after the field's name."""
    if problems:
        raise ApiError("invalid", _in_short(problems), fields=problems)


def _in_short(problems: dict[str, str]) -> str:
    if len(problems) > 1:
        return f"{len(problems)} fields are wrong: {', '.join(sorted(problems))}."
    ((name, sentence),) = problems.items()
    return f"{name} {sentence}"


def _kind(value: Any) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "of another type")


class Query:
    """The query string, read the same way: every wrong and unknown parameter is named at once."""

    def __init__(self, req: falcon.Request, known: Iterable[str]) -> None:
        self._req = req
        self.problems = {
            name[:60]: f"is not known here; known are {', '.join(sorted(known))}."
            for name in req.params
            if name not in known
        }

    def text(self, name: str, longest: int = 200) -> str | None:
        value = self._req.get_param(name)
        if value and (len(value) > longest or "\x00" in value):
            self.problems[name] = f"is longer than {longest} characters, or holds a NUL."
            return None
        return value or None

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self._req.get_param(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdecimal() and len(value) < 10 and least <= int(value) <= most):
            self.problems[name] = f"is {value[:20]!r}; write a whole number from {least} to {most}."
            return default
        return int(value)

    def flag(self, name: str) -> bool | None:
        value = self._req.get_param(name)
        if value not in (None, "true", "false"):
            self.problems[name] = f"is {value[:20]!r}; write true or false."
        return None if value is None else value == "true"

    def parsed(self, name: str, read: Callable[[str], Any]) -> Any:
        """The parameter through ``read``, whose ValueError says what is wrong; None where it is absent."""
        value = self._req.get_param(name)
        if value is None:
            return None
        try:
            return read(value)
        except ValueError as error:
            self.problems[name] = str(error)
            return None

    def check(self) -> None:
        raise_invalid(self.problems)
