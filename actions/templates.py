"""Having our copy of the templates brought up to date: a worker lists them at Meta (tasks/template_sync.py)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ground.clock import now
from models.numbers import numbers
from models.templates import templates
from queues.app import SYNC_TEMPLATES
from queues.wake import wake
from settings import Settings

_STALE = timedelta(days=1)
# Webhooks of one change come in handfuls; one listing serves them all.
SOON_S = 3.0


def ask(account_ids: Iterable[str], after_s: float = 0.0) -> bool:
    """Have accounts synced; returns whether all calls were made."""
    asked_at = now().isoformat()
    made = [wake(SYNC_TEMPLATES, each, asked_at, after_s=after_s) for each in sorted(set(account_ids))]
    return all(made)


def accounts(settings: Settings) -> set[str]:
    """The ids of all accounts that are known."""
    return numbers.accounts() | {settings.whatsapp_account_id} - {""}


def stale(settings: Settings) -> list[str]:
    """The accounts whose templates were not listed within a day."""
    oldest = now() - _STALE
    return [each for each in sorted(accounts(settings)) if (templates.last_synced(each) or oldest) <= oldest]
