"""Every error of the API, in one shape: ``{"error": {"code", "message", "fields"?, ...}}``, and in one place: what is
refused anywhere in the house (schema/errors.py) becomes HTTP here."""

from __future__ import annotations

from typing import Any

import falcon
import msgspec
import redis
import structlog

from models import database
from models.database import is_unavailable
from schema.errors import CODES, Refused

_log = structlog.get_logger(__name__)

_UNAVAILABLE, _RETRY_AFTER_S = 503, 5
_PROBLEM = "application/problem+json"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ApiError(Refused):
    """A refusal of HTTP's own, with the headers it needs."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(code, message, fields=fields, **extra)
        self.headers = headers or {}


def busy(limit: int) -> ApiError:
    """503 with Retry-After, for a request that finds no place."""
    return ApiError(
        "busy",
        f"This process serves {limit} requests at once, and all of them wait, most likely for Postgres. Nothing was "
        "done; try again in a second.",
        headers={"Retry-After": "1"},
    )


def database_unavailable(*, unknown: bool) -> ApiError:
    """503 with Retry-After. ``unknown``: the request may have changed something before Postgres fell silent."""
    outcome = (
        "It is not known whether your change was stored: look first, or repeat it with the same Idempotency-Key."
        if unknown
        else "Nothing was stored."
    )
    return ApiError(
        "database_unavailable",
        f"Postgres cannot be used at the moment. {outcome} Try again in {_RETRY_AFTER_S} seconds.",
        headers={"Retry-After": str(_RETRY_AFTER_S)},
    )


def unavailable(what: str) -> ApiError:
    """503 with Retry-After, for an engine that cannot be used."""
    return ApiError(
        "unavailable",
        f"{what} cannot be reached at the moment; nothing was stored. Try again in {_RETRY_AFTER_S} seconds.",
        headers={"Retry-After": str(_RETRY_AFTER_S)},
    )


def write(req: falcon.Request, resp: falcon.Response, error: Refused) -> None:
    """The error as the answer: as RFC 9457 has it where the client takes that."""
    resp.context.error_code = error.code
    resp.status = error.status
    if error.status == _UNAVAILABLE:
        resp.set_header("Retry-After", str(_RETRY_AFTER_S))
    resp.set_headers(getattr(error, "headers", {}))
    # Named, and not by */* alone: what is no error is application/json, so a client has to name both.
    as_problem = _PROBLEM in req.accept
    resp.content_type = _PROBLEM if as_problem else falcon.MEDIA_JSON
    resp.data = msgspec.json.encode(_problem(error) if as_problem else _plain(error))


def _plain(error: Refused) -> dict[str, Any]:
    return {"error": {"code": error.code, "message": error.message} | error.extra}


def _problem(error: Refused) -> dict[str, Any]:
    said = {"title": CODES[error.code][1], "status": error.status, "detail": error.message}
    return {"type": f"urn:parley:error:{error.code}", **said, "code": error.code} | error.extra


def install(app: falcon.App[Any, Any]) -> None:
    """Answer every exception in the one shape."""
    app.add_error_handler(Exception, _on_any)
    app.add_error_handler(falcon.HTTPError, _on_falcon)
    app.add_error_handler(redis.RedisError, _on_redis)
    app.add_error_handler(Refused, _on_refused)


def _on_refused(req: falcon.Request, resp: falcon.Response, error: Refused, params: Any) -> None:
    write(req, resp, error)


def _on_redis(req: falcon.Request, resp: falcon.Response, error: Exception, params: Any) -> None:
    _log.warning("redis_unavailable", path=req.uri_template, error=type(error).__name__)
    write(req, resp, unavailable("Redis"))


def _on_any(req: falcon.Request, resp: falcon.Response, error: Exception, params: Any) -> None:
    if is_unavailable(error):
        _log.warning("postgres_unavailable", path=req.uri_template, error=type(error).__name__)
        database.forget_idle()
        write(req, resp, database_unavailable(unknown=_may_have_changed_something(req)))
        return
    _log.error("internal_error", path=req.uri_template, exc_info=error)
    write(
        req, resp, ApiError("internal", "Parley failed here; its log says why. Nothing you sent was wrong.")
    )


def _may_have_changed_something(req: falcon.Request) -> bool:
    """Whether the request came further than to the question who is asking, and was not for reading only."""
    return req.method not in _SAFE and hasattr(req.context, "agent")


_CODE_OF = {
    401: "not_logged_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    411: "length_required",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    503: "unavailable",
}


def _on_falcon(req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, params: Any) -> None:
    status = falcon.http_status_to_code(error.status)
    message = error.description or f"{req.method} {req.path[:200]}: {_SAYS.get(status, error.title)}"
    write(req, resp, ApiError(_CODE_OF.get(status, "bad_request"), message))
    resp.set_headers(error.headers or {})


_SAYS = {
    404: "there is no such path; docs/http-api.md lists them.",
    405: "this path does not take that method; the Allow header lists those it takes.",
}
