"""The buttons of a template message: those that take a parameter get one, and no button is named that is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from whatsapp.fields import mappings, text
from whatsapp.templates.definitions import places

Problem = tuple[str, str]


class _Rule(NamedTuple):
    """How a kind of button is sent: as which ``sub_type``, with which type of parameter; without one, what it takes
    is Meta's to judge."""

    sub_type: str
    parameter: str = ""


# By the type in the template's definition; what is not here is Meta's to judge.
_RULES: Mapping[str, _Rule] = {
    "URL": _Rule("url", "text"),
    "OTP": _Rule("url", "text"),
    "QUICK_REPLY": _Rule("quick_reply", "payload"),
    "COPY_CODE": _Rule("copy_code", "coupon_code"),
    "FLOW": _Rule("flow", "action"),
    "CATALOG": _Rule("catalog", "action"),
    "MPM": _Rule("mpm", "action"),
    "ORDER_DETAILS": _Rule("order_details", "action"),
    "BOOKING_CONFIRMATION": _Rule("booking_confirmation"),
    "REMINDER": _Rule("reminder"),
    "VOICE_CALL": _Rule("voice_call"),
}


def button_problems(
    buttons: list[dict[str, Any]], given: list[dict[str, Any]], path: str
) -> Iterator[Problem]:
    """What is wrong with the components of type button, against the template's own list."""
    seen: set[int] = set()
    for place, component in enumerate(given):
        if component["type"] != "button":
            continue
        where, index = f"{path}[{place}]", _index(component.get("index"))
        if index is None or index >= len(buttons):
            yield f"{where}.index", f"is {component.get('index')!r:.20}; {_range(len(buttons))}"
        elif index in seen:
            yield f"{where}.index", f"is {index} a second time."
        else:
            seen.add(index)
            yield from _button(buttons[index], component, where)
    for index, button in enumerate(buttons):
        if index not in seen and _needs_parameter(button):
            rule = _RULES[text(button, "type").upper()]
            yield (
                path,
                f"need a button with index {index}, sub_type {rule.sub_type} and a parameter {rule.parameter}.",
            )


def _button(button: dict[str, Any], given: dict[str, Any], where: str) -> Iterator[Problem]:
    kind = text(button, "type").upper()
    rule = _RULES.get(kind)
    if rule is None:
        return
    # Meta's own samples write CATALOG in capitals.
    if str(given.get("sub_type")).lower() != rule.sub_type:
        yield (
            f"{where}.sub_type",
            f"is {given.get('sub_type')!r:.30}; the template has {rule.sub_type} there.",
        )
        return
    if not rule.parameter:
        return
    parameters = mappings(given, "parameters")
    if kind == "URL" and not _needs_parameter(button):
        if parameters:
            yield f"{where}.parameters", "must be none: the address of this button has no placeholder."
        return
    most, least = 1, 1 if _needs_parameter(button) else 0
    if not least <= len(parameters) <= most:
        yield f"{where}.parameters", f"must be one of type {rule.parameter}; {len(parameters)} given."
    for index, parameter in enumerate(parameters[:most]):
        if not _takes(rule, str(parameter["type"])):
            yield (
                f"{where}.parameters[{index}].type",
                f"is {parameter['type']}; this button takes {rule.parameter}.",
            )


def _takes(rule: _Rule, kind: str) -> bool:
    # Meta's older samples send the payload of a quick reply as text.
    return kind == rule.parameter or (rule.parameter == "payload" and kind == "text")


def _needs_parameter(button: dict[str, Any]) -> bool:
    kind = text(button, "type").upper()
    if kind == "URL":
        return bool(places(text(button, "url")))
    return kind in ("OTP", "COPY_CODE", "MPM", "ORDER_DETAILS")


def _index(value: Any) -> int | None:
    """Meta takes the index as a number and as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 3:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _range(count: int) -> str:
    if count == 0:
        return "the template has no buttons."
    return f"the template's buttons are 0 to {count - 1}." if count > 1 else "the template's one button is 0."
