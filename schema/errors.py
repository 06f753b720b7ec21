"""What is refused, and why: one class for every refusal, whoever asked, and the table of its codes.

A code is stable and listed in docs/errors.md; the message says what happened, which value, and what to do. HTTP
answers with the status that stands beside the code, a shell prints the message.
"""

from __future__ import annotations

from typing import Any

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
    "email_taken": (409, "There is an agent with this address already."),
    "idempotency_key_reused": (409, "The Idempotency-Key was used before with another request."),
    "number_in_settings": (409, "The number is WHATSAPP_PHONE_NUMBER_ID and cannot be removed."),
    "secret_key_missing": (409, "SECRET_KEY is not set, so no access token can be stored."),
    "no_account": (409, "No WhatsApp Business Account is known whose templates could be fetched."),
    "not_inbound": (409, "Only a message of a customer can be marked read."),
    "not_retryable": (409, "Only a failed or unconfirmed message can be sent again."),
    "too_large": (413, "The body is larger than this path takes."),
    "uri_too_long": (414, "The path with its query is longer than a request line may be."),
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


class Refused(Exception):
    """What was asked for cannot be done; nothing was. ``extra`` stands beside code and message in the error object,
    ``fields`` among it: path of a wrong field -> sentence, to be read after the path."""

    def __init__(
        self, code: str, message: str, *, fields: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.extra = ({"fields": fields} if fields else {}) | extra

    @property
    def status(self) -> int:
        """Of HTTP."""
        return CODES[self.code][0]


def invalid(problems: dict[str, str]) -> Refused:
    """The refusal of a request some of whose fields are wrong: path -> sentence; there must be one."""
    return Refused("invalid", _in_short(problems), fields=problems)


def refuse_wrong(problems: dict[str, str]) -> None:
    """Raise Refused ``invalid`` where there are problems."""
    if problems:
        raise invalid(problems)


def _in_short(problems: dict[str, str]) -> str:
    if len(problems) > 1:
        return f"{len(problems)} fields are wrong: {', '.join(sorted(problems))}."
    ((name, sentence),) = problems.items()
    return f"{name} {sentence}"
