"""The whole house with its files in a bucket: in, out, in parts, small, and while the bucket is away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.houses import StartHouse

pytestmark = pytest.mark.integration

BUCKET = "house"


class Bucketed(NamedTuple):
    house: House
    service: Any
    client: Any

    def holds(self, digest: str) -> bool:
        keys = self.client.list_objects(BUCKET, recursive=True)
        return any(str(item.object_name).endswith(f"/{digest}") for item in keys)


@pytest.fixture(scope="module")
def bucketed(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[Bucketed]:
    moto = pytest.importorskip(
        "moto.server", reason="no S3 server to test against: pip install 'moto[s3,server]'"
    )
    minio = pytest.importorskip("minio", reason="no S3 client: pip install minio")
    service = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    service.start()
    host, port = service.get_host_and_port()
    keys = {"access_key": "parley", "secret_key": "not-a-real-secret"}
    client = minio.Minio(f"{host}:{port}", **keys, secure=False, region="us-east-1")
    client.make_bucket(BUCKET)
    settings = {
        "MEDIA_STORE": f"s3://{BUCKET}/parley",
        "S3_ENDPOINT": f"http://{host}:{port}",
        "S3_ACCESS_KEY": keys["access_key"],
        "S3_SECRET_KEY": keys["secret_key"],
    }
    with start_house(tmp_path_factory.mktemp("bucketed"), **settings) as house:
        yield Bucketed(house, service, client)
    service.stop()


def received(house: House) -> str:
    """A customer's picture, fetched; the message's id."""
    order = house.sandbox("POST", "inbound", type="image")
    key = str(house.stored(order["messages"][0])["id"])
    house.eventually(lambda: house.request("GET", f"/media/{key}").status_code == 200, what="the file")
    return key


def test_a_received_file_is_served_whole_in_part_and_small(bucketed: Bucketed) -> None:
    house = bucketed.house
    key = received(house)
    whole = house.request("GET", f"/media/{key}")
    part = house.request("GET", f"/media/{key}", headers={"Range": "bytes=5-14"})
    # It comes a moment after the file; until then this is the picture itself.
    small = house.eventually(
        lambda: (
            (answer := house.request("GET", f"/media/{key}?size=thumbnail")).headers["Content-Type"]
            == "image/webp"
            and answer
        ),
        what="the thumbnail",
    )
    assert whole.headers["Content-Length"] == str(len(whole.content))
    assert (part.status_code, part.content) == (206, whole.content[5:15])
    assert small.status_code == 200
    media = house.formation.data_dir / "media"
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_an_uploaded_file_reaches_meta_from_the_bucket(bucketed: Bucketed, phone: str) -> None:
    house = bucketed.house
    house.converse(phone)
    form = {"file": ("note.txt", b"kept in a bucket", "text/plain")}
    made = house.request("POST", "/media", files=form)
    assert made.status_code == 201, made.text
    body = {"to": phone, "type": "document", "document": {"id": made.json()["id"]}}
    sent = house.request("POST", "/messages/send", json=body).json()["id"]
    (taken,) = house.eventually(lambda: house.sent(sent), what="the document at Meta")
    url = f"{house.formation.urls.phone}/sandbox/media/{taken['request']['document']['id']}"
    assert requests.get(url, timeout=30).content == b"kept in a bucket"


def test_what_a_customer_deletes_is_gone_from_the_bucket_too(bucketed: Bucketed, phones: Any) -> None:
    house, first, second = bucketed.house, next(phones), next(phones)
    rows = [
        house.stored(house.sandbox("POST", "inbound", **{"from": phone, "type": kind})["messages"][0])
        for phone, kind in ((first, "sticker"), (second, "image"))
    ]
    query = "SELECT digest, thumbnail FROM media WHERE id = %s AND thumbnail_size IS NOT NULL"
    deleted, other = (
        house.eventually(lambda row=row: house.ask(query, row["id"]), what="the thumbnail")[0] for row in rows
    )
    assert all(map(bucketed.holds, (*deleted, *other)))
    # Somebody else has the same bytes, until they delete them too.
    again = house.stored(
        house.sandbox("POST", "inbound", **{"from": second, "type": "sticker"})["messages"][0]
    )
    house.eventually(lambda: house.ask(query, again["id"]), what="the same thumbnail")
    revoke(house, first, rows[0])
    assert all(map(bucketed.holds, deleted))
    revoke(house, second, again)
    assert not any(map(bucketed.holds, deleted))
    assert all(map(bucketed.holds, other))
    assert house.request("GET", f"/media/{rows[0]['id']}").status_code == 404


def revoke(house: House, phone: str, row: dict[str, Any]) -> None:
    """Have a customer delete a message, and its file let go."""
    house.sandbox("POST", "inbound", **{"from": phone, "type": "revoke", "message_id": row["wamid"]})
    gone = "SELECT 1 FROM message WHERE id = %s AND deleted_at IS NOT NULL"
    house.eventually(lambda: house.ask(gone, row["id"]), what="the deletion")
    house.eventually(lambda: not house.ask("SELECT 1 FROM released_file"), what="what was let go")


def test_while_the_bucket_is_away_a_file_is_503_and_comes_back(bucketed: Bucketed) -> None:
    """Last: its service ends here."""
    house = bucketed.house
    key = received(house)
    bucketed.service.stop()
    answer = house.request("GET", f"/media/{key}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    form = {"file": ("note.txt", b"nowhere to go", "text/plain")}
    assert house.request("POST", "/media", files=form).status_code == 503
    late = house.sandbox("POST", "inbound", type="image")
    # The message is there all the same; its file is fetched once there is a place for it.
    assert house.stored(late["messages"][0])["type"] == "image"
