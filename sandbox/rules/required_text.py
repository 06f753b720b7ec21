"""The check most parameters share: a string that is there, says something and is not too long."""

from __future__ import annotations

from typing import Any

from sandbox.graph.errors import invalid_parameter, missing_parameter


def required_text(part: Any, path: str, name: str, limit: int) -> str:
    """The string ``part[name]``, present, not blank and at most ``limit`` characters."""
    value = part.get(name) if isinstance(part, dict) else None
    if value is None:
        raise missing_parameter(f"{path}.{name}")
    if not isinstance(value, str) or not value.strip():
        raise invalid_parameter(f"Param {path}['{name}'] must be a non-empty string.")
    if len(value) > limit:
        raise invalid_parameter(f"Param {path}['{name}'] must be at most {limit} characters long.")
    return value
