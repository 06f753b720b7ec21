"""Reading a request: a mapping into its struct (schema/requests), with every wrong field named at once.

msgspec stops at the first thing that is wrong; a person mends a request in one go. So the struct says what each field
may be, and this walks what it says. A field that is null or an empty text is one that is not there, except where the
struct takes null beside UNSET, which tells "forget it" from "leave it".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import inspect

from schema.errors import refuse_wrong
from schema.requests import Request

Asked = TypeVar("Asked", bound=Request)
Problems = dict[str, str]
Valid = dict[str, Any]
_SHOWN, _SHORT, _LONGEST = 60, 20, 500
_WHOLE = re.compile("[0-9]{1,9}")
_TEXTS = inspect.StrType | inspect.LiteralType


class _Field(NamedTuple):
    """One field of a struct: its name in JSON, what it may be, and the struct's own sentences for what it may not, and
    for where it is missing."""

    name: str
    kind: inspect.Type
    sentence: str
    missing: str
    required: bool
    forgettable: bool


def read(
    asked: type[Asked],
    values: Mapping[str, Any],
    also: Callable[[Valid], Problems] | None = None,
    besides: Callable[[Valid], Problems] | None = None,
) -> Asked:
    """The request that ``values``, decoded JSON, make. ``also`` is handed the fields that are right, by name, and
    says what else is wrong of them. So does ``besides``, which is asked only where something is wrong: a verb checks
    that by itself, and what is refused anyway is refused for all of its reasons at once.

    Raises Refused ``invalid``, naming every wrong and every unknown field.
    """
    valid, problems = _read(asked, values)
    problems |= asked.joint_problems(
        valid, {name for name, value in values.items() if value not in (None, "")}
    )
    if also is not None:
        problems |= also(valid)
    if problems and besides is not None:
        problems |= besides(valid)
    refuse_wrong(problems)
    return asked(**valid)


def read_query(
    asked: type[Asked], texts: Mapping[str, str], also: Callable[[Valid], Problems] | None = None
) -> Asked:
    """The request that the parameters of a query string make, as ``read`` does: texts stand for the numbers and flags
    that the struct says they are. Raises Refused ``invalid``."""
    fields = _fields(asked)
    values = {
        name: _meant(fields[name].kind, text) if name in fields else text for name, text in texts.items()
    }
    return read(asked, values, also)


def _meant(kind: inspect.Type, text: str) -> Any:
    """What a text stands for; the text itself where it is nothing of the kind."""
    if isinstance(kind, inspect.BoolType):
        return {"true": True, "false": False}.get(text, text)
    if isinstance(kind, inspect.IntType) and _WHOLE.fullmatch(text) and _fits(kind, int(text)):
        return int(text)
    return text


def _read(asked: type[Any], values: Mapping[str, Any]) -> tuple[Valid, Problems]:
    fields = _fields(asked)  # type: ignore[arg-type] # a class is hashable
    valid: Valid = {}
    problems = {str(name)[:_SHOWN]: _unknown(fields) for name in values if name not in fields}
    for name, field in fields.items():
        value = values.get(name)
        if value is None or (value == "" and isinstance(field.kind, _TEXTS)):
            if field.required:
                problems[name] = field.missing
            elif field.forgettable and name in values:
                valid[name] = None
            continue
        wrong = dict(_wrong(field.kind, field.sentence, name, value))
        problems |= wrong
        if not wrong:
            valid[name] = _made(field.kind, value)
    return valid, problems


def _unknown(fields: Mapping[str, Any]) -> str:
    known = ", ".join(sorted(fields))
    return (
        f"is not known here; known {'is' if len(fields) == 1 else 'are'} {known}."
        if known
        else "is not known here."
    )


@functools.cache
def _fields(asked: type[Any]) -> dict[str, _Field]:
    info = inspect.type_info(asked)
    assert isinstance(info, inspect.StructType)
    return {field.encode_name: _field(field) for field in info.fields}


def _field(field: inspect.Field) -> _Field:
    kind, sentence = _bare(field.type, "")
    extra = field.type.extra if isinstance(field.type, inspect.Metadata) else None
    missing = (extra or {}).get("missing", "is missing or empty.")
    # Besides None it has UNSET, which msgspec tells by no default.
    forgettable = not field.required and field.default is msgspec.NODEFAULT and _may_be_null(field.type)
    return _Field(field.encode_name, kind, sentence, missing, field.required, forgettable)


def _may_be_null(kind: inspect.Type) -> bool:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return isinstance(kind, inspect.UnionType) and any(
        isinstance(choice, inspect.NoneType) for choice in kind.types
    )


def _bare(kind: inspect.Type, sentence: str) -> tuple[inspect.Type, str]:
    """What a field may be besides null, and the sentence beside it."""
    while isinstance(kind, inspect.Metadata):
        sentence = (kind.extra or {}).get("sentence", sentence)
        kind = kind.type
    if not isinstance(kind, inspect.UnionType):
        return kind, sentence
    (one,) = [choice for choice in kind.types if not isinstance(choice, inspect.NoneType)]
    return _bare(one, sentence)


def _wrong(kind: inspect.Type, sentence: str, path: str, value: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with a value: path -> sentence."""
    if isinstance(kind, inspect.StructType):
        yield from _wrong_object(kind, sentence, path, value)
    elif isinstance(kind, inspect.ListType):
        yield from _wrong_list(kind, path, value)
    elif said := _said(kind, sentence, value):
        yield path, said


def _said(kind: inspect.Type, sentence: str, value: Any) -> str | None:
    if isinstance(kind, inspect.StrType):
        return _of_text(kind, sentence, value)
    if isinstance(kind, inspect.LiteralType):
        choices = ", ".join(str(choice) for choice in kind.values)
        text = sentence or f"is {{value!r}}; write one of {choices}."
        return None if value in kind.values else text.format(value=str(value)[:_SHOWN])
    if isinstance(kind, inspect.BoolType):
        return None if isinstance(value, bool) else f"is {_kind(value)}; write true or false."
    if isinstance(kind, inspect.FloatType | inspect.IntType):
        return None if _fits(kind, value) else sentence or f"is {_kind(value)}; write {_range(kind)}."
    assert isinstance(kind, inspect.AnyType), kind
    return None


def _of_text(kind: inspect.StrType, sentence: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return f"is {_kind(value)}; write text."
    longest = kind.max_length or _LONGEST
    if len(value) > longest:
        return f"has {len(value)} characters; at most {longest} are taken."
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        return "holds a NUL or half a surrogate pair; leave it out."
    if kind.pattern is not None and not re.fullmatch(kind.pattern, value):
        return sentence.format(value=value[:_SHOWN])
    return None


def _fits(kind: inspect.FloatType | inspect.IntType, value: Any) -> bool:
    right = int | float if isinstance(kind, inspect.FloatType) else int
    if isinstance(value, bool) or not isinstance(value, right):
        return False
    least = kind.gt is None or value > kind.gt
    return least and (kind.ge is None or value >= kind.ge) and (kind.le is None or value <= kind.le)


def _range(kind: inspect.FloatType | inspect.IntType) -> str:
    whole = isinstance(kind, inspect.IntType) and kind.ge is not None and kind.le is not None
    return f"a whole number from {kind.ge} to {kind.le}" if whole else "a number"


def _wrong_list(kind: inspect.ListType, path: str, value: Any) -> Iterator[tuple[str, str]]:
    most = kind.max_length
    if not isinstance(value, list) or (most is not None and len(value) > most):
        yield path, f"must be a list of at most {most} texts." if most else "must be a list."
        return
    item, sentence = _bare(kind.item_type, "")
    for index, item_value in enumerate(value):
        place = f"{path}[{index}]"
        if isinstance(item_value, str) and not item_value.strip():
            yield place, "is empty."
        else:
            yield from _wrong(item, sentence, place, item_value)


def _wrong_object(
    kind: inspect.StructType, sentence: str, path: str, value: Any
) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield path, sentence or "is no object; write {...}."
        return
    for name, said in _read(kind.cls, value)[1].items():
        yield f"{path}.{name}", said


def _made(kind: inspect.Type, value: Any) -> Any:
    return kind.cls(**_read(kind.cls, value)[0]) if isinstance(kind, inspect.StructType) else value


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return f"{value[:_SHORT]!r}"
    names = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "of another type")
