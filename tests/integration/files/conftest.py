"""The whole house, and customers who send files of any bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from faults.house import House

SendsFile = Callable[..., dict[str, Any]]


@pytest.fixture
def sends_file(house: House) -> SendsFile:
    """``sends_file(phone, "image", content, "image/jpeg")``: the row of the message once it is stored."""

    def send(phone: str, kind: str, content: bytes, mime_type: str, **order: Any) -> dict[str, Any]:
        answer = requests.post(
            f"{house.formation.urls.phone}/sandbox/media",
            data=content,
            headers={"Content-Type": mime_type},
            timeout=30,
        )
        assert answer.ok, answer.text
        wamid = house.sandbox(
            "POST", "inbound", **{"from": phone, "type": kind, "media_id": answer.json()["id"]} | order
        )["messages"][0]
        return house.stored(wamid)

    return send
