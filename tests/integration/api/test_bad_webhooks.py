"""Deliveries nobody at Meta signed are refused and leave no trace; signed garbage is taken and set aside."""

from __future__ import annotations

import http.client
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from faults.strikes.bad_signatures import BAD_SIGNATURES, altered
from faults.strikes.garbage import GARBAGE
from schema.errors import CODES

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration

# What became of a delivery: nothing may hold its mark, or exactly these places.
_TRACES = """
SELECT 'message' FROM message WHERE content::text LIKE %(mark)s OR preview LIKE %(mark)s OR wamid LIKE %(mark)s
UNION SELECT 'other' FROM other_update WHERE body::text LIKE %(mark)s OR reason LIKE %(mark)s
UNION SELECT 'contact' FROM contact WHERE name LIKE %(mark)s
UNION SELECT 'dead letter' FROM dead_letter WHERE position(%(bytes)s IN body) > 0
"""


@pytest.fixture(autouse=True, scope="module")
def _healthy_afterwards(guarded: Guarded, guarded_house: House) -> Iterator[None]:
    """What these tests sent left the house as it was, once somebody has looked at what could not be read."""
    yield
    noted = guarded_house.request("POST", "/other-updates/note", token=guarded.admin.token).json()["noted"]
    assert noted > 0
    guarded_house.eventually(lambda: guarded_house.request("GET", "/readyz").json()["status"] == "ok")
    assert guarded_house.formation.lost() == {}
    for process in ("web", "worker"):
        log = guarded_house.formation.process(process).log.read_text()
        assert "internal_error" not in log
        assert "Traceback" not in log


def traces(house: House, mark: str) -> set[str]:
    """Where the mark stands once everything sent before is dealt with: the inbox keeps its order."""
    # Of somebody else, who gives the customer of the bad one no other name.
    house.converse("447700900999", "A good one behind it")
    house.eventually(lambda: house.redis.xlen("parley:inbox") == 0, what="the inbox being empty")
    counts = house.ask(_TRACES.replace("%(mark)s", "%s").replace("%(bytes)s", "%s"), *places(mark))
    return {row[0] for row in counts}


def places(mark: str) -> tuple[Any, ...]:
    return (*[f"%{mark}%"] * 6, mark.encode())


def post(house: House, body: bytes, *signatures: str | bytes) -> tuple[int, bytes]:
    """A delivery with as many signature headers as given, byte for byte."""
    connection = http.client.HTTPConnection("127.0.0.1", house.formation.ports.site, timeout=30)
    connection.putrequest("POST", "/api/v1/whatsapp/webhook", skip_host=True)
    connection.putheader("Host", "localhost")
    connection.putheader("Content-Length", str(len(body)))
    for signature in signatures:
        connection.putheader("X-Hub-Signature-256", signature)
    connection.endheaders(body)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("name", BAD_SIGNATURES)
def test_a_delivery_signed_wrongly_is_refused_and_leaves_no_trace(
    guarded_house: House, phone: str, name: str
) -> None:
    code, made_of = BAD_SIGNATURES[name]
    mark = uuid.uuid4().hex
    body = guarded_house.meta.said(guarded_house.meta.text(phone, mark), name=mark)
    status, answer = post(guarded_house, body, *made_of(guarded_house.meta.signature(body)))
    assert (status, code.encode() in answer) == (CODES[code][0], True)
    assert guarded_house.meta.signature(body)[7:].encode() not in answer, "the answer tells how to sign"
    assert traces(guarded_house, mark) == set()


@pytest.mark.parametrize("change", altered(b"{...}"))
def test_a_body_that_is_not_the_one_that_was_signed_is_refused(
    guarded_house: House, phone: str, change: str
) -> None:
    mark = uuid.uuid4().hex
    body = guarded_house.meta.said(guarded_house.meta.text(phone, mark))
    answer = guarded_house.deliver(altered(body)[change], guarded_house.meta.signature(body))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "signature_mismatch")
    assert traces(guarded_house, mark) == set()


def test_a_refused_delivery_shows_on_the_page_for_setting_up(guarded_house: House) -> None:
    guarded_house.deliver(b"{}", "sha1=x")
    page = guarded_house.request("GET", "/whatsapp/webhook/test").json()
    rejected = page["last_rejected"]
    assert rejected["name"] == "malformed"
    assert "64 lower-case hex" in rejected["text"]
    assert rejected["mend"].endswith(".")
    assert (page["signature_check"], page["app_secret"]) == ("on", "set")


@pytest.mark.parametrize("name", GARBAGE)
def test_signed_garbage_is_taken_kept_and_holds_nothing_up(
    guarded_house: House, phone: str, name: str
) -> None:
    where, make = GARBAGE[name]
    mark = uuid.uuid4().hex
    body = make(guarded_house.meta, phone, mark)
    before = kept(guarded_house, body)
    assert guarded_house.deliver(body).status_code == 200
    assert traces(guarded_house, mark) == where
    if not where:
        assert kept(guarded_house, body) == before + 1


def kept(house: House, body: bytes) -> int:
    """How often these very bytes, or what they mean, were set aside. The same again only counts ``seen``."""
    letters = house.ask("SELECT count(*) FROM dead_letter WHERE body = %s", body)[0][0]
    seen = house.ask(
        "SELECT coalesce(sum(seen), 0) FROM other_update WHERE body::text = %s",
        body.decode("latin-1").replace("\0", ""),
    )
    return int(letters) + int(seen[0][0])


def test_garbage_between_good_deliveries_delays_none_of_them(
    guarded_house: House, phones: Iterator[str]
) -> None:
    meta = guarded_house.meta
    good = [meta.text(next(phones), f"Number {number}") for number in range(20)]
    for update in good:
        assert guarded_house.deliver(b"\x00garbage").status_code == 200
        assert guarded_house.deliver(meta.said(update)).status_code == 200
    for update in good:
        assert guarded_house.stored(update["id"])["content"]["body"].startswith("Number")
