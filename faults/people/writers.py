"""Agents who answer without pause, each message with an Idempotency-Key of its own until it has its 202."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path

import requests

from faults.house import House
from faults.ledger import Said
from faults.people.load import Ask, Load, post

_THREADS = 4


class Agents(Load):
    """The second journey. Many conversations and few messages in each: Meta lets 45 through at once to a person
    and then one every 6 s."""

    def __init__(self, house: House, ledger: Path, phones: Sequence[str], pause_s: float) -> None:
        super().__init__(house, ledger, phones, _THREADS, pause_s)
        self._url = f"{house.site}/api/v1/messages/send"

    def __str__(self) -> str:
        return "the agents"

    def _request(self, phone: str, number: int) -> Ask:
        body = json.dumps({"to": phone, "type": "text", "text": {"body": f"Answer {number}"}}).encode()
        headers = {
            "Authorization": f"Bearer {self._house.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        return lambda session: post(session, self._url, body, headers)

    def _promised(self, phone: str, number: int, answer: requests.Response) -> Said | None:
        if answer.status_code != requests.codes.accepted:
            return None
        return Said(phone, number, str(answer.json()["id"]))
