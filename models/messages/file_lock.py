"""Who names a file of the store and who deletes it do so in turn."""

from __future__ import annotations

from models.database import rows


def hold(digest: str) -> None:
    """Until the end of the transaction nobody else names this file of the store, or deletes it."""
    rows("SELECT pg_advisory_xact_lock(%s)", (int(digest[:15], 16),))
