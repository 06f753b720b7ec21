"""The whole house, and short words for what the tests of the Cloud API do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from faults.house import House

Send = Callable[..., dict[str, Any]]


@pytest.fixture
def send(house: House) -> Send:
    """POST /messages/send; returns the message that was queued."""

    def queue(**body: Any) -> dict[str, Any]:
        answer = house.request("POST", "/messages/send", json=body)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    return queue


@pytest.fixture
def taken(house: House, send: Send) -> Send:
    """Send, and return what the sandbox got: the body of the call to Meta."""

    def request(**body: Any) -> dict[str, Any]:
        message = send(**body)
        sent = house.eventually(lambda: house.sent(message["id"]) or _failure(house, message["id"]))
        assert isinstance(sent, list), sent
        assert len(sent) == 1
        return {"message": message, "body": sent[0]["request"]}

    return request


@pytest.fixture
def says(house: House) -> Callable[..., dict[str, Any]]:
    """Have somebody write on their phone; returns the row of it once it is stored."""

    def write(customer: Any, **order: Any) -> dict[str, Any]:
        wamid = house.sandbox("POST", "inbound", **{"from": customer, **order})["messages"][0]
        return house.stored(wamid)

    return write


def _failure(house: House, message_id: str) -> Any:
    """Why a message was refused; None while it was not."""
    return house.request("GET", f"/messages/{message_id}").json()["error"]
