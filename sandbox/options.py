"""What a sandbox is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """The sandbox's start options; ``__main__`` reads them, everything else is handed what it needs.

    ``status_delays`` are seconds: acceptance to sent, sent to delivered, delivered to read. An empty
    ``token`` lets any non-empty bearer token in.
    """

    host: str = "127.0.0.1"
    port: int = 8090
    webhook_url: str = "http://localhost:8000/api/v1/whatsapp/webhook"
    app_secret: str = "development-app-secret"  # noqa: S105 - the placeholder both sides start with
    verify_token: str = "development-verify-token"  # noqa: S105 - likewise
    phone_number_id: str = "106540352242922"
    account_id: str = "102290129340398"
    display_number: str = "15550001111"
    journal: Path | None = None
    status_delays: tuple[float, ...] = (0.3, 0.8, 2.0)
    token: str = ""
