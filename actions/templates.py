"""Having our copy of the templates brought up to date: a worker lists them at Meta (tasks/template_sync.py)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from actions.transactions import Transactions, Wake
from ground.clock import now
from models.actors.actors import Actor
from models.numbers import numbers
from models.templates import templates
from queues.app import SYNC_TEMPLATES
from queues.wake import wake
from schema.errors import Refused
from settings import Settings

_STALE = timedelta(days=1)
# Webhooks of one change come in handfuls; one listing serves them all.
SOON_S = 3.0


def ask(account_ids: Iterable[str], after_s: float = 0.0, wake: Wake = wake) -> bool:
    """Have accounts synced; returns whether all calls were made."""
    asked_at = now().isoformat()
    made = [
        wake(SYNC_TEMPLATES, account_id, asked_at, after_s=after_s) for account_id in sorted(set(account_ids))
    ]
    return all(made)


def accounts(settings: Settings) -> set[str]:
    """The ids of all accounts that are known."""
    return numbers.accounts() | {settings.meta.account_id} - {""}


def stale(settings: Settings) -> list[str]:
    """The accounts whose templates were not listed within a day."""
    oldest = now() - _STALE
    return [
        account_id
        for account_id in sorted(accounts(settings))
        if (templates.last_synced(account_id) or oldest) <= oldest
    ]


class Templates:
    """The verb of people and programs."""

    def __init__(self, settings: Settings, transactions: Transactions) -> None:
        self._settings = settings
        self._transactions = transactions

    def sync(self, actor: Actor) -> list[str]:
        """Fetch those of every account; returns the accounts. Raises Refused: no_account, unavailable."""
        account_ids = sorted(accounts(self._settings))
        if not account_ids:
            raise Refused(
                "no_account",
                "No account is known yet: set WHATSAPP_ACCOUNT_ID, or wait for the first webhook.",
            )
        with self._transactions.begin(actor) as transaction:
            for account_id in account_ids:
                transaction.note("templates.sync", "account", account_id)
        if not ask(account_ids, wake=self._transactions.wake):
            raise Refused(
                "unavailable", "The queue (Redis) cannot be reached at the moment; try again in 5 seconds."
            )
        return account_ids
