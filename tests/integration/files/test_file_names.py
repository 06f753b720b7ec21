"""A file has a name with its extension and the right type, whatever its sender or a browser called it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.phone.pictures import sample_png

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def served(house: House, row: dict[str, Any]) -> Any:
    query = "SELECT 1 FROM media WHERE id = %s AND status = 'stored'"
    house.eventually(lambda: house.ask(query, row["id"]), what="the file")
    return house.request("GET", f"/media/{row['id']}")


FILES = {
    "audio/ogg": b"OggS" + bytes(60),
    "audio/mp4": b"\x00\x00\x00\x18ftypM4A " + bytes(60),
    "audio/mpeg": b"ID3\x04" + bytes(60),
    "image/jpeg": b"\xff\xd8\xff\xe0" + bytes(60),
}


@pytest.mark.parametrize(
    ("declared", "taken"),
    [
        ("audio/opus", "audio/ogg"),
        ("audio/x-m4a", "audio/mp4"),
        ("audio/m4a", "audio/mp4"),
        ("Audio/MP3", "audio/mpeg"),
        ("image/jpg", "image/jpeg"),
        ("audio/ogg; codecs=opus", "audio/ogg"),
    ],
)
def test_a_type_by_another_name_is_taken_as_metas(house: House, declared: str, taken: str) -> None:
    answer = house.request("POST", "/media", files={"file": ("a", FILES[taken], declared)})
    assert (answer.status_code, answer.json()["mime_type"]) == (201, taken)


def test_a_photo_is_named_by_its_day_and_type(house: House, phone: str, sends_file: Any) -> None:
    row = sends_file(phone, "image", sample_png(), "image/png")
    day = row["created_at"][:10]
    place = served(house, row).headers["Content-Disposition"]
    assert place == f"inline; filename*=UTF-8''photo-{day}.png"


@pytest.mark.parametrize(("given", "shown"), [("Invoice", "Invoice.pdf"), ("Bill.PDF", "Bill.PDF")])
def test_a_document_has_its_own_name_with_an_extension(
    house: House, phone: str, given: str, shown: str
) -> None:
    answer = requests.post(
        f"{house.formation.urls.phone}/sandbox/media",
        params={"filename": given},
        data=PDF,
        headers={"Content-Type": "application/pdf"},
        timeout=30,
    ).json()
    order = {"from": phone, "type": "document", "media_id": answer["id"]}
    row = house.stored(house.sandbox("POST", "inbound", **order)["messages"][0])
    assert served(house, row).headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{shown}"


def test_a_type_the_webhook_leaves_out_is_the_one_of_metas_answer(house: House, phone: str) -> None:
    answer = requests.post(
        f"{house.formation.urls.phone}/sandbox/media",
        data=PDF,
        headers={"Content-Type": "application/pdf"},
        timeout=30,
    ).json()
    update = house.meta.message(phone, "document", document={"id": answer["id"]})
    assert house.deliver(house.meta.said(update)).status_code == 200
    row = house.stored(update["id"])
    place = served(house, row).headers["Content-Disposition"]
    assert place == f"attachment; filename*=UTF-8''document-{row['created_at'][:10]}.pdf"
    assert house.request("GET", f"/messages/{row['id']}").json()["media"]["mime_type"] == "application/pdf"
