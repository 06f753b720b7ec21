"""Graph errors: the envelope, and the codes with their HTTP status and title.

Source: Meta's "Error codes" page of the Cloud API. Titles are for people; programs read ``code``.
"""

from __future__ import annotations

from typing import Any

from sandbox.ids import new_trace_id

# code -> (HTTP status, title)
ERRORS: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Invalid OAuth access token"),
    200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"),
    2500: (400, "Unknown path components"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    130501: (400, "Message type is not currently supported"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Business Account locked"),
    131037: (400, "WhatsApp provided number needs display name approval before message can be sent"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131058: (400, "Hello World templates can only be sent from the public test numbers"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Template Hydrated Text too long"),
    132007: (400, "Template Format Character Policy Violated"),
    132008: (400, "Template Parameter Value Is Not Valid"),
    132012: (400, "Template Parameter Format Mismatch"),
    132015: (400, "Template is Paused"),
    132016: (400, "Template is Disabled"),
    132018: (400, "There is an issue with the parameters of the template"),
    132068: (400, "Flow is blocked"),
    132069: (400, "Flow is throttled"),
    133004: (503, "Server Temporarily Unavailable"),
    133010: (400, "Phone number not registered"),
    134011: (400, "WhatsApp Payments terms of service has not been accepted"),
    135000: (400, "Generic user error"),
}
TRANSIENT = frozenset({1, 2, 131000, 131016, 131057, 133004})


def title_of(code: int) -> str:
    """Meta's title for a code, or a plain one for a code this table does not hold."""
    return ERRORS.get(code, (400, "Unknown error"))[1]


class GraphError(Exception):
    """A refusal Meta would answer with its error envelope."""

    def __init__(
        self,
        code: int,
        details: str = "",
        *,
        subcode: int | None = None,
        status: int | None = None,
        message: str = "",
        kind: str = "OAuthException",
    ) -> None:
        self.code = code
        self.status = status or ERRORS.get(code, (400, ""))[0]
        self.details = details
        self.subcode = subcode
        self.kind = kind
        self.message = message or f"(#{code}) {title_of(code)}"
        super().__init__(f"{self.message} {details}".strip())

    def envelope(self) -> dict[str, Any]:
        """The body of the answer: ``{"error": {...}}``."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.code in TRANSIENT:
            error["is_transient"] = True
        error["fbtrace_id"] = new_trace_id()
        return {"error": error}


def invalid_parameter(details: str) -> GraphError:
    """Error 100: a parameter is malformed or over its limit."""
    return GraphError(100, details, message=f"(#100) {details}")


def missing_parameter(name: str) -> GraphError:
    """Error 131008: a parameter the type needs is not there."""
    return GraphError(131008, f"Parameter '{name}' is mandatory for this type of message.")


def bad_value(details: str) -> GraphError:
    """Error 131009: a parameter is there, and what it says cannot be."""
    return GraphError(131009, details)


def unknown_object(node: str) -> GraphError:
    """Error 100/33: no such number, account, template or media, as Graph words it."""
    return GraphError(
        100,
        subcode=33,
        kind="GraphMethodException",
        message=(
            f"Unsupported request. Object with ID '{node}' does not exist, cannot be loaded due to"
            " missing permissions, or does not support this operation."
        ),
    )


def bad_token(reason: str) -> GraphError:
    """Error 190: the bearer token is missing or not the right one."""
    return GraphError(190, message=f"Invalid OAuth access token - {reason}")


def failure_of(code: int, details: str = "") -> dict[str, Any]:
    """One entry of ``errors[]`` in a failed status."""
    title = title_of(code)
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or f"{title} (from the sandbox)."},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }
