"""Signed webhooks: their form, their signature, their retries."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest

from faults.expect import WAIT_S, eventually
from tests.integration.sandbox.sandboxprocess import ACCOUNT, ADA, NUMBER, SECRET, Sandbox
from tests.integration.sandbox.webhookreceiver import Receiver

pytestmark = pytest.mark.integration


def test_a_customers_text_arrives_in_metas_envelope(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("POST", "inbound", {"text": "Is this still available? 🙂 / yes"})
    envelope = eventually(lambda: receiver.hooks)[0].json
    assert envelope["object"] == "whatsapp_business_account"
    assert envelope["entry"][0]["id"] == ACCOUNT
    change = envelope["entry"][0]["changes"][0]
    assert change["field"] == "messages"
    value = change["value"]
    assert value["metadata"] == {"display_phone_number": "15550001111", "phone_number_id": NUMBER}
    user_id = value["messages"][0]["from_user_id"]
    assert value["contacts"] == [{"profile": {"name": "Ada Lovelace"}, "wa_id": ADA, "user_id": user_id}]
    message = value["messages"][0]
    assert (message["from"], message["type"]) == (ADA, "text")
    assert message["text"] == {"body": "Is this still available? 🙂 / yes"}
    assert isinstance(message["timestamp"], str)
    assert message["timestamp"].isdigit()


def test_the_signature_covers_the_exact_bytes(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("POST", "inbound", {"text": "Grüße / 🙂"})
    hook = eventually(lambda: receiver.hooks)[0]
    expected = hmac.new(SECRET.encode(), hook.body, hashlib.sha256).hexdigest()
    assert hook.signature == f"sha256={expected}"


def test_sent_delivered_and_read_follow_and_echo_our_id(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("PATCH", "settings", {"statuses": {"delays": [0.05, 0.2, 0.2]}})
    wamid = sandbox.sent(biz_opaque_callback_data="parley-7")
    statuses = eventually(lambda: (received := receiver.statuses(wamid)) and len(received) == 3 and received)
    assert [status["status"] for status in statuses] == ["sent", "delivered", "read"]
    assert {status["biz_opaque_callback_data"] for status in statuses} == {"parley-7"}
    assert {status["recipient_id"] for status in statuses} == {ADA}
    assert statuses[0]["pricing"]["pricing_model"] == "PMP"
    assert statuses[0]["conversation"]["expiration_timestamp"].isdigit()


def test_a_refused_webhook_is_tried_again_until_it_is_taken(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answers = [(401, b'{"title": "Signature refused", "description": "Secrets differ."}')]
    receiver.answer = (503, b"")
    sent = sandbox.control("POST", "inbound", {"text": "Hello?"})["deliveries"][0]

    def delivery(**state: Any) -> Any:
        shown = sandbox.control("GET", f"deliveries/{sent}")
        return shown if state.items() <= shown.items() else None

    eventually(lambda: delivery(state="retrying", last_status=503))
    receiver.answer = (200, b"")
    taken = eventually(lambda: delivery(state="delivered"))
    first, *between, last = [attempt["status"] for attempt in taken["attempts"]]
    assert (first, set(between), last) == (401, {503}, 200)
    assert taken["attempts"][0]["said"] == "Parley answered 401: Secrets differ."
    assert len({hook.body for hook in receiver.hooks}) == 1


def test_an_unreachable_webhook_is_explained_and_kept(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("PATCH", "settings", {"webhook": {"url": "http://127.0.0.1:1/"}})
    sent = sandbox.control("POST", "inbound", {"text": "Hello?"})["deliveries"][0]
    eventually(lambda: "refused" in sandbox.control("GET", f"deliveries/{sent}")["said"])
    sandbox.control("PATCH", "settings", {"webhook": {"url": receiver.url}})
    eventually(receiver.messages)


def test_a_thousand_updates_fit_one_post(sandbox: Sandbox, receiver: Receiver) -> None:
    order = {"text": "Message {n}", "repeat": 1000, "per_post": 1000}
    wamids = sandbox.control("POST", "inbound", order)["messages"]
    eventually(lambda: len(receiver.messages()) == 1000)
    assert len(receiver.hooks) == 1
    assert [message["id"] for message in receiver.messages()] == wamids
    assert receiver.messages()[999]["text"]["body"] == "Message 1000"


@pytest.mark.parametrize("packing", ["changes", "messages", "entries"])
def test_batches_can_be_packed_in_each_of_metas_ways(
    sandbox: Sandbox, receiver: Receiver, packing: str
) -> None:
    batch = [{"from": ADA, "text": "One"}, {"from": "447700900456", "type": "location"}]
    sandbox.control("POST", "inbound", {"batch": batch, "per_post": 10, "packing": packing})
    eventually(lambda: len(receiver.messages()) == 2)
    assert [message["type"] for message in receiver.messages()] == ["text", "location"]
    assert len(receiver.hooks) == 1


@pytest.mark.parametrize(
    ("order", "kind"),
    [
        ({"type": "voice"}, "audio"),
        ({"type": "sticker"}, "sticker"),
        ({"type": "document"}, "document"),
        ({"type": "contacts"}, "contacts"),
        ({"type": "button_reply", "title": "Yes", "reply_id": "y"}, "interactive"),
        ({"type": "flow_reply", "response_json": "[1]"}, "interactive"),
        ({"type": "order"}, "order"),
        ({"type": "system", "new_wa_id": "447700900999"}, "system"),
        ({"type": "unsupported"}, "unsupported"),
        ({"type": "reaction", "message_id": "wamid.x", "emoji": "👍"}, "reaction"),
        ({"type": "revoke", "message_id": "wamid.x"}, "revoke"),
        ({"message": {"type": "hologram", "hologram": {"depth": 3}}}, "hologram"),
    ],
)
def test_every_inbound_type_has_a_short_form(
    sandbox: Sandbox, receiver: Receiver, order: dict[str, object], kind: str
) -> None:
    sandbox.control("POST", "inbound", order)
    message = eventually(receiver.messages)[0]
    assert message["type"] == kind
    assert kind in message or kind == "unsupported"


def test_a_username_user_has_empty_phone_fields(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("POST", "inbound", {"from": "GB.9f3K2mQ7xR1tZ0", "text": "It's me"})
    value = eventually(lambda: receiver.hooks)[0].json["entry"][0]["changes"][0]["value"]
    assert value["contacts"][0]["wa_id"] == ""
    assert value["contacts"][0]["profile"]["username"] == "mary.shelley"
    assert value["messages"][0]["from"] == ""
    assert value["messages"][0]["from_user_id"] == "GB.9f3K2mQ7xR1tZ0"


def test_raw_values_and_raw_bodies_go_out_untouched(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control(
        "POST", "inbound", {"value": {"event": "APPROVED"}, "field": "message_template_status_update"}
    )
    sandbox.control("POST", "inbound", {"body": '{"a": NaN,\n"a": 1}'})
    eventually(lambda: len(receiver.hooks) == 2)
    bodies = sorted(hook.body for hook in receiver.hooks)
    assert bodies[1] == b'{"a": NaN,\n"a": 1}' or bodies[0] == b'{"a": NaN,\n"a": 1}'
    change = next(hook.json for hook in receiver.hooks if b"APPROVED" in hook.body)["entry"][0]["changes"][0]
    assert change == {"value": {"event": "APPROVED"}, "field": "message_template_status_update"}


def test_a_delivery_can_be_replayed_byte_for_byte(sandbox: Sandbox, receiver: Receiver) -> None:
    sent = sandbox.control("POST", "inbound", {"text": "Once"})["deliveries"][0]
    sandbox.control("POST", f"deliveries/{sent}/replay", {"times": 20})
    eventually(lambda: len(receiver.hooks) == 21)
    assert len({(hook.body, hook.signature) for hook in receiver.hooks}) == 1


def test_statuses_can_be_muted_doubled_and_turned_round(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("PATCH", "settings", {"statuses": {"muted": True}})
    muted = sandbox.sent()
    plan = {"muted": False, "order": ["read", "sent"], "delays": [0.05, 0.2], "copies": 2}
    sandbox.control("PATCH", "settings", {"statuses": plan})
    wamid = sandbox.sent()
    eventually(lambda: len(receiver.statuses(wamid)) == 4)
    assert [status["status"] for status in receiver.statuses(wamid)] == ["read", "read", "sent", "sent"]
    assert receiver.statuses(muted) == []


def test_a_paused_courier_holds_everything_back(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("PATCH", "settings", {"webhook": {"paused": True}})
    sent = sandbox.control("POST", "inbound", {"text": "Later"})["deliveries"][0]
    assert sandbox.control("GET", f"deliveries/{sent}")["state"] == "waiting"
    assert receiver.hooks == []
    sandbox.control("PATCH", "settings", {"webhook": {"paused": False}})
    eventually(receiver.messages)


def test_the_webhooks_address_can_be_checked(sandbox: Sandbox) -> None:
    answer = sandbox.control("POST", "verify")
    assert (answer["ok"], answer["status"]) == (True, 200)


def test_a_picture_in_a_webhook_can_be_fetched_and_matches_its_hash(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    sandbox.control("POST", "inbound", {"type": "image", "caption": "Sunset"})
    image = eventually(receiver.messages)[0]["image"]
    info = sandbox.graph("GET", image["id"]).json()
    data = sandbox.session.get(info["url"], headers={"Authorization": "Bearer t"}, timeout=WAIT_S).content
    assert base64.b64decode(image["sha256"]) == hashlib.sha256(data).digest()
    assert data.startswith(b"\x89PNG")


def test_a_message_in_a_raw_envelope_is_on_the_phone_and_can_be_read(sandbox: Sandbox) -> None:
    message = {"from": ADA, "id": "wamid.raw", "timestamp": "1", "type": "text", "text": {"body": "Raw"}}
    value = {"contacts": [{"wa_id": ADA, "profile": {"name": "Ada L."}}], "messages": [message, 7, {}]}
    envelope = {"entry": [{"changes": [{"field": "messages", "value": value}]}, "garbage"]}
    sandbox.control("POST", "inbound", {"envelope": envelope})
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.raw"}
    assert sandbox.graph("POST", f"{NUMBER}/messages", json=body).json() == {"success": True}
    phone = sandbox.control("GET", f"phone?customer={ADA}")
    assert [(entry["text"], entry["status"]) for entry in phone["entries"]] == [("Raw", "read")]


@pytest.mark.parametrize(
    "order",
    [
        {"text": "lone \ud800 surrogate and \x00"},
        {"message": {"context": "no object", "text": ["no", "object"]}},
        {"type": "contacts", "contacts": [1, {"name": "no object"}]},
        {"body": '{"entry":[{"changes":[{"value":{"messages":[{"from":"1","id":"x","text":NaN}]}}]}]}'},
        {"body": "[" * 100_000},
        {"body": "\ufeff{}"},
    ],
    ids=["surrogate", "odd objects", "odd contacts", "not a number", "deep", "byte order mark"],
)
def test_garbage_goes_out_and_the_phone_still_answers(
    sandbox: Sandbox, receiver: Receiver, order: dict[str, object]
) -> None:
    sandbox.control("POST", "inbound", order)
    eventually(lambda: receiver.hooks)
    for customer in (ADA, "1"):
        answer = sandbox.session.get(f"{sandbox.url}/sandbox/phone?customer={customer}", timeout=WAIT_S)
        answer.raise_for_status()
        assert "NaN" not in answer.text.replace('"NaN"', "")


def test_a_reviewed_template_is_told_to_the_webhook(sandbox: Sandbox, receiver: Receiver) -> None:
    template = {"name": "fresh", "language": "en", "status": "REJECTED", "notify": True}
    sandbox.control("POST", "templates", template)
    change = eventually(lambda: receiver.hooks)[0].json["entry"][0]["changes"][0]
    assert change["field"] == "message_template_status_update"
    assert (change["value"]["event"], change["value"]["message_template_name"]) == ("REJECTED", "fresh")


def test_a_status_can_be_sent_by_hand(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("PATCH", "settings", {"statuses": {"muted": True}})
    wamid = sandbox.sent()
    sandbox.control("POST", "statuses", {"wamid": wamid, "status": "failed", "code": 131026, "times": 2})
    eventually(lambda: len(receiver.statuses(wamid)) == 2)
    assert {status["errors"][0]["code"] for status in receiver.statuses(wamid)} == {131026}


def test_an_echo_comes_from_the_business_and_is_on_the_phone(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("POST", "inbound", {"type": "echo", "to": ADA, "text": "From the shop"})
    hook = eventually(lambda: receiver.hooks)[0]
    assert hook.json["entry"][0]["changes"][0]["field"] == "smb_message_echoes"
    echo = hook.values("message_echoes")[0]
    assert (echo["from"], echo["to"]) == ("15550001111", ADA)
    entry = sandbox.control("GET", f"phone?customer={ADA}")["entries"][0]
    assert (entry["sender"], entry["text"]) == ("business", "From the shop")


def test_outside_the_service_window_only_templates_arrive(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("PATCH", "settings", {"service_window": True})
    late = sandbox.sent()
    template = sandbox.sent(type="template", template={"name": "hello_world", "language": {"code": "en_US"}})
    eventually(lambda: len(receiver.statuses(template)) == 3)
    failed = eventually(lambda: receiver.statuses(late))
    assert [status["errors"][0]["code"] for status in failed] == [131047]
    sandbox.control("POST", "inbound", {"text": "I am here"})
    in_time = sandbox.sent()
    assert eventually(lambda: receiver.statuses(in_time))[0]["status"] != "failed"
