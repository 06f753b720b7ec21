"""Bringing our copy of an account's templates up to date with Meta's list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from models import number, template, templatenews
from models.database import database, release
from realtime.events import now
from settings import Settings
from tasks.announce import Announcer
from tasks.app import SYNC_TEMPLATES
from tasks.lines import Lines
from tasks.wake import wake

_log = structlog.get_logger(__name__)
_STALE = timedelta(days=1)
# Webhooks of one change come in handfuls; one listing serves them all.
SOON_S = 3.0


class TemplateSync:
    """Lists an account's templates at Meta and stores them, whole or not at all."""

    def __init__(self, lines: Lines, announcer: Announcer) -> None:
        self._lines = lines
        self._announcer = announcer

    def run(self, account_id: str, asked_at: datetime) -> None:
        """Sync one account, unless a sync began after this one was asked for.

        Raises whatsapp.transport's GraphFault; our copy then stays as it was.
        """
        last = template.last_synced(account_id)
        if last is not None and last > asked_at:
            return
        # The moment before the call: what a webhook tells while Meta answers is newer than the answer.
        began, speaker = now(), number.of_account(account_id)
        client = self._lines.of(speaker or "").templates
        release()
        listed = client.templates(account_id)
        with database.atomic():
            events = templatenews.replace(account_id, listed, began)
            self._announcer.announce(events)
        _log.info("templates_synced", account_id=account_id, templates=len(listed), changed=len(events))


def ask(account_ids: Iterable[str], after_s: float = 0.0) -> bool:
    """Have accounts synced; returns whether all calls were made."""
    asked_at = now().isoformat()
    made = [wake(SYNC_TEMPLATES, each, asked_at, after_s=after_s) for each in sorted(set(account_ids))]
    return all(made)


def accounts(settings: Settings) -> set[str]:
    """The ids of all accounts that are known."""
    return number.accounts() | {settings.whatsapp_account_id} - {""}


def stale(settings: Settings) -> list[str]:
    """The accounts whose templates were not listed within a day."""
    oldest = now() - _STALE
    return [each for each in sorted(accounts(settings)) if (template.last_synced(each) or oldest) <= oldest]
