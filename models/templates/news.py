"""What Meta tells of templates, folded into their rows: single changes by webhook, whole listings by a sync."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ground.clock import now
from ground.ids import new_id
from models import folding, sql
from models.database import bulk, rows
from models.newest import fold
from models.templates.templates import COLUMNS, DELETED, FACTS, Template, view
from schema.events import TemplateUpdated
from whatsapp.inbound.updates import TemplateNews

_COLUMNS = sql.columns(
    Template, ("id", "account_id", "name", "language", "marks", "revision", "updated_at", *FACTS)
)


class _Standing:
    """A template's row while news is folded into it."""

    def __init__(self, row: Any) -> None:
        self.id: str = row.id
        self.account_id: str = row.account_id
        self.name: str = row.name
        self.language: str = row.language
        self.marks: dict[str, str] = row.marks
        self.revision: int = row.revision
        self.updated_at: datetime = row.updated_at
        self.facts = {name: getattr(row, name) for name in FACTS}
        self.changed = False

    def fold(self, news: TemplateNews, moment: datetime) -> None:
        known = {name: value for name, value in news.changes.items() if name in FACTS}
        changed = fold(self.facts, self.marks, known, news.at or moment)
        if news.template_id and not self.facts["template_id"]:
            self.facts["template_id"] = news.template_id
            changed = True
        if changed:
            self.changed, self.updated_at = True, now()

    def record(self) -> dict[str, Any]:
        return {"id": self.id, "marks": self.marks, "updated_at": self.updated_at} | self.facts


def apply(news: Sequence[TemplateNews]) -> list[TemplateUpdated]:
    """Fold single changes in. Must run in a transaction.

    A template nobody knew is made where its name and language are told; its components wait for a sync.
    Returns the events: one for each template that changed.
    """
    if not news:
        return []
    made = _make(news)
    standings = _lock(news)
    moment = now()
    touched: dict[str, _Standing] = {}
    for item in news:
        for standing in _meant(item, standings):
            standing.fold(item, moment)
            touched[standing.id] = standing
    folding.store_all(Template, touched.values())
    return _events([key for key, one in touched.items() if one.changed or key in made])


def replace(account_id: str, listed: Sequence[TemplateNews], at: datetime) -> list[TemplateUpdated]:
    """Make the account's rows what Meta listed at ``at``. Must run in a transaction.

    What a webhook told after that stands. A template that is not listed any more is kept as DELETED, so that
    sending it is refused with a reason. Returns the events.
    """
    made = _make(listed)
    standings = _locked("account_id = %s", (account_id,))
    by_name = {(template.account_id, template.name, template.language): template for template in listed}
    for one in standings:
        gone = TemplateNews(
            account_id=account_id,
            template_id="",
            name=one.name,
            language=one.language,
            changes={"status": DELETED},
            at=at,
        )
        one.fold(by_name.get((one.account_id, one.name, one.language), gone), at)
    folding.store_all(Template, standings)
    names = [f"{template.name}\x1f{template.language}" for template in listed]
    rows(
        "UPDATE template SET synced_at = %s WHERE account_id = %s AND name || chr(31) || language = ANY(%s)",
        (at, account_id, names),
    )
    return _events([one.id for one in standings if one.changed or one.id in made])


def _make(news: Sequence[TemplateNews]) -> set[str]:
    """Rows for templates that are not known; returns their ids."""
    wanted = sorted(
        {(item.account_id, item.name, item.language) for item in news if item.name and item.language}
    )
    made = bulk(
        "INSERT INTO template (id, account_id, name, language) VALUES %s ON CONFLICT DO NOTHING RETURNING id",
        [(new_id(), *key) for key in wanted],
    )
    return {row[0] for row in made}


def _lock(news: Sequence[TemplateNews]) -> list[_Standing]:
    """The templates that are told of, by whichever of their names."""
    accounts = list({item.account_id for item in news})
    ids = [item.template_id for item in news if item.template_id]
    where = "account_id = ANY(%s) AND (name = ANY(%s) OR template_id = ANY(%s))"
    return _locked(where, (accounts, [item.name for item in news], ids))


def _locked(where: str, parameters: tuple[Any, ...]) -> list[_Standing]:
    locked = folding.lock(_Standing, f"SELECT {_COLUMNS} FROM template WHERE {where} ORDER BY id", parameters)
    return list(locked.values())


def _meant(news: TemplateNews, standings: list[_Standing]) -> list[_Standing]:
    """By name and language where they are told, else by Meta's id."""
    mine = [one for one in standings if one.account_id == news.account_id]
    if news.name and news.language:
        return [one for one in mine if (one.name, one.language) == (news.name, news.language)]
    return [one for one in mine if one.facts["template_id"] == news.template_id]


def _events(ids: list[str]) -> list[TemplateUpdated]:
    sql = f"SELECT {COLUMNS} FROM template t WHERE t.id = ANY(%s::uuid[]) ORDER BY t.id"
    return [TemplateUpdated(template=view(row)) for row in rows(sql, (ids,))] if ids else []
