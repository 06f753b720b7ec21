"""The signature on a webhook: HMAC-SHA256 of the raw bytes under the app secret.

Source: Meta, Webhooks > Getting started > Validate payloads. Compared as bytes, because
``hmac.compare_digest`` raises on text that is not ASCII. The expected digest appears in no error text: it
would let anybody who reads errors sign (OWASP ASVS 5.0, 11.2.4).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import NamedTuple

_FORM = re.compile(rb"sha256=([0-9a-f]{64})")


class Rejection(NamedTuple):
    """Why a delivery was refused: which reason, what was found, and what a person can do about it."""

    name: str
    text: str
    mend: str

    @property
    def sentence(self) -> str:
        return f"{self.text}. {self.mend}"


MISSING = Rejection(
    "missing",
    "X-Hub-Signature-256 is missing",
    "Meta always sends it, so this came from elsewhere or a proxy drops it.",
)
MALFORMED = Rejection(
    "malformed",
    "X-Hub-Signature-256 is not 'sha256=' and 64 lower-case hex digits",
    "The sender signs in another way.",
)
MISMATCH = Rejection(
    "mismatch",
    "The signature does not match the body",
    "Check that WHATSAPP_APP_SECRET is the App Secret (32 hex digits, Meta: App settings > Basic) and not the App ID, "
    "and that no proxy changes the body.",
)
REJECTIONS = (MISSING, MALFORMED, MISMATCH)


def check(body: bytes, header: str | None, secrets: Sequence[bytes]) -> Rejection | None:
    """None where ``header`` signs ``body`` under one of ``secrets``, else the reason it is refused.

    ``header`` is the text of X-Hub-Signature-256 as WSGI hands it over (latin-1). Never raises.
    """
    if not header:
        return MISSING
    match = _FORM.fullmatch(header.encode("utf-8", "replace"))
    if match is None:
        return MALFORMED
    given = bytes.fromhex(match.group(1).decode())
    for secret in secrets:
        expected = hmac.digest(secret, body, "sha256")
        if hmac.compare_digest(given, expected):
            return None
    return MISMATCH
