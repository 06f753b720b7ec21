"""What a customer deletes is gone at once, wherever anybody could have read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.phone.pictures import sample_png

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration


def revoke(house: House, phone: str, row: dict[str, Any]) -> None:
    house.sandbox("POST", "inbound", **{"from": phone, "type": "revoke", "message_id": row["wamid"]})


def read(house: House, path: str) -> str:
    return house.request("GET", path).text


def gone(house: House, row: dict[str, Any]) -> None:
    query = "SELECT 1 FROM message WHERE id = %s AND deleted_at IS NOT NULL"
    house.eventually(lambda: house.ask(query, row["id"]), what="the deletion")


def digests(house: House, row: dict[str, Any]) -> tuple[str, str]:
    query = "SELECT digest, thumbnail FROM media WHERE id = %s AND thumbnail_size IS NOT NULL"
    records = house.eventually(lambda: house.ask(query, row["id"]), what="the thumbnail")
    return (records[0][0], records[0][1])


def in_store(house: House, digest: str) -> bool:
    return any(house.formation.data_dir.rglob(digest))


def test_words_are_in_no_view_search_history_or_socket(house: House, phone: str) -> None:
    words = f"the code is {phone}"
    with house.socket("ada") as socket:
        place = socket.seen[0]["last_event_id"]
        socket.send(type="subscribe_inbox")
        sent = house.sandbox("POST", "inbound", **{"from": phone, "text": words})["messages"][0]
        seen = socket.message(sent)["id"]
        row = house.stored(sent)
        thread = f"/conversations/{row['conversation_id']}"
        better = {"from": phone, "type": "edit", "message_id": row["wamid"], "text": words + "!"}
        house.sandbox("POST", "inbound", **better)
        socket.expect("message_updated")
        house.sandbox("POST", "inbound", **{"from": phone, "text": "Sorry?", "reply_to": row["wamid"]})
        revoke(house, phone, row)
        while not (event := socket.expect("message_updated"))["message"]["deleted_at"]:
            pass
    assert event["message"]["content"] == {}
    paths = (f"/messages/{row['id']}", thread, f"{thread}/messages", "/conversations")
    assert [path for path in paths if words in read(house, path)] == []
    assert house.request("GET", "/conversations", params={"q": words}).json()["data"] == []
    for since in (place, seen):
        history = house.request("GET", f"{thread}/events", params={"after": since}).json()
        assert history["recovered"]
        assert words not in str(history)
        assert any(
            item["type"] == "message_updated" and item["message"]["id"] == row["id"]
            for item in history["data"]
        )
        with house.socket("bo") as late:
            late.send(type="subscribe_inbox", since=since)
            assert late.expect("subscribed")["recovered"]
            assert words not in str(late.drain())


def test_a_file_and_its_small_picture_are_gone_and_their_bytes_too(
    house: House, phone: str, sends_file: Any
) -> None:
    row = sends_file(phone, "image", sample_png(641, 479), "image/png", caption="A secret")
    digest, small = digests(house, row)
    assert in_store(house, digest)
    assert in_store(house, small)
    revoke(house, phone, row)
    gone(house, row)
    for size in ("", "?size=thumbnail"):
        assert house.request("GET", f"/media/{row['id']}{size}").status_code == 404
    house.eventually(lambda: not (in_store(house, digest) or in_store(house, small)), what="bytes deleted")
    view = house.request("GET", f"/messages/{row['id']}").json()
    assert (view["media"], view["content"], view["preview"]) == (None, {}, "Deleted message")


def test_bytes_that_somebody_else_sent_too_stay(house: House, phones: Any, sends_file: Any) -> None:
    first, second = next(phones), next(phones)
    picture = sample_png(642, 480)
    rows = [sends_file(phone, "image", picture, "image/png") for phone in (first, second)]
    digest, _ = digests(house, rows[0])
    digests(house, rows[1])
    revoke(house, first, rows[0])
    gone(house, rows[0])
    house.eventually(lambda: not house.ask("SELECT 1 FROM released_file"), what="what was let go")
    assert in_store(house, digest)
    assert house.request("GET", f"/media/{rows[1]['id']}").content == picture


def test_a_file_that_is_being_fetched_does_not_come_back(house: House, phone: str, sends_file: Any) -> None:
    order = {"on": "media_download", "kind": "slow", "seconds": 2, "times": 1}
    house.sandbox("POST", "faults", **order)
    row = sends_file(phone, "image", sample_png(643, 481), "image/png")
    query = "SELECT expected FROM media WHERE id = %s AND attempts = 1"
    house.eventually(lambda: house.ask(query, row["id"]), what="the fetch begun")
    revoke(house, phone, row)
    gone(house, row)
    house.eventually(lambda: not house.sandbox("GET", "faults")["faults"], what="the slow download over")
    house.eventually(lambda: not house.ask("SELECT 1 FROM released_file"), what="what was let go")
    assert house.request("GET", f"/media/{row['id']}").status_code == 404
    assert house.ask("SELECT 1 FROM media WHERE id = %s", row["id"]) == []


def test_a_revoke_before_its_message_lets_nothing_of_it_out(house: House, phone: str) -> None:
    words, update = "before its time", house.meta.text(phone, "before its time")
    taken = house.meta.message(phone, "revoke", revoke={"original_message_id": update["id"]})
    assert house.deliver(house.meta.said(taken)).status_code == 200
    house.eventually(
        lambda: house.ask("SELECT 1 FROM parked_update WHERE target_wamid = %s", update["id"]), what="parked"
    )
    with house.socket("ada") as socket:
        place = socket.seen[0]["last_event_id"]
        socket.send(type="subscribe_inbox")
        assert house.deliver(house.meta.said(update)).status_code == 200
        assert words not in str(socket.message(update["id"]))
    row = house.stored(update["id"])
    gone(house, row)
    history = read(house, f"/conversations/{row['conversation_id']}/events?after={place}")
    assert words not in history
