"""The main job, both ways: a customer's message reaches the agent, and the agent's answer the customer."""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from websockets.sync.client import connect

if TYPE_CHECKING:
    from faults.house import House
    from faults.people.socket_client import Socket
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration

USER = str(uuid.uuid4())
AT_ONCE_S = 1.0


@pytest.mark.timed
def test_a_signed_webhook_is_in_postgres_and_on_a_socket_within_a_second(
    guarded: Guarded, phone: str
) -> None:
    house = guarded.house
    conversation = house.converse(phone)
    update = house.meta.text(phone, "Is the blue one in stock?")
    with house.socket(guarded.agent.id) as socket:
        socket.send(type="subscribe_conversation", conversation_id=conversation)
        socket.expect("subscribed")
        began = time.monotonic()
        assert house.deliver(house.meta.said(update)).status_code == 200
        event = socket.message(update["id"])
        took = time.monotonic() - began
    assert took < AT_ONCE_S
    assert event["conversation_id"] == conversation
    assert event["message"]["content"] == {"body": "Is the blue one in stock?"}
    assert house.stored(update["id"])["id"] == event["message"]["id"]


def test_the_first_message_of_a_stranger_reaches_whoever_watches_the_inbox(
    guarded: Guarded, phone: str
) -> None:
    house = guarded.house
    update = house.meta.text(phone, "Hello")
    with house.socket(guarded.agent.id) as socket:
        socket.send(type="subscribe_inbox")
        socket.expect("subscribed")
        house.deliver(house.meta.said(update, name="Grace Example"))
        event = socket.message(update["id"])
    contact = event["conversation"]["contact"]
    assert (contact["name"], contact["phone"]) == ("Grace Example", phone)
    assert event["conversation"]["unread_count"] == 1
    assert event["conversation"]["window"]["open"] is True


def test_an_answer_reaches_the_customer_and_its_ticks_come_back_in_order(
    guarded: Guarded, phone: str
) -> None:
    house = guarded.house
    conversation = house.converse(phone)
    with house.socket(guarded.agent.id) as socket:
        socket.send(type="subscribe_conversation", conversation_id=conversation)
        socket.expect("subscribed")
        answer = send(house, conversation_id=conversation, text={"body": "Yes, two are left"})
        assert (answer["status"], answer["agent_id"]) == ("queued", guarded.agent.id)
        socket.expect("message_status", message_id=answer["id"], status="read")
    words = [frame["status"] for frame in statuses(socket, answer["id"])]
    assert [word for word in words if word in ("sent", "delivered", "read")] == ["sent", "delivered", "read"]
    first = next(frame for frame in socket.seen if frame["type"] == "new_message")
    assert first["message"]["id"] == answer["id"]
    (taken,) = house.sent(answer["id"])
    assert (taken["request"]["to"], taken["request"]["text"]["body"]) == (phone, "Yes, two are left")


def test_the_list_and_the_events_end_in_the_same_state(guarded: Guarded, phone: str) -> None:
    house = guarded.house
    conversation = house.converse(phone)
    with house.socket(guarded.agent.id) as socket:
        socket.send(type="subscribe_conversation", conversation_id=conversation)
        socket.expect("subscribed")
        answer = send(house, conversation_id=conversation, text={"body": "On its way"})
        last = socket.expect("message_status", message_id=answer["id"], status="read")
    shown = house.request("GET", f"/messages/{answer['id']}").json()
    for name in ("status", "status_times", "wamid", "revision", "error"):
        assert shown[name] == last[name]
    page = house.request("GET", f"/conversations/{conversation}/messages?limit=1").json()
    assert page["data"] == [shown]


def test_the_development_example_works_exactly_as_it_is_written(house: House, phone: str) -> None:
    # new WebSocket("ws://localhost:8000/api/v1/ws/chat/" + userId): no header, no ticket, any user id.
    conversation = house.converse(phone)
    with connect(
        "ws://localhost:8000/api/v1/ws/chat/".replace("8000", port(house)) + USER, proxy=None
    ) as raw:
        raw.send(json.dumps({"type": "subscribe_conversation", "conversation_id": conversation}))
        update = house.meta.text(phone, "Anybody there?")
        house.deliver(house.meta.said(update), signature="")
        frames = [raw.recv(30) for _ in range(3)]
    assert [kind_of(frame) for frame in frames] == ["hello", "subscribed", "new_message"]
    assert "Anybody there?" in str(frames[-1])


def test_in_development_an_agent_needs_no_login_to_read_and_answer(house: House, phone: str) -> None:
    conversation = house.converse(phone)
    assert house.request("GET", f"/conversations/{conversation}").status_code == 200
    answer = send(house, to=f"+{phone[:2]} {phone[2:]}", text={"body": "Here we are"})
    assert answer["conversation_id"] == conversation
    house.eventually(lambda: house.sent(answer["id"]), what="the sandbox taking the answer")


def test_an_image_comes_with_its_caption_and_its_media_id(house: House, phone: str) -> None:
    image = {"id": "1013859600285441", "mime_type": "image/jpeg", "sha256": "abc=", "caption": "The dent"}
    shown = show(house, house.meta.message(phone, "image", image=image))
    assert (shown["type"], shown["content"]) == ("image", image)
    assert "The dent" in shown["preview"]


def test_a_status_that_comes_before_its_message_is_applied_once_the_message_is_known(
    house: House, phone: str
) -> None:
    house.sandbox("POST", "faults", kind="slow", to=phone, seconds=4)
    answer = send(house, conversation_id=house.converse(phone), text={"body": "Slow"})
    taken = house.eventually(lambda: house.sent(answer["id"]), what="the sandbox taking the answer")[0]
    assert house.request("GET", f"/messages/{answer['id']}").json()["wamid"] is None
    # Without our id in it, so that only the wamid can tell whose status this is.
    early = house.meta.value(statuses=[house.meta.status(taken["wamid"], "played", phone)])
    assert house.deliver(house.meta.body(early)).status_code == 200
    parked = "SELECT count(*) FROM parked_update WHERE target_wamid = %s"
    house.eventually(lambda: house.ask(parked, taken["wamid"]) == [(1,)], what="the status being parked")
    house.eventually(lambda: status(house, answer["id"]) == "played", what="the parked status being applied")
    assert house.ask(parked, taken["wamid"]) == [(0,)]


def test_a_message_of_a_type_nobody_knows_is_kept_whole_and_shown(house: House, phone: str) -> None:
    update = house.meta.message(phone, "hologram", hologram={"shape": "cube", "edges": 12})
    shown = show(house, update)
    assert (shown["type"], shown["content"]) == ("hologram", {"shape": "cube", "edges": 12})
    assert shown["preview"]


def test_a_field_of_the_account_is_kept_raw(house: House) -> None:
    mark = uuid.uuid4().hex
    value = {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": mark}}
    assert house.deliver(house.meta.body(value, field="account_update")).status_code == 200
    kept = house.eventually(
        lambda: house.ask("SELECT field, body FROM other_update WHERE body::text LIKE %s", like(mark)),
        what="the update among the others",
    )
    assert kept[0][0] == "account_update"
    assert kept[0][1]["value"] == value


def test_one_bad_update_leaves_its_good_neighbours_alone(house: House, phone: str) -> None:
    mark = uuid.uuid4().hex
    before, after = (house.meta.text(phone, words) for words in ("before", "after"))
    bad = [{"id": None, "type": "text", "mark": mark}, f"no object {mark}", house.meta.text("", mark)]
    value = house.meta.value(contacts=[], messages=[before, *bad, after])
    assert house.deliver(house.meta.body(value)).status_code == 200
    thread = {house.stored(message["id"])["conversation_id"] for message in (before, after)}
    assert len(thread) == 1
    query = "SELECT count(*) FROM other_update WHERE body::text LIKE %s"
    assert house.ask(query, like(mark)) == [(3,)]


def test_a_delivery_repeated_fifty_times_in_parallel_makes_one_row_and_one_event(
    house: House, phone: str
) -> None:
    conversation = house.converse(phone)
    update, last = house.meta.text(phone, "Only once"), house.meta.text(phone, "The end")
    body = house.meta.said(update)
    with house.socket(USER) as socket:
        socket.send(type="subscribe_conversation", conversation_id=conversation)
        socket.expect("subscribed")
        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: house.deliver(body).status_code, range(50)))
        assert set(answers) == {200}
        house.deliver(house.meta.said(last))
        socket.message(last["id"])
    wamids = [frame["message"]["wamid"] for frame in socket.seen if frame["type"] == "new_message"]
    assert wamids == [update["id"], last["id"]]
    assert house.ask("SELECT count(*) FROM message WHERE wamid = %s", update["id"]) == [(1,)]


def test_a_reply_quotes_the_message_it_answers_on_both_sides(house: House, phone: str) -> None:
    question = house.meta.text(phone, "Which size?")
    house.deliver(house.meta.said(question))
    asked = house.stored(question["id"])
    answer = send(
        house, conversation_id=asked["conversation_id"], text={"body": "Medium"}, reply_to=asked["id"]
    )
    wamid = house.accepted(answer["id"])
    assert house.sent(answer["id"])[0]["request"]["context"] == {"message_id": question["id"]}
    thanks = house.meta.text(phone, "Thanks", context={"from": "15550001111", "id": wamid})
    assert show(house, thanks)["reply_to"] == answer["id"]


def send(house: House, **body: Any) -> dict[str, Any]:
    answer = house.request("POST", "/messages/send", json={"type": "text"} | body)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def show(house: House, update: dict[str, Any]) -> dict[str, Any]:
    """A customer's update as REST shows it once it is stored."""
    assert house.deliver(house.meta.said(update)).status_code == 200
    key = house.stored(update["id"])["id"]
    return dict(house.request("GET", f"/messages/{key}").json())


def status(house: House, message_id: str) -> str:
    return str(house.request("GET", f"/messages/{message_id}").json()["status"])


def statuses(socket: Socket, message_id: str) -> list[dict[str, Any]]:
    return [
        frame
        for frame in socket.seen
        if frame["type"] == "message_status" and frame["message_id"] == message_id
    ]


def kind_of(frame: Any) -> str:
    return str(json.loads(frame)["type"])


def port(house: House) -> str:
    return str(house.formation.ports.site)


def like(mark: str) -> str:
    return f"%{mark}%"
