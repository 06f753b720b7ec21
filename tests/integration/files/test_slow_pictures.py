"""A picture that takes minutes to open costs itself: its file is there, and so is everybody else's."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from sandbox.phone.pictures import sample_png
from sandbox.phone.traps import slow_jpeg

if TYPE_CHECKING:
    from faults.house import House

pytestmark = [pytest.mark.integration, pytest.mark.long]


def file_of(house: House, row: dict[str, Any], size: str = "") -> Any:
    return house.request("GET", f"/media/{row['id']}{size}")


def thumbnail_tried(house: House, row: dict[str, Any]) -> bool:
    query = "SELECT 1 FROM media WHERE id = %s AND status = 'stored' AND thumbnail_due_at IS NULL"
    return bool(house.ask(query, row["id"]))


def test_it_stops_no_other_file_and_no_send_and_is_tried_once(
    house: House, phones: Any, sends_file: Any
) -> None:
    slow = slow_jpeg()
    traps = [sends_file(next(phones), "document", slow, "image/jpeg") for _ in range(3)]
    began = time.monotonic()
    phone = next(phones)
    photo = sends_file(phone, "image", sample_png(), "image/png")
    house.eventually(lambda: file_of(house, photo).status_code == 200, 5, "an ordinary photo behind it")
    asked = {"conversation_id": photo["conversation_id"], "type": "text", "text": {"body": "Thank you"}}
    sent = house.request("POST", "/messages/send", json=asked).json()["id"]
    house.eventually(lambda: house.sent(sent), 5, "a message sent meanwhile")
    assert time.monotonic() - began < 10
    for trap in traps:
        house.eventually(lambda trap=trap: file_of(house, trap).content == slow, what="the file itself")
        house.eventually(lambda trap=trap: thumbnail_tried(house, trap), 60, "its thumbnail given up")
    house.eventually(lambda: thumbnail_tried(house, photo), what="the photo's thumbnail")
    ids = [update["id"] for update in traps]
    tried = "SELECT attempts, thumbnail_attempts, thumbnail FROM media WHERE id = ANY(%s::uuid[])"
    assert house.ask(tried, ids) == [(1, 1, None)] * 3


def test_the_small_picture_comes_after_the_file_and_is_told(
    house: House, phone: str, sends_file: Any
) -> None:
    with house.socket("ada") as socket:
        socket.send(type="subscribe_inbox")
        socket.expect("subscribed")
        row = sends_file(phone, "image", sample_png(900, 600), "image/png")
        media = []
        while not (media and media[-1]["thumbnail"]):
            event = socket.expect("message_updated")
            if event["message"]["id"] == row["id"]:
                media.append(event["message"]["media"])
    assert [(view["status"], view["thumbnail"]) for view in media] == [("stored", False), ("stored", True)]
    assert house.request("GET", f"/messages/{row['id']}").json()["media"] == media[-1]
    small = file_of(house, row, "?size=thumbnail")
    assert Image.open(io.BytesIO(small.content)).size == (320, 213)
