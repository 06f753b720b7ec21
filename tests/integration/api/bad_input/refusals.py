"""What the route table has, and what a refusal says."""

from __future__ import annotations

from typing import Any

import redis
import requests

from api.house import furnish
from api.operations import operation_of
from api.routes import routes
from schema.errors import CODES
from settings import Settings

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
# But for /metrics, which the front door does not pass on (operations/test_metrics.py).
ROUTES = {
    route.path: route
    for route in routes(furnish(Settings.from_env({"APP_ENV": "development"}), redis.Redis()))
    if route.path != "/metrics"
}


def methods(path: str) -> set[str]:
    return {method for method in METHODS if responder(method, path) is not None}


def filled(path: str, value: str = UNKNOWN) -> str:
    return "/".join(value if part.startswith("{") else part for part in path.split("/"))


def responder(method: str, path: str) -> Any:
    suffix = f"_{ROUTES[path].suffix}" if ROUTES[path].suffix else ""
    return getattr(ROUTES[path].resource, f"on_{method.lower()}{suffix}", None)


def allowed_roles(method: str, path: str) -> tuple[str, ...]:
    resource = ROUTES[path].resource
    return resource.roles + (resource.readers if method == "GET" else ())


OPERATIONS = [(method, path) for path in ROUTES for method in sorted(methods(path))]
WRONG_OPERATIONS = [(method, path) for path in ROUTES for method in METHODS if method not in methods(path)]
CLOSED = [operation for operation in OPERATIONS if not ROUTES[operation[1]].resource.public]
FOR_ADMINS = [operation for operation in CLOSED if "agent" not in allowed_roles(*operation)]
# Anybody may be asked about: who is unknown is offline.
OF_A_THING = [operation for operation in CLOSED if "{" in operation[1] and "{user_id}" not in operation[1]]
TAKE_JSON = [
    operation
    for operation in OPERATIONS
    if "{" not in operation[1] and operation_of(responder(*operation)).body
]


def refusal(answer: requests.Response, code: str) -> dict[str, Any]:
    """The error object, after a look at its form."""
    assert answer.headers["Content-Type"] == "application/json", answer.text[:200]
    body = answer.json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert error["code"] == code, error
    assert answer.status_code == CODES[code][0]
    assert error["message"]
    return error


def wrong_fields(answer: requests.Response) -> set[str]:
    """The fields a 422 names."""
    return set(refusal(answer, "invalid")["fields"])
