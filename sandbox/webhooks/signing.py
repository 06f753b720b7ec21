"""The signature Meta puts on every webhook."""

from __future__ import annotations

import hashlib
import hmac

HEADER = "X-Hub-Signature-256"


def signature_of(body: bytes, app_secret: str) -> str:
    """``sha256=`` and the HMAC-SHA256 of the exact body, in lower-case hex."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
