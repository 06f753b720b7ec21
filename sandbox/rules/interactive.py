"""What Meta checks in interactive messages: buttons, lists, links and the rest.

Pure, as messagerules: a check raises ``GraphError`` or returns. Limits: Meta's "Interactive messages".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.graph.errors import bad_value, invalid_parameter, missing_parameter
from sandbox.rules.required_text import required_text

HEADER_TYPES = ("text", "image", "video", "document")


def check_interactive(_: str, part: Any) -> None:
    """Raise the ``GraphError`` Meta would answer to this ``interactive`` object, or return."""
    if not isinstance(part, dict):
        raise invalid_parameter("Param interactive must be a JSON object.")
    kind = part.get("type")
    if kind is None:
        raise missing_parameter("interactive.type")
    if kind not in _CHECKS:
        raise invalid_parameter(f"Param interactive['type'] must be one of {sorted(_CHECKS)}.")
    check, body_limit = _CHECKS[kind]
    if body_limit:
        required_text(part.get("body"), "interactive['body']", "text", body_limit)
    if part.get("footer") is not None:
        required_text(part["footer"], "interactive['footer']", "text", 60)
    if part.get("header") is not None:
        _check_header(part["header"])
    action = part.get("action")
    if not isinstance(action, dict):
        raise missing_parameter("interactive.action")
    check(action)


def _check_header(header: Any) -> None:
    kind = header.get("type") if isinstance(header, dict) else None
    if kind not in HEADER_TYPES:
        raise invalid_parameter(f"Param interactive['header']['type'] must be one of {HEADER_TYPES}.")
    if kind == "text":
        required_text(header, "interactive['header']", "text", 60)
    elif not isinstance(header.get(kind), dict):
        raise missing_parameter(f"interactive.header.{kind}")


def _objects(action: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    items = action.get(name)
    if not isinstance(items, list) or not items:
        raise missing_parameter(f"interactive.action.{name}")
    if len(items) > most:
        raise invalid_parameter(f"Param interactive['action']['{name}'] must hold at most {most} items.")
    if not all(isinstance(item, dict) for item in items):
        raise invalid_parameter(f"Param interactive['action']['{name}'] must hold JSON objects.")
    return items


def _check_buttons(action: dict[str, Any]) -> None:
    replies = [button.get("reply") for button in _objects(action, "buttons", 3)]
    ids = [required_text(reply, "button['reply']", "id", 256) for reply in replies]
    titles = [required_text(reply, "button['reply']", "title", 20) for reply in replies]
    if len(set(ids)) < len(ids) or len(set(titles)) < len(titles):
        raise bad_value("Reply buttons must differ in their ids and in their titles.")


def _check_list(action: dict[str, Any]) -> None:
    required_text(action, "interactive['action']", "button", 20)
    sections = _objects(action, "sections", 10)
    if len(sections) > 1:
        for section in sections:
            required_text(section, "section", "title", 24)
    rows = [row for section in sections for row in _objects(section, "rows", 10)]
    if len(rows) > 10:
        raise invalid_parameter("A list message must hold at most 10 rows over all its sections.")
    ids = [required_text(row, "row", "id", 200) for row in rows]
    for row in rows:
        required_text(row, "row", "title", 24)
        if row.get("description"):
            required_text(row, "row", "description", 72)
    if len(set(ids)) < len(ids):
        raise bad_value("The rows of a list must differ in their ids.")


def _check_link(action: dict[str, Any]) -> None:
    parameters = _parameters(action, "cta_url")
    required_text(parameters, "parameters", "display_text", 20)
    url = required_text(parameters, "parameters", "url", 2000)
    if not url.startswith(("http://", "https://")):
        raise bad_value("Param parameters['url'] must be an http or https URL.")


def _check_flow(action: dict[str, Any]) -> None:
    parameters = _parameters(action, "flow")
    required_text(parameters, "parameters", "flow_message_version", 10)
    required_text(parameters, "parameters", "flow_cta", 30)
    if not parameters.get("flow_id") and not parameters.get("flow_name"):
        raise missing_parameter("interactive.action.parameters.flow_id")


def _check_product(action: dict[str, Any]) -> None:
    required_text(action, "interactive['action']", "catalog_id", 256)
    required_text(action, "interactive['action']", "product_retailer_id", 256)


def _check_product_list(action: dict[str, Any]) -> None:
    required_text(action, "interactive['action']", "catalog_id", 256)
    sections = _objects(action, "sections", 10)
    items = [item for section in sections for item in _objects(section, "product_items", 30)]
    if len(items) > 30:
        raise invalid_parameter("A product list must hold at most 30 products.")


def _check_carousel(action: dict[str, Any]) -> None:
    if len(_objects(action, "cards", 10)) < 2:
        raise invalid_parameter("A carousel must hold 2 to 10 cards.")


def _named(name: str) -> Callable[[dict[str, Any]], None]:
    def check(action: dict[str, Any]) -> None:
        if action.get("name") != name:
            raise bad_value(f"Param interactive['action']['name'] must be '{name}'.")

    return check


def _parameters(action: dict[str, Any], name: str) -> dict[str, Any]:
    _named(name)(action)
    parameters = action.get("parameters")
    if not isinstance(parameters, dict):
        raise missing_parameter("interactive.action.parameters")
    return parameters


# type -> (check of its action, most characters of its body; 0 where a body is not required)
_CHECKS: dict[str, tuple[Callable[[dict[str, Any]], None], int]] = {
    "button": (_check_buttons, 1024),
    "list": (_check_list, 4096),
    "cta_url": (_check_link, 1024),
    "flow": (_check_flow, 1024),
    "location_request_message": (_named("send_location"), 1024),
    "product": (_check_product, 0),
    "product_list": (_check_product_list, 1024),
    "catalog_message": (_named("catalog_message"), 1024),
    "call_permission_request": (_named("call_permission_request"), 0),
    "address_message": (_named("address_message"), 1024),
    "request_contact_info": (_named("request_contact_info"), 1024),
    "voice_call": (_named("voice_call"), 1024),
    "order_details": (_named("review_and_pay"), 1024),
    "order_status": (_named("review_order"), 1024),
    "carousel": (_check_carousel, 1024),
}
