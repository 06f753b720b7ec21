"""Whether a template message fits its template: parameters of the right kinds, in the right number.

Meta answers such mistakes with 132000, 132012 or 132018 after the message was queued; here each is named by
its path before. The shape of the message itself is checked earlier (whatsapp/outbound/limits.py). What a template has
that is not known here is Meta's to judge. Source: Meta, Cloud API > Guides > Send message templates (2026-09).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from whatsapp.fields import mapping, mappings, text
from whatsapp.templates.buttons import button_problems
from whatsapp.templates.definitions import UNSENDABLE, Template, part_of, places

Problem = tuple[str, str]
_TEXTS = ("text", "currency", "date_time")
# Headers that take one parameter, and its type. Others (PRODUCT) are Meta's to judge.
_HEADERS = {
    "IMAGE": "image",
    "VIDEO": "video",
    "DOCUMENT": "document",
    "LOCATION": "location",
    "GIF": "video",
}


def template_problems(template: Template, content: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with ``content``, the ``template`` object of a message: path -> sentence.

    Empty where it may be sent, or where only the template's name is known.
    """
    problems: dict[str, str] = {}
    if template.status in UNSENDABLE:
        problems["template.name"] = (
            f"is {template.status} at Meta, so it cannot be sent; choose another template."
        )
    if template.components is not None:
        given = mappings(dict(content), "components")
        for path, sentence in _components(template.components, given, template.named, "template.components"):
            problems.setdefault(path, sentence)
    return problems


def _components(
    parts: Sequence[dict[str, Any]], given: list[dict[str, Any]], named: bool, path: str
) -> Iterator[Problem]:
    yield from _twice(given, path)
    yield from _texts_and_header(parts, given, named, path)
    yield from button_problems(mappings(part_of(parts, "BUTTONS"), "buttons"), given, path)
    yield from _cards(mappings(part_of(parts, "CAROUSEL"), "cards"), given, named, path)
    offer = mapping(part_of(parts, "LIMITED_TIME_OFFER"), "limited_time_offer")
    if offer.get("has_expiration") is True and _place_of("limited_time_offer", given) is None:
        yield path, "need one of type limited_time_offer, with the time at which the offer ends."


def _twice(given: list[dict[str, Any]], path: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, component in enumerate(given):
        kind = str(component["type"])
        if kind in seen and kind != "button":
            yield f"{path}[{index}].type", f"is a second {kind}; put all its parameters into one."
        seen.add(kind)


def _texts_and_header(
    parts: Sequence[dict[str, Any]], given: list[dict[str, Any]], named: bool, path: str
) -> Iterator[Problem]:
    header, body = part_of(parts, "HEADER"), part_of(parts, "BODY")
    kind = text(header, "format").upper()
    if kind in _HEADERS:
        yield from _media_header(_HEADERS[kind], given, path)
    elif kind in ("TEXT", ""):
        yield from _filled("header", places(text(header, "text")), given, named, path)
    yield from _filled("body", places(text(body, "text")), given, named, path)


def _place_of(kind: str, given: list[dict[str, Any]]) -> int | None:
    return next((index for index, component in enumerate(given) if component["type"] == kind), None)


def _parameters(kind: str, given: list[dict[str, Any]], path: str) -> tuple[list[dict[str, Any]], str]:
    """The parameters given for a component, and the path to name: of the component, or of all of them."""
    index = _place_of(kind, given)
    if index is None:
        return [], path
    return mappings(given[index], "parameters"), f"{path}[{index}].parameters"


def _media_header(kind: str, given: list[dict[str, Any]], path: str) -> Iterator[Problem]:
    parameters, where = _parameters("header", given, path)
    if len(parameters) != 1:
        yield where, f"need one {kind} for the header; {_count(parameters)} given."
    elif parameters[0]["type"] != kind:
        yield f"{where}[0].type", f"is {parameters[0]['type']}; the template's header is of type {kind}."


def _filled(
    kind: str, wanted: tuple[str, ...], given: list[dict[str, Any]], named: bool, path: str
) -> Iterator[Problem]:
    parameters, where = _parameters(kind, given, path)
    for index, parameter in enumerate(parameters):
        if parameter["type"] not in _TEXTS:
            yield f"{where}[{index}].type", f"is {parameter['type']}; the template's {kind} takes text here."
    if named and wanted:
        yield from _by_name(kind, wanted, parameters, where)
    elif len(parameters) != len(wanted):
        marks = f" ({', '.join('{{' + name + '}}' for name in wanted)})" if wanted else ""
        yield where, f"of the {kind} must be {len(wanted)}{marks}; {_count(parameters)} given."


def _by_name(
    kind: str, wanted: tuple[str, ...], parameters: list[dict[str, Any]], where: str
) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, parameter in enumerate(parameters):
        name = text(parameter, "parameter_name")
        if name not in wanted:
            known = ", ".join(wanted)
            yield f"{where}[{index}].parameter_name", f"is {name[:60]!r}; the {kind} has {known}."
        elif name in seen:
            yield f"{where}[{index}].parameter_name", f"is {name!r} a second time."
        seen.add(name)
    missing = [name for name in wanted if name not in seen]
    if missing:
        yield where, f"of the {kind} lack {', '.join(missing)}."


def _cards(
    cards: list[dict[str, Any]], given: list[dict[str, Any]], named: bool, path: str
) -> Iterator[Problem]:
    index = _place_of("carousel", given)
    if index is None:
        if cards:
            yield path, f"need one of type carousel, with the template's {len(cards)} cards."
        return
    sent = mappings(given[index], "cards")
    where = f"{path}[{index}].cards"
    if len(sent) != len(cards):
        yield where, f"must be {len(cards)}, as the template has; {_count(sent)} given."
        return
    for place, (card, one) in enumerate(zip(cards, sent, strict=True)):
        inner = f"{where}[{place}].components"
        yield from _components(mappings(card, "components"), mappings(one, "components"), named, inner)


def _count(parameters: Sequence[Any]) -> str:
    return f"{len(parameters)} {'is' if len(parameters) == 1 else 'are'}" if parameters else "none is"
