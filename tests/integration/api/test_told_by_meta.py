"""What Meta tells beside the words: bills, times, ads, groups, its own tests and shared phones, in a whole house."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from engines.formation import ROOT

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration

HOURS_6 = 6 * 3600
GROUP = "Y2FwaV9ncm91cDox"
UNDELIVERABLE = [{"code": 131026, "title": "Message undeliverable"}]
BILL = {
    "type": "order_details",
    "body": {"text": "Your bill"},
    "action": {
        "name": "review_and_pay",
        "parameters": {
            "reference_id": "bill-17",
            "type": "digital-goods",
            "currency": "INR",
            "total_amount": {"value": 2100, "offset": 100},
        },
    },
}


def received(house: House, update: dict[str, Any], body: bytes | None = None) -> dict[str, Any]:
    """The message as REST shows it, once the delivery is persisted."""
    assert house.deliver(body or house.meta.said(update)).status_code == 200
    return message(house, house.stored(update["id"])["id"])


def message(house: House, key: str) -> dict[str, Any]:
    return dict(house.request("GET", f"/messages/{key}").json())


def status(house: House, wamid: str, word: str, phone: str, **more: Any) -> None:
    update = house.meta.status(wamid, word, phone, **more)
    assert house.deliver(house.meta.body(house.meta.value(statuses=[update]))).status_code == 200


def send(house: House, **body: Any) -> dict[str, Any]:
    """Ask for a message, and wait until Meta took it."""
    asked = house.request("POST", "/messages/send", json=body)
    assert asked.status_code == 202, asked.text
    key = asked.json()["id"]
    house.eventually(lambda: message(house, key)["wamid"])
    return message(house, key)


def payment(word: str) -> dict[str, Any]:
    transaction = {"id": "order-17", "type": "razorpay", "status": word}
    return {"type": "payment", "payment": {"reference_id": "bill-17", "transaction": transaction}}


def test_a_payment_that_failed_fails_no_message_and_bills_nobody_twice(
    guarded_house: House, phone: str
) -> None:
    house = guarded_house
    house.converse(phone)
    sent = send(house, to=phone, type="interactive", interactive=BILL)
    status(house, sent["wamid"], "delivered", phone)
    for word in ("pending", "failed"):
        status(house, sent["wamid"], word, phone, **payment(word))
        house.eventually(
            lambda word=word: (message(house, sent["id"])["payment"] or {}).get("status") == word
        )
    now = message(house, sent["id"])
    assert (now["status"], now["error"]) in [("delivered", None), ("read", None)]
    assert (now["payment"]["reference_id"], now["payment"]["transaction"]["id"]) == ("bill-17", "order-17")
    again = house.request("POST", f"/messages/{sent['id']}/retry")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_retryable")
    assert len(house.sent(sent["id"])) == 1


def test_news_of_a_payment_reaches_whoever_looks_at_the_conversation(guarded: Guarded, phone: str) -> None:
    house = guarded.house
    conversation = house.converse(phone)
    sent = send(house, to=phone, type="interactive", interactive=BILL)
    with house.socket(guarded.agent.id) as socket:
        socket.send(type="subscribe_conversation", conversation_id=conversation)
        socket.expect("subscribed")
        status(house, sent["wamid"], "captured", phone, **payment("success"))
        event = socket.expect("message_status")
        while event["payment"] is None:
            event = socket.expect("message_status")
    assert (event["message_id"], event["payment"]["status"]) == (sent["id"], "captured")


def test_a_message_that_comes_late_says_when_it_was_written(guarded_house: House, phone: str) -> None:
    written = int(time.time()) - HOURS_6
    update = guarded_house.meta.text(phone, "Hello, six hours ago", timestamp=str(written))
    shown = received(guarded_house, update)
    assert datetime.fromisoformat(shown["sent_at"]) == datetime.fromtimestamp(written, UTC)
    age = datetime.now(UTC) - datetime.fromisoformat(shown["created_at"])
    assert age.total_seconds() < 600


def test_what_was_written_on_the_phone_app_says_when_too(guarded_house: House, phone: str) -> None:
    written = int(time.time()) - HOURS_6
    echo = guarded_house.meta.text("15550001111", "From the phone", to=phone, timestamp=str(written))
    value = guarded_house.meta.value(message_echoes=[echo])
    shown = received(guarded_house, echo, guarded_house.meta.body(value, field="smb_message_echoes"))
    assert shown["direction"] == "echo"
    assert datetime.fromisoformat(shown["sent_at"]).timestamp() == written


def test_the_ad_the_product_and_the_forwarding_stand_at_the_message(guarded: Guarded, phone: str) -> None:
    house = guarded.house
    ad = {"source_url": "https://fb.example/x", "source_type": "ad", "headline": "Sale", "ctwa_clid": "ARAk"}
    product = {"catalog_id": "7", "product_retailer_id": "tea-01"}
    context = {"referred_product": product, "frequently_forwarded": True}
    update = house.meta.text(phone, "Is this available?", referral=ad, context=context)
    with house.socket(guarded.agent.id) as socket:
        socket.send(type="subscribe_inbox")
        socket.expect("subscribed")
        shown = received(house, update)
        heard = socket.message(update["id"])["message"]
    assert shown["referral"] == heard["referral"] == ad
    expected = {"forwarded": True, "frequently_forwarded": True, "referred_product": product}
    assert shown["context"] == heard["context"] == expected


@pytest.mark.parametrize("own", [{}, {"unsupported": {"type": "poll"}}], ids=["alone", "beside its object"])
def test_what_could_not_be_shown_says_why(guarded_house: House, phone: str, own: dict[str, Any]) -> None:
    error = {"code": 131060, "title": "This message is unavailable", "error_data": {"details": "Ask again."}}
    shown = received(guarded_house, guarded_house.meta.message(phone, "unsupported", errors=[error], **own))
    assert shown["errors"] == [
        {"code": 131060, "title": "This message is unavailable", "details": "Ask again."}
    ]


def group_message(house: House, phone: str, group_id: str) -> dict[str, Any]:
    return received(house, house.meta.text(phone, "Hello all", group_id=group_id))


def test_what_one_of_a_group_did_not_get_the_others_have(guarded_house: House, phone: str) -> None:
    house, group_id = guarded_house, GROUP + uuid.uuid4().hex
    first = group_message(house, phone, group_id)
    assert first["sender"]["phone"] == phone
    house.sandbox("PATCH", "settings", statuses={"muted": True})
    try:
        sent = send(house, conversation_id=first["conversation_id"], type="text", text={"body": "Hi"})
    finally:
        house.sandbox("PATCH", "settings", statuses={"muted": False})
    of_group = {"recipient_type": "group"}
    status(house, sent["wamid"], "sent", group_id, recipient_participant_id=phone, **of_group)
    gone = {"recipient_participant_id": "16505551666", "errors": UNDELIVERABLE}
    status(house, sent["wamid"], "failed", group_id, **gone, **of_group)
    shown = house.eventually(lambda: told_of_two(message(house, sent["id"])))
    assert (shown["status"], shown["error"]) == ("sent", None)
    assert {recipient["member"]: recipient["status"] for recipient in shown["recipients"]} == {
        phone: "sent",
        "16505551666": "failed",
    }
    assert house.request("POST", f"/messages/{sent['id']}/retry").status_code == 409


def told_of_two(shown: dict[str, Any]) -> dict[str, Any] | None:
    return shown if len(shown["recipients"]) == 2 else None


def test_a_group_is_called_by_its_subject(guarded_house: House, phone: str) -> None:
    house, group_id = guarded_house, GROUP + uuid.uuid4().hex
    first = group_message(house, phone, group_id)
    news = {"group_id": group_id, "timestamp": str(int(time.time())), "type": "group_settings_update"}
    news |= {"group_subject": {"text": "Tea lovers", "update_successful": True}}
    house.deliver(house.meta.body(house.meta.value(groups=[news]), field="group_settings_update"))
    place = f"/conversations/{first['conversation_id']}"
    house.eventually(lambda: house.request("GET", place).json()["contact"]["name"] == "Tea lovers")


def test_metas_own_test_is_told_each_time_and_adopts_nothing(guarded_house: House, phone: str) -> None:
    house, began = guarded_house, datetime.now(UTC)
    numbers = house.request("GET", "/numbers").json()
    body = json.loads(
        house.meta.said(house.meta.text("16315551181", "this is a text message", timestamp="1504902988"))
    )
    body["entry"][0]["id"] = "0"
    metadata = body["entry"][0]["changes"][0]["value"]["metadata"]
    metadata |= {"display_phone_number": "16505551111", "phone_number_id": "123456123"}
    for _ in range(2):
        pressed = datetime.now(UTC)
        assert house.deliver(json.dumps(body).encode()).status_code == 200
        test = house.eventually(lambda pressed=pressed: last_since(house, pressed))
        assert test["field"] == "messages"
    assert datetime.fromisoformat(test["at"]).timestamp() > began.timestamp() - 0.002
    doctor = json.loads(parley(house, "doctor", "--json").stdout)["checks"]
    (text,) = [check["text"] for check in doctor if check["check"] == "meta's test"]
    assert "the field messages" in text
    assert house.request("GET", "/numbers").json() == numbers
    assert house.ask(
        "SELECT count(*) FROM number WHERE account_id = '0' OR phone_number_id = '123456123'"
    ) == [(0,)]
    assert house.ask("SELECT count(*) FROM contact WHERE phone = '16315551181'") == [(0,)]


def last_since(house: House, moment: datetime) -> dict[str, Any] | None:
    last = house.request("GET", "/whatsapp/webhook/test").json()["last_test"]
    # Redis counts in milliseconds.
    return (
        last if last and datetime.fromisoformat(last["at"]).timestamp() > moment.timestamp() - 0.002 else None
    )


@pytest.mark.parametrize(("origin", "learnt"), [("contact_request", True), ("other", False)])
def test_a_phone_that_was_asked_for_is_learnt(
    guarded_house: House, phone: str, origin: str, learnt: bool
) -> None:
    house, user_id = guarded_house, f"US.{uuid.uuid4().int % 10**16}"
    card = {
        "origin": origin,
        "name": {"formatted_name": "C"},
        "phones": [{"phone": f"+{phone}", "wa_id": phone}],
    }
    update = house.meta.message("", "contacts", from_user_id=user_id, contacts=[card])
    del update["from"]
    value = house.meta.value(contacts=[{"profile": {"name": "C"}, "user_id": user_id}], messages=[update])
    shown = received(house, update, house.meta.body(value))
    contact = house.request("GET", f"/conversations/{shown['conversation_id']}").json()["contact"]
    assert (contact["user_id"], contact["phone"]) == (user_id, phone if learnt else None)


def test_ids_that_come_as_numbers_are_read(guarded_house: House, phone: str) -> None:
    house = guarded_house
    update = house.meta.text(phone, "Numbers")
    body = json.loads(house.meta.said(update))
    value = body["entry"][0]["changes"][0]["value"]
    value["metadata"]["phone_number_id"] = int(value["metadata"]["phone_number_id"])
    value["messages"][0]["from"] = value["contacts"][0]["wa_id"] = int(phone)
    shown = received(house, update, json.dumps(body).encode())
    thread = house.request("GET", f"/conversations/{shown['conversation_id']}").json()
    assert (thread["contact"]["phone"], thread["phone_number_id"]) == (phone, house.meta.number)


def test_what_cannot_be_read_is_listed_for_admins_and_raises_an_alarm_until_it_is_noted(
    guarded: Guarded,
) -> None:
    house, mark = guarded.house, uuid.uuid4().hex
    admin = {"token": guarded.admin.token}
    for _ in range(2):
        assert house.deliver(f'["{mark}"]'.encode()).status_code == 200
    listing = "/other-updates?unread=true&field=unreadable&limit=200"
    assert house.request("GET", listing).status_code == 403

    def kept_update() -> dict[str, Any] | None:
        for item in house.request("GET", listing, **admin).json()["data"]:
            whole = house.request("GET", f"/other-updates/{item['id']}", **admin).json()
            if whole["body"] == [mark] and whole["seen"] == 2:
                return dict(whole)
        return None

    kept = house.eventually(kept_update)
    assert kept["field"] == "unreadable"
    assert kept["reason"]
    (alarm,) = house.eventually(lambda: house.request("GET", "/readyz").json()["alarms"])
    assert "could not be read" in alarm
    assert kept["id"] in parley(house, "other-updates", "list", "--unread").stdout
    found_by = {
        check["check"]: check for check in json.loads(parley(house, "doctor", "--json").stdout)["checks"]
    }
    assert found_by["unread updates"]["result"] == "FAIL"
    noted = house.request("POST", f"/other-updates/{kept['id']}/note", **admin).json()
    assert noted["noted_at"]
    assert mark in parley(house, "other-updates", "show", kept["id"]).stdout
    assert kept["id"] not in parley(house, "other-updates", "list", "--unread").stdout
    house.request("POST", "/other-updates/note", **admin)
    house.eventually(lambda: house.request("GET", "/readyz").json()["status"] == "ok")


def parley(house: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What an operator does from a shell."""
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        env=house.formation.env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_slash_at_the_end_of_a_path_makes_no_difference(guarded: Guarded, phone: str) -> None:
    house = guarded.house
    query = {"hub.mode": "subscribe", "hub.verify_token": guarded.verify_token, "hub.challenge": "42"}
    assert house.request("GET", "/whatsapp/webhook/", params=query).text == "42"
    body = house.meta.said(house.meta.text(phone, "By the other way"))
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": house.meta.signature(body)}
    assert house.request("POST", "/whatsapp/webhook/", data=body, headers=headers).status_code == 200
    assert house.request("GET", "/conversations/").json()["data"]
    assert house.request("GET", "/conversations//").status_code == 404
    assert (
        house.request("GET", "/metrics/").status_code == 404 == house.request("GET", "/nowhere/").status_code
    )
