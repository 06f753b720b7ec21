"""What Meta tells of templates, folded into their rows: single changes by webhook, whole listings by a sync."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ground.clock import now
from ground.ids import new_id
from models.database import bulk, json, rows
from models.newest import fold
from models.templates.templates import COLUMNS, DELETED, FACTS, view
from schema.events import TemplateUpdated
from whatsapp.inbound.updates import TemplateNews

_EMPTY: dict[str, Any] = {name: None if name == "components" else "" for name in FACTS}
_JSON = frozenset({"components"})


class _Standing:
    """A template's row while news is folded into it."""

    columns = f"t.id, t.account_id, t.name, t.language, t.marks, {', '.join(f't.{name}' for name in FACTS)}"

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.id, self.account_id, self.name, self.language, self.marks = row[:5]
        self.facts = dict(zip(FACTS, row[5:], strict=True))
        self.changed = False

    def fold(self, news: TemplateNews, moment: datetime) -> None:
        known = {name: value for name, value in news.changes.items() if name in FACTS}
        self.changed |= fold(self.facts, self.marks, known, news.at or moment)
        if news.template_id and not self.facts["template_id"]:
            self.facts["template_id"] = news.template_id
            self.changed = True

    def row(self, moment: datetime) -> tuple[Any, ...]:
        values = (json(self.facts[name]) if name in _JSON else self.facts[name] for name in FACTS)
        return (self.id, json(self.marks), self.changed, moment, *values)


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
    told: dict[str, _Standing] = {}
    for each in news:
        for standing in _meant(each, standings):
            standing.fold(each, moment)
            told[standing.id] = standing
    _store(list(told.values()), moment)
    return _events([key for key, one in told.items() if one.changed or key in made])


def replace(account_id: str, listed: Sequence[TemplateNews], at: datetime) -> list[TemplateUpdated]:
    """Make the account's rows what Meta listed at ``at``. Must run in a transaction.

    What a webhook told after that stands. A template that is not listed any more is kept as DELETED, so that
    sending it is refused with a reason. Returns the events.
    """
    made = _make(listed)
    standings = _lock_all(account_id)
    by_name = {(each.account_id, each.name, each.language): each for each in listed}
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
    _store(standings, now())
    names = [f"{each.name}\x1f{each.language}" for each in listed]
    rows(
        "UPDATE template SET synced_at = %s WHERE account_id = %s AND name || chr(31) || language = ANY(%s)",
        (at, account_id, names),
    )
    return _events([one.id for one in standings if one.changed or one.id in made])


def _make(news: Sequence[TemplateNews]) -> set[str]:
    """Rows for templates that are not known; returns their ids."""
    wanted = sorted(
        {(each.account_id, each.name, each.language) for each in news if each.name and each.language}
    )
    found = bulk(
        "INSERT INTO template (id, account_id, name, language) VALUES %s ON CONFLICT DO NOTHING RETURNING id",
        [(new_id(), *key) for key in wanted],
    )
    return {row[0] for row in found}


def _lock(news: Sequence[TemplateNews]) -> list[_Standing]:
    """The templates that are told of, by whichever of their names."""
    sql = (
        f"SELECT {_Standing.columns} FROM template t WHERE account_id = ANY(%s)"
        " AND (name = ANY(%s) OR template_id = ANY(%s)) ORDER BY id FOR UPDATE"
    )
    accounts = list({each.account_id for each in news})
    ids = [each.template_id for each in news if each.template_id]
    return [_Standing(row) for row in rows(sql, (accounts, [each.name for each in news], ids))]


def _lock_all(account_id: str) -> list[_Standing]:
    sql = f"SELECT {_Standing.columns} FROM template t WHERE account_id = %s ORDER BY id FOR UPDATE"
    return [_Standing(row) for row in rows(sql, (account_id,))]


def _meant(news: TemplateNews, standings: list[_Standing]) -> list[_Standing]:
    """By name and language where they are told, else by Meta's id."""
    mine = [one for one in standings if one.account_id == news.account_id]
    if news.name and news.language:
        return [one for one in mine if (one.name, one.language) == (news.name, news.language)]
    return [one for one in mine if one.facts["template_id"] == news.template_id]


def _store(standings: list[_Standing], moment: datetime) -> None:
    assignments = ", ".join(f"{name} = n.{name}" for name in FACTS)
    marks = ", ".join("%s::jsonb" if name in _JSON else "%s" for name in FACTS)
    bulk(
        f"UPDATE template t SET marks = n.marks, {assignments},"
        " revision = t.revision + n.changed::int,"
        " updated_at = CASE WHEN n.changed THEN n.moment ELSE t.updated_at END"
        f" FROM (VALUES %s) AS n (id, marks, changed, moment, {', '.join(FACTS)}) WHERE t.id = n.id",
        [one.row(moment) for one in standings],
        f"(%s::uuid, %s::jsonb, %s::boolean, %s::timestamptz, {marks})",
    )


def _events(ids: list[str]) -> list[TemplateUpdated]:
    sql = f"SELECT {COLUMNS} FROM template t WHERE t.id = ANY(%s::uuid[]) ORDER BY t.id"
    return [TemplateUpdated(template=view(row)) for row in rows(sql, (ids,))] if ids else []
