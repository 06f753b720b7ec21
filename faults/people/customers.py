"""Customers who write without pause, and Meta, which repeats each delivery until it is acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import requests

from faults.house import House
from faults.ledger import Said
from faults.people.load import Ask, Load, post


class Customers(Load):
    """The first journey. ``posted`` has every message that was on its way, acknowledged or not, by wamid."""

    def __init__(self, house: House, ledger: Path, phones: Sequence[str], pause_s: float) -> None:
        super().__init__(house, ledger, phones, len(phones), pause_s)
        self._url = house.formation.urls.webhook
        self._wamids: dict[str, str] = {}
        self.posted: dict[str, Said] = {}

    def __str__(self) -> str:
        return "the customers"

    def _request(self, phone: str, number: int) -> Ask:
        meta = self._house.meta
        update = meta.text(phone, f"Number {number}")
        self._wamids[phone] = update["id"]
        self.posted[update["id"]] = Said(phone, number, update["id"])
        body = meta.said(update)
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": meta.signature(body)}
        return lambda session: post(session, self._url, body, headers)

    def _promised(self, phone: str, number: int, answer: requests.Response) -> Said | None:
        return self.posted[self._wamids[phone]] if answer.status_code == requests.codes.ok else None
