"""What nobody knows, and what Postgres would refuse, is kept."""

from __future__ import annotations

import msgspec
import pytest

from models.database import rows
from tests.integration.models.tables import (
    NUMBER,
    delivery,
    one,
    other,
    store,
    store_batch,
    view,
)
from whatsapp.inbound import webhooks

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]


def test_an_update_nobody_knows_is_kept_once_and_counted() -> None:
    store(other(), other())
    store(other())
    store(other(b'{"a":2}'))
    assert rows("SELECT body, seen FROM other_update ORDER BY seen") == [({"a": 2}, 1), ({"a": 1}, 2)]


def test_an_update_nobody_knows_is_counted_for_each_delivery_of_a_batch() -> None:
    store_batch([delivery(other()), delivery(other())])
    assert one("SELECT seen FROM other_update") == 2


def test_text_with_what_postgres_refuses_is_stored_and_shown() -> None:
    body = b'"\\u0000 a \\ud800 b \xff"'
    raw = webhook(b'{"body":' + body + b"}")
    store_batch([webhooks.parse(raw)])
    assert view().content["body"] == "\ufffd a \ufffd b \ufffd"


@pytest.mark.parametrize(
    "content",
    [
        b'{"body":1e999}',
        b'{"body":1e300,"x":-1e300}',
        b'{"body":' + b"9" * 5000 + b"}",
        b'{"body":123456789012345678901234567890}',
        b"[" * 200 + b"]" * 200,
        b'{"":{"":""}}',
        b'{"body":"' + b"x" * 100_000 + b'"}',
    ],
)
def test_content_of_any_shape_is_stored(content: bytes) -> None:
    store_batch([webhooks.parse(webhook(content))])
    assert view().content is not None


@pytest.mark.parametrize("bad", [b'"\xff"', b'"\\ud800"', b'"\\u0000"', b"NaN", b"1e999999", b"9" * 5000])
def test_an_unknown_field_with_what_postgres_refuses_is_stored(bad: bytes) -> None:
    raw = b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"x","value":[' + bad
    store_batch([webhooks.parse(raw + b"]}]}]}")])
    assert one("SELECT count(*) FROM other_update") == 1


def webhook(content: bytes) -> bytes:
    head = {
        "metadata": {"phone_number_id": NUMBER},
        "messages": [{"from": "1", "id": "wamid.1", "type": "text"}],
    }
    whole = {
        "object": "whatsapp_business_account",
        "entry": [{"changes": [{"field": "messages", "value": head}]}],
    }
    return msgspec.json.encode(whole).replace(b'"type":"text"', b'"type":"text","text":' + content)
