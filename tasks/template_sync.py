"""Bringing our copy of an account's templates up to date with Meta's list."""

from __future__ import annotations

from datetime import datetime

import structlog

from actions.announcing import Announcer
from ground.clock import now
from models.database import database, release
from models.numbers import numbers
from models.templates import news, templates
from tasks.graph_lines import Lines

_log = structlog.get_logger(__name__)


class TemplateSync:
    """Lists an account's templates at Meta and stores them, whole or not at all."""

    def __init__(self, lines: Lines, announcer: Announcer) -> None:
        self._lines = lines
        self._announcer = announcer

    def run(self, account_id: str, asked_at: datetime) -> None:
        """Sync one account, unless a sync began after this one was asked for.

        Raises whatsapp.graph.transport's GraphFault; our copy then stays as it was.
        """
        last = templates.last_synced(account_id)
        if last is not None and last > asked_at:
            return
        # The moment before the call: what a webhook tells while Meta answers is newer than the answer.
        began, speaker = now(), numbers.of_account(account_id)
        client = self._lines.of(speaker or "").templates
        release()
        listed = client.templates(account_id)
        with database.atomic():
            events = news.replace(account_id, listed, began)
            self._announcer.announce(events)
        _log.info("templates_synced", account_id=account_id, templates=len(listed), changed=len(events))
