"""An account's templates from a real server: every page or an error, never a part that looks whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.whatsapp.graphstand import GraphStand, Play, answer, saying, sending, silent
from whatsapp.errors import ErrorClass
from whatsapp.graph.templates import TemplateClient
from whatsapp.graph.transport import Refused, Transport, Unconfirmed

TOKEN = "EAAtoken0123456789secret"


def entry(name: str, **more: Any) -> dict[str, Any]:
    own = {"id": "77", "name": name, "language": "en", "status": "APPROVED", "category": "UTILITY"}
    return own | {"components": [{"type": "BODY", "text": "Hi"}]} | more


def page(*entries: Any, after: str = "", more: bool = False) -> dict[str, Any]:
    paging = {"cursors": {"after": after}} | ({"next": "http://evil.example/steal"} if more else {})
    return {"data": list(entries), "paging": paging}


def in_turn(*plays: Play) -> Play:
    left = iter(plays)
    return lambda connection: next(left)(connection)


def fetch(stand: GraphStand, timeout_s: float = 5.0) -> Any:
    return TemplateClient(Transport(stand.url, "v26.0", TOKEN), timeout_s).templates("1022")


def test_a_template_has_what_meta_lists_of_it() -> None:
    sent = entry(
        "order_update", quality_score={"score": "GREEN"}, rejected_reason="NONE", parameter_format="NAMED"
    )
    with GraphStand(saying(200, page(sent))) as stand:
        (template,) = fetch(stand)
    assert (template.account_id, template.name, template.language) == ("1022", "order_update", "en")
    assert template.changes == {
        "template_id": "77",
        "category": "UTILITY",
        "status": "APPROVED",
        "quality": "GREEN",
        "reason": "",
        "parameter_format": "NAMED",
        "components": [{"type": "BODY", "text": "Hi"}],
    }


def test_all_pages_are_asked_for_at_the_same_host() -> None:
    plays = (saying(200, page(entry("a"), after="X", more=True)), saying(200, page(entry("b"), after="Y")))
    with GraphStand(in_turn(*plays)) as stand:
        assert [template.name for template in fetch(stand)] == ["a", "b"]
    assert [request.line.split("?")[0] for request in stand.asked] == [
        "GET /v26.0/1022/message_templates"
    ] * 2
    assert "after=X" in stand.asked[1].line
    assert stand.asked[1].headers["authorization"] == f"Bearer {TOKEN}"


def test_an_entry_without_a_name_is_left_out_beside_its_neighbours() -> None:
    with GraphStand(
        saying(200, page({"id": "1"}, "no object", entry("a"), {"name": 5, "language": []}))
    ) as stand:
        assert [template.name for template in fetch(stand)] == ["a"]


def test_a_refusal_on_a_later_page_is_a_refusal_of_the_whole() -> None:
    limited = saying(400, {"error": {"code": 80007, "message": "slow"}})
    plays = in_turn(saying(200, page(entry("a"), after="X", more=True)), limited)
    with GraphStand(plays) as stand, pytest.raises(Refused) as caught:
        fetch(stand)
    assert caught.value.problem.kind is ErrorClass.THROTTLED_NUMBER


ODD: list[Callable[[], Play]] = [
    lambda: sending(answer(200, b"<html>")),
    lambda: saying(200, []),
    lambda: saying(200, {"data": {}}),
    lambda: saying(200, {}),
    lambda: sending(answer(200, b"[" * 100_000)),
    lambda: sending(answer(200, json.dumps(page(entry("a"))).encode()[:-9], length=10_000)),
    lambda: silent,
]


@pytest.mark.parametrize("play", ODD)
def test_an_answer_that_makes_no_sense_is_no_empty_account(play: Callable[[], Play]) -> None:
    with GraphStand(play()) as stand, pytest.raises(Unconfirmed):
        fetch(stand, timeout_s=0.4)


def test_a_listing_that_goes_round_in_circles_ends() -> None:
    play = saying(200, page(entry("a"), after="X", more=True))
    with GraphStand(play) as stand, pytest.raises(Unconfirmed, match="circles"):
        fetch(stand)
    assert len(stand.asked) == 2


def test_an_account_id_cannot_reach_another_path() -> None:
    with GraphStand(saying(200, page())) as stand:
        TemplateClient(Transport(stand.url, "v26.0", TOKEN), 5).templates("../me?x=")
    assert stand.asked[0].line.startswith("GET /v26.0/..%2Fme%3Fx%3D/message_templates?")
