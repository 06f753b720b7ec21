"""Files an agent uploaded, wherever they stand in a message, and what the customer sees of reading and typing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.phone.pictures import sample_png
from tests.integration.cloudapi.outboundtypes import BUTTONS

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration

FILES = {
    "image": ("dent.png", sample_png(), "image/png"),
    "video": ("film.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(60), "video/mp4"),
    "audio": ("voice.ogg", b"OggS" + bytes(60), "audio/ogg"),
    "document": ("Manual №1.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf"),
    "sticker": ("wave.webp", b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00" + bytes(14), "image/webp"),
}


def upload(house: House, kind: str) -> str:
    answer = house.request("POST", "/media", files={"file": FILES[kind]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def bytes_of(house: House, media_id: str) -> bytes:
    """The bytes the sandbox has under one of its own ids."""
    with requests.get(f"{house.formation.urls.phone}/sandbox/media/{media_id}", timeout=30) as answer:
        assert answer.ok, answer.text
        return answer.content


@pytest.mark.parametrize("kind", FILES)
def test_an_uploaded_file_goes_out_under_metas_id_with_the_same_bytes(
    house: House, phone: str, taken: Any, kind: str
) -> None:
    ours = upload(house, kind)
    sent = taken(conversation_id=house.converse(phone), type=kind, **{kind: {"id": ours}})
    theirs = sent["body"][kind]["id"]
    assert theirs != ours
    assert bytes_of(house, theirs) == FILES[kind][1]


def test_what_stands_beside_the_id_stays(house: House, phone: str, taken: Any) -> None:
    more = {"caption": "Page 2", "filename": "Manual.pdf"}
    document = {"id": upload(house, "document")} | more
    sent = taken(conversation_id=house.converse(phone), type="document", document=document)
    assert {key: sent["body"]["document"][key] for key in more} == more
    assert sent["message"]["content"] == document


def test_an_uploaded_file_in_the_header_of_buttons_goes_out_under_metas_id(
    house: House, phone: str, taken: Any
) -> None:
    header = {"type": "image", "image": {"id": upload(house, "image")}}
    asked = {"type": "button", "header": header, "body": {"text": "This one?"}, "action": BUTTONS}
    sent = taken(conversation_id=house.converse(phone), type="interactive", interactive=asked)
    assert bytes_of(house, sent["body"]["interactive"]["header"]["image"]["id"]) == FILES["image"][1]
    assert sent["body"]["interactive"]["action"] == BUTTONS


def test_an_uploaded_file_in_a_template_goes_out_under_metas_id(house: House, phone: str, taken: Any) -> None:
    header = {
        "type": "header",
        "parameters": [{"type": "image", "image": {"id": upload(house, "image")}}],
    }
    body = {"type": "body", "parameters": [{"type": "text", "text": word} for word in ("Ada", "20 %")]}
    template = {"name": "season_offer", "language": {"code": "de"}, "components": [header, body]}
    sent = taken(to=phone, type="template", template=template)
    picture = sent["body"]["template"]["components"][0]["parameters"][0]["image"]
    assert bytes_of(house, picture["id"]) == FILES["image"][1]


def test_a_file_that_is_sent_twice_is_uploaded_once(house: House, phone: str, taken: Any) -> None:
    conversation, ours = house.converse(phone), upload(house, "image")
    ids = {
        taken(conversation_id=conversation, type="image", image={"id": ours})["body"]["image"]["id"]
        for _ in range(2)
    }
    assert len(ids) == 1


def test_reading_the_conversation_turns_the_customers_ticks_blue(house: House, phone: str, says: Any) -> None:
    rows = [says(phone, text=f"Hello {n}") for n in range(2)]
    answer = house.request("POST", f"/conversations/{rows[0]['conversation_id']}/read")
    assert (answer.status_code, answer.json()["unread_count"]) == (200, 0)
    house.eventually(lambda: statuses(house, phone) == ["read", "read"], what="both messages read")


def test_reading_a_message_turns_its_ticks_blue_and_shows_no_typing(
    house: House, phone: str, says: Any
) -> None:
    row, since = says(phone, text="Hello"), cursor(house, phone)
    assert house.request("POST", f"/messages/{row['id']}/read", json={}).status_code == 202
    house.eventually(lambda: statuses(house, phone) == ["read"], what="the message read")
    assert "typing" not in shown(house, phone, since)


def test_typing_shows_on_the_customers_phone_and_reads_the_message(
    house: House, phone: str, says: Any
) -> None:
    row, since = says(phone, text="Hello"), cursor(house, phone)
    answer = house.request("POST", f"/messages/{row['id']}/read", json={"typing": True})
    assert answer.status_code == 202
    house.eventually(lambda: statuses(house, phone) == ["read"], what="the message read")
    house.eventually(lambda: "typing" in shown(house, phone, since), what="the typing indicator")


def test_only_a_customers_message_can_be_marked_read(house: House, phone: str, send: Any) -> None:
    ours = send(conversation_id=house.converse(phone), type="text", text={"body": "Hello"})
    answer = house.request("POST", f"/messages/{ours['id']}/read", json={})
    assert answer.json()["error"]["code"] == "not_inbound"


def statuses(house: House, phone: str) -> list[str]:
    entries = house.sandbox("GET", f"phone?customer={phone}")["entries"]
    return [entry["status"] for entry in entries if entry["sender"] == "customer"]


def cursor(house: House, phone: str) -> str:
    return str(house.sandbox("GET", f"phone?customer={phone}")["cursor"])


def shown(house: House, phone: str, since: str) -> list[str]:
    """The kinds of news the customer's phone showed, up to a message that is written to end the list."""
    last = house.sandbox("POST", "inbound", **{"from": phone, "text": "The end"})["messages"][0]
    url = f"{house.formation.urls.phone}/sandbox/phone/events?since={since}"
    names: list[str] = []
    with requests.get(url, stream=True, timeout=30) as stream:
        for name, data in events(stream):
            if data.get("chat") == phone:
                names.append(name)
            if data.get("id") == last:
                break
    return names


def events(stream: requests.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in stream.iter_lines(chunk_size=1, decode_unicode=True):
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
