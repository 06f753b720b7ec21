"""The business profile: which fields it has, and what Meta takes for them.

Source: Meta, Cloud API > Reference > Business profiles (2026-09).
"""

from __future__ import annotations

from typing import Any

from sandbox.graph.errors import invalid_parameter
from sandbox.rules.messages import check_product

VERTICALS = (
    *("ALCOHOL", "APPAREL", "AUTO", "BEAUTY", "EDU", "ENTERTAIN", "EVENT_PLAN", "FINANCE", "GOVT", "GROCERY"),
    *("HEALTH", "HOTEL", "NONPROFIT", "ONLINE_GAMBLING", "OTC_DRUGS", "OTHER", "PHYSICAL_GAMBLING"),
    *("PROF_SERVICES", "RESTAURANT", "RETAIL", "TRAVEL", "UNDEFINED"),
)
_LONGEST = {"about": 139, "address": 256, "description": 512, "email": 128, "profile_picture_handle": 4096}
_SITES, _SITE_LONGEST = 2, 256
_READABLE = ("about", "address", "description", "email", "profile_picture_url", "vertical", "websites")


class BusinessProfile:
    """The profile of the one number."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self.reset()

    def reset(self) -> None:
        """Back to how it was at the start."""
        self._values = {"about": "A pretended business"}

    def shown(self, fields: str = "") -> dict[str, Any]:
        """What GET answers: all, or ``fields`` (names with commas between) alone."""
        wanted = [name.strip() for name in fields.split(",") if name.strip()]
        for name in wanted:
            if name not in (*_READABLE, "messaging_product"):
                raise invalid_parameter(f"Tried accessing nonexisting field ({name})")
        chosen = {name: value for name, value in self._values.items() if not wanted or name in wanted}
        return chosen | {"messaging_product": "whatsapp"}

    def change(self, wish: dict[str, Any]) -> None:
        """Take over what a POST names; raises GraphError 100 and changes nothing where one of it is wrong."""
        check_product(wish)
        changes = {name: value for name, value in wish.items() if name != "messaging_product"}
        for name, value in changes.items():
            _check(name, value)
        self._values |= {name: value for name, value in changes.items() if name in _READABLE}


def _check(name: str, value: Any) -> None:
    if name == "vertical":
        if value not in VERTICALS:
            raise invalid_parameter(
                f'Param vertical must be one of {{{", ".join(VERTICALS)}}} - got "{value}".'
            )
    elif name == "websites":
        _check_sites(value)
    elif name not in _LONGEST:
        raise invalid_parameter(f"Unexpected key '{name[:60]}' on param 'whatsapp_business_profile'.")
    elif not isinstance(value, str) or len(value) > _LONGEST[name]:
        raise invalid_parameter(f"Param {name} must be at most {_LONGEST[name]} characters long.")


def _check_sites(value: Any) -> None:
    if not isinstance(value, list) or len(value) > _SITES:
        raise invalid_parameter(f"Param websites must be an array of at most {_SITES} items.")
    for site in value:
        if (
            not isinstance(site, str)
            or len(site) > _SITE_LONGEST
            or not site.startswith(("http://", "https://"))
        ):
            raise invalid_parameter("Param websites must hold http or https URLs of at most 256 characters.")
