"""Every error of the API, in one shape: ``{"error": {"code", "message", "fields"?, ...}}``.

A code is stable and listed in docs/errors.md; the message says what happened, which value, and what to do.
"""

from __future__ import annotations

from typing import Any

import falcon
import msgspec
import redis
import structlog

from models import database
from models.database import is_unavailable

_log = structlog.get_logger(__name__)

CODES: dict[str, tuple[int, str]] = {
    "bad_json": (400, "The body is not JSON; the message gives line and column."),
    "bad_request": (400, "The request line, a header or the framing of the body is wrong."),
    "signature_missing": (401, "A webhook without X-Hub-Signature-256."),
    "signature_malformed": (401, "A webhook whose signature is not `sha256=` and 64 lower-case hex digits."),
    "signature_mismatch": (401, "A webhook whose signature does not match its body."),
    "not_logged_in": (401, "No credentials, or a token that is unknown or expired."),
    "wrong_password": (401, "The address and the password do not belong together."),
    "verify_refused": (403, "Meta's verification with another mode or verify token than ours."),
    "forbidden": (403, "Your role may not do this, or the page that asked is not of an allowed origin."),
    "not_found": (404, "No such path, or no thing with this id."),
    "method_not_allowed": (405, "The path exists, but not with this method; see the Allow header."),
    "too_slow": (408, "The request did not arrive in time, or slower than a body may."),
    "length_required": (411, "A body without a length that is not chunked either."),
    "idempotency_key_reused": (409, "The Idempotency-Key was used before with another request."),
    "number_in_settings": (409, "The number is WHATSAPP_PHONE_NUMBER_ID and cannot be removed."),
    "secret_key_missing": (409, "SECRET_KEY is not set, so no access token can be stored."),
    "no_account": (409, "No WhatsApp Business Account is known whose templates could be fetched."),
    "not_inbound": (409, "Only a message of a customer can be marked read."),
    "not_retryable": (409, "Only a failed or unconfirmed message can be sent again."),
    "too_large": (413, "The body is larger than this path takes."),
    "unsupported_media_type": (415, "The body is compressed, or not JSON where JSON is needed."),
    "invalid": (422, "Some fields are wrong; `fields` names every one of them."),
    "window_closed": (422, "The customer last wrote too long ago; only a template may be sent."),
    "opted_out": (422, "The customer has stopped marketing messages, and the template is one."),
    "too_many_requests": (429, "More than one may ask for in this time; see the Retry-After header."),
    "internal": (500, "A fault of Parley's; the log of the web process has the details."),
    "inbox_full": (503, "Too many webhooks wait to be persisted; Meta will send this one again."),
    "unavailable": (
        503,
        "Redis or the store of files cannot be used now; try again after Retry-After seconds.",
    ),
    "database_unavailable": (503, "Postgres cannot be used now, or did not answer in time."),
    "search_too_slow": (
        503,
        "A search took longer than 2 seconds and was ended; the message says what to do.",
    ),
    "search_busy": (503, "As many searches as may run at once are under way; lists are not held up by them."),
    "busy": (
        503,
        "As many requests as this process may serve at once are under way; webhooks keep their own place.",
    ),
}
_RETRY_AFTER_S = 5
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ApiError(Exception):
    """An error a client is told. ``extra`` stands beside code and message in the error object."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = CODES[code][0]
        self.code = code
        self.message = message
        self.headers = headers or {}
        self.extra = ({"fields": fields} if fields else {}) | extra


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


def write(resp: falcon.Response, error: ApiError) -> None:
    resp.context.error_code = error.code
    resp.status = error.status
    resp.set_headers(error.headers)
    resp.content_type = falcon.MEDIA_JSON
    resp.data = msgspec.json.encode({"error": {"code": error.code, "message": error.message} | error.extra})


def install(app: falcon.App[Any, Any]) -> None:
    """Answer every exception in the one shape."""
    app.add_error_handler(Exception, _on_any)
    app.add_error_handler(falcon.HTTPError, _on_falcon)
    app.add_error_handler(redis.RedisError, _on_redis)
    app.add_error_handler(ApiError, _on_api)


def _on_api(req: falcon.Request, resp: falcon.Response, error: ApiError, params: Any) -> None:
    write(resp, error)


def _on_redis(req: falcon.Request, resp: falcon.Response, error: Exception, params: Any) -> None:
    _log.warning("redis_unavailable", path=req.uri_template, error=type(error).__name__)
    write(resp, unavailable("Redis"))


def _on_any(req: falcon.Request, resp: falcon.Response, error: Exception, params: Any) -> None:
    if is_unavailable(error):
        _log.warning("postgres_unavailable", path=req.uri_template, error=type(error).__name__)
        database.forget_idle()
        write(resp, database_unavailable(unknown=_may_have_changed_something(req)))
        return
    _log.error("internal_error", path=req.uri_template, exc_info=error)
    write(resp, ApiError("internal", "Parley failed here; its log says why. Nothing you sent was wrong."))


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
    write(resp, ApiError(_CODE_OF.get(status, "bad_request"), message))
    resp.set_headers(error.headers or {})


_SAYS = {
    404: "there is no such path; docs/http-api.md lists them.",
    405: "this path does not take that method; the Allow header lists those it takes.",
}
