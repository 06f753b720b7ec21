"""The page that tells whether the webhook is set up, while an engine is away."""

from __future__ import annotations

import falcon
import falcon.testing
import msgspec
import peewee
import psycopg2
import pytest

from api.resources.webhook import WebhookTestResource
from models.ledger import other_updates
from queues.inbox import Backlog
from settings import Settings


class QuietInbox:
    """An inbox in which nothing ever happened."""

    def backlog(self) -> Backlog:
        return Backlog(0, 0.0)

    def last_accepted(self) -> None:
        return None

    def last_rejected(self) -> None:
        return None

    def last_tested(self) -> None:
        return None


def page() -> dict[str, object]:
    resource = WebhookTestResource(Settings.from_env({"APP_ENV": "development"}), QuietInbox())  # type: ignore[arg-type]
    resp = falcon.Response()
    resource.on_get(falcon.testing.create_req(), resp)
    assert resp.data is not None
    return dict(msgspec.json.decode(resp.data))


def test_fields_are_counted_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other_updates, "counts", lambda: {"": 1, "telepathy": 3})
    assert page()["other_updates"] == {"unreadable": 1, "telepathy": 3}


def test_without_postgres_the_page_still_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> dict[str, int]:
        raise peewee.OperationalError("gone") from psycopg2.OperationalError("gone")

    monkeypatch.setattr(other_updates, "counts", away)
    assert page()["other_updates"] is None
    assert page()["signature_check"] == "bypassed"
