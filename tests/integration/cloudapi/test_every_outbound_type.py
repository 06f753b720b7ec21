"""What an agent sends by REST, and the body Meta gets of it: nothing lost, nothing added, the right person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.cloudapi.outboundtypes import EVERY, INTERACTIVE, MESSAGES, TEMPLATES
from tests.integration.cloudapi.templateshelf import stock
from whatsapp.outbound.limits import OUTBOUND

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module", autouse=True)
def templates(house: House) -> None:
    stock(house)


@pytest.mark.parametrize("name", EVERY)
def test_meta_gets_what_the_agent_wrote_field_by_field(
    house: House, phone: str, taken: Any, name: str
) -> None:
    kind, content = EVERY[name]
    sent = taken(conversation_id=house.converse(phone), type=kind, **{kind: content})
    assert sent["body"] == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": phone,
        "type": kind,
        kind: content,
        "biz_opaque_callback_data": sent["message"]["id"],
    }


def test_the_table_holds_every_type_that_may_be_sent() -> None:
    assert {kind for kind, _ in EVERY.values()} | {"reaction"} == set(OUTBOUND)


def test_the_table_holds_every_kind_of_interactive_message() -> None:
    # A kind that does not exist is answered with the list of those that do.
    ((_, sentence),) = OUTBOUND["interactive"]({"type": "?"})
    known = sentence.partition("one of ")[2].rstrip(".").split(", ")
    assert {content["type"] for _, content in INTERACTIVE.values()} == set(known)  # type: ignore[call-overload]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_reaches_somebody_who_never_wrote(house: House, phone: str, taken: Any, name: str) -> None:
    kind, content = TEMPLATES[name]
    assert taken(to=phone, type=kind, **{kind: content})["body"]["to"] == phone


@pytest.mark.parametrize("name", ["text", "image with caption", "sticker", "five contacts", "location"])
def test_any_type_may_quote_and_meta_gets_the_wamid(phone: str, taken: Any, says: Any, name: str) -> None:
    kind, content = MESSAGES[name]
    asked = says(phone, text="Which one?")
    sent = taken(conversation_id=asked["conversation_id"], type=kind, reply_to=asked["id"], **{kind: content})
    assert sent["body"]["context"] == {"message_id": asked["wamid"]}
    assert sent["message"]["reply_to"] == asked["id"]


@pytest.mark.parametrize("name", EVERY)
def test_what_rest_shows_is_what_was_sent(house: House, phone: str, send: Any, name: str) -> None:
    kind, content = EVERY[name]
    message = send(conversation_id=house.converse(phone), type=kind, **{kind: content})
    shown = house.request("GET", f"/messages/{message['id']}").json()
    assert (shown["type"], shown["content"], shown["direction"]) == (kind, content, "outbound")
    assert shown["preview"]


def test_somebody_without_a_number_is_reached_by_recipient(house: House, taken: Any, says: Any) -> None:
    asked = says({"user_id": "GB.4Xk2mQ7xR1tZ0a", "username": "nobody.knows", "name": "Nobody"}, text="Hi")
    sent = taken(conversation_id=asked["conversation_id"], type="text", text={"body": "Hello you"})
    assert sent["body"]["recipient"] == "GB.4Xk2mQ7xR1tZ0a"
    assert "to" not in sent["body"]
    assert house.sent(sent["message"]["id"])[0]["dropped"] is False


def test_a_user_id_in_to_goes_out_in_recipient(house: House, taken: Any) -> None:
    template = {"name": "hello_world", "language": {"code": "en_US"}}
    sent = taken(to="GB.ENT.7Yx2mQ7xR1tZ0b", type="template", template=template)
    assert sent["body"]["recipient"] == "GB.ENT.7Yx2mQ7xR1tZ0b"
    assert "to" not in sent["body"]
    assert house.sent(sent["message"]["id"])[0]["dropped"] is False


def test_a_reaction_names_our_message_and_meta_gets_its_wamid(
    house: House, phone: str, taken: Any, says: Any
) -> None:
    asked = says(phone, text="It fits!")
    sent = taken(
        conversation_id=asked["conversation_id"],
        type="reaction",
        reaction={"message_id": asked["id"], "emoji": "🎉"},
    )
    assert sent["body"]["reaction"] == {"message_id": asked["wamid"], "emoji": "🎉"}
    house.eventually(lambda: _reactions(house, asked["id"]) == [("🎉", False)], what="the reaction shown")
    entry = house.sandbox("GET", f"phone?customer={phone}")["entries"][0]
    assert entry["reactions"] == {"business": "🎉"}


def test_a_reaction_that_is_taken_back_goes_out_empty_and_is_shown_no_more(
    house: House, phone: str, taken: Any, says: Any
) -> None:
    asked = says(phone, text="It fits!")
    for emoji in ("🎉", ""):
        sent = taken(
            conversation_id=asked["conversation_id"],
            type="reaction",
            reaction={"message_id": asked["wamid"], "emoji": emoji},
        )
        assert sent["body"]["reaction"] == {"message_id": asked["wamid"], "emoji": emoji}
        wanted = [(emoji, False)] if emoji else []
        house.eventually(lambda wanted=wanted: _reactions(house, asked["id"]) == wanted)


def _reactions(house: House, message_id: str) -> list[tuple[str, bool]]:
    shown = house.request("GET", f"/messages/{message_id}").json()
    return [(reaction["emoji"], reaction["from_customer"]) for reaction in shown["reactions"]]
