"""The templates that outboundtypes speaks of and a sandbox does not begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faults.house import House

BODY = {"type": "BODY", "text": "Hello."}
_CARD = {"components": [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Dear {{1}}"}]}


def _header(kind: str) -> list[dict[str, Any]]:
    return [{"type": "HEADER", "format": kind}, BODY]


def _button(kind: str, **more: str) -> list[dict[str, Any]]:
    return [BODY, {"type": "BUTTONS", "buttons": [{"type": kind, "text": "Go on"} | more]}]


DEFINITIONS: dict[str, list[dict[str, Any]]] = {
    "kettle_film": _header("VIDEO"),
    "kettle_manual": _header("DOCUMENT"),
    "shop_place": _header("LOCATION"),
    "tea_code": _button("COPY_CODE", example="TEA25"),
    "tea_catalogue": _button("CATALOG"),
    "table_booking": _button("FLOW", flow_id="1234567890"),
    "tea_offer": [
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Soon", "has_expiration": True}},
        BODY,
    ],
    "kettle_carousel": [BODY, {"type": "CAROUSEL", "cards": [_CARD, _CARD]}],
}


def stock(house: House) -> None:
    """Have Meta know them, and the house have heard of them."""
    for name, components in DEFINITIONS.items():
        house.sandbox("POST", "templates", name=name, language="en", components=components)
    # The house learns of the account with the first delivery.
    house.converse("447700900998")
    answer = house.request("POST", "/templates/sync")
    assert answer.status_code == 202, answer.text
    house.eventually(lambda: set(DEFINITIONS) <= _known(house), what="the templates being fetched")


def _known(house: House) -> set[str]:
    return {item["name"] for item in house.request("GET", "/templates?limit=200").json()["data"]}
