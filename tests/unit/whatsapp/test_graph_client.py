"""One call, one outcome, against a real server: taken, certainly not taken, or nobody can know."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import traceback
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from engines.ports import free_port
from engines.waiting import wait_until
from tests.unit.whatsapp.graphstand import (
    GraphStand,
    Play,
    answer,
    cut_after,
    dripping,
    saying,
    sending,
    silent,
)
from whatsapp.errors import ErrorClass
from whatsapp.graph import deadline
from whatsapp.graph.client import Accepted, GraphClient
from whatsapp.graph.transport import ANSWER_LONGEST, Refused, Transport, Unconfirmed

TOKEN = "EAAtoken0123456789secret"
TAKEN = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.1", "message_status": "accepted"}]}
BODY = {"messaging_product": "whatsapp", "to": "447700900123", "type": "text", "text": {"body": "Hello"}}
QUICK_S = 0.4
# A call that did not end by itself would last for minutes.
BUSY_MACHINE_S = 10


def client(url: str, timeout_s: float = 5.0, token: str = TOKEN) -> GraphClient:
    return GraphClient(Transport(url, "v26.0", token), timeout_s)


def send(play: Play, timeout_s: float = 5.0) -> Accepted:
    with GraphStand(play) as stand:
        return client(stand.url, timeout_s).send("1065", BODY)


def refusal(play: Play) -> Refused:
    with pytest.raises(Refused) as caught:
        send(play)
    return caught.value


def lost(play: Play, timeout_s: float = 5.0) -> str:
    with pytest.raises(Unconfirmed) as caught:
        send(play, timeout_s)
    return str(caught.value)


def error(code: int | None, **more: Any) -> dict[str, Any]:
    return {"error": {"message": "(#1) Told", "code": code, "error_data": {"details": "Why"}} | more}


def test_a_message_taken_has_its_wamid() -> None:
    assert send(saying(200, TAKEN)) == Accepted("wamid.1", "accepted")


def test_a_message_held_for_quality_is_taken_too() -> None:
    body = {"messages": [{"id": "wamid.1", "message_status": "held_for_quality_assessment"}]}
    assert send(saying(200, body)).message_status == "held_for_quality_assessment"


def test_an_answer_without_a_word_on_its_status_means_accepted() -> None:
    assert send(saying(200, {"messages": [{"id": "wamid.1"}]})).message_status == "accepted"


def test_a_call_whose_time_is_over_before_it_began_was_certainly_not_sent() -> None:
    with GraphStand(saying(200, TAKEN)) as stand:
        transport = Transport(stand.url, "v26.0", TOKEN)
        graph = GraphClient(transport, QUICK_S)

        def hold_up(request: Any) -> Any:
            current = deadline.running()
            assert current is not None
            assert wait_until(lambda: current.expired, BUSY_MACHINE_S)
            return request

        for sent in (0, 1):
            transport.session.auth = hold_up
            with pytest.raises(Refused) as caught:
                graph.send("1065", BODY)
            assert caught.value.problem.kind is ErrorClass.TRANSIENT
            assert "before anything was sent" in str(caught.value)
            assert len(stand.asked) == sent
            transport.session.auth = None
            # By a connection that is kept from here on.
            GraphClient(transport, BUSY_MACHINE_S).send("1065", BODY)


def test_the_call_is_the_one_meta_documents() -> None:
    with GraphStand(saying(200, TAKEN)) as stand:
        client(stand.url + "/").send("1065", BODY)
    (asked,) = stand.asked
    assert asked.line == "POST /v26.0/1065/messages HTTP/1.1"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["content-type"] == "application/json"
    assert json.loads(asked.body) == BODY


def test_the_connection_is_kept_for_the_next_call() -> None:
    with GraphStand(saying(200, TAKEN)) as stand:
        graph = client(stand.url)
        for _ in range(3):
            graph.send("1065", BODY)
        assert (len(stand.asked), len(stand.opened)) == (3, 1)


def test_a_connection_meta_closed_meanwhile_is_replaced_and_the_message_sent_once() -> None:
    with GraphStand(cut_after(answer(200, json.dumps(TAKEN).encode()))) as stand:
        graph = client(stand.url)
        graph.send("1065", BODY)
        time.sleep(0.05)
        graph.send("1065", BODY)
        assert len(stand.asked) == 2


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (500, 131000, ErrorClass.TRANSIENT),
        (503, 131016, ErrorClass.TRANSIENT),
        (400, 130429, ErrorClass.THROTTLED_NUMBER),
        (400, 131056, ErrorClass.THROTTLED_PAIR),
        (400, 131048, ErrorClass.QUALITY),
        (400, 131053, ErrorClass.MEDIA),
        (401, 190, ErrorClass.AUTH),
        (400, 131047, ErrorClass.WINDOW_CLOSED),
        (400, 131049, ErrorClass.LATER),
        (400, 131026, ErrorClass.RECIPIENT),
        (400, 100, ErrorClass.CONTENT),
        (403, 368, ErrorClass.ACCOUNT),
        (500, 999_999, ErrorClass.TRANSIENT),
        (400, 999_999, ErrorClass.CONTENT),
        (401, 999_999, ErrorClass.AUTH),
    ],
)
def test_an_error_of_metas_refuses_by_its_class(status: int, code: int, kind: ErrorClass) -> None:
    problem = refusal(saying(status, error(code))).problem
    assert (problem.code, problem.details, problem.kind) == (code, "Why", kind)


def test_meta_may_say_itself_that_it_will_pass() -> None:
    assert refusal(saying(400, error(999_999, is_transient=True))).problem.kind is ErrorClass.TRANSIENT


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["Retry-After: 7"], 7.0),
        ([], None),
        (["Retry-After: soon"], None),
        (["Retry-After: -5"], None),
        (["Retry-After: 99999999999"], None),
        (["Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"], None),
    ],
)
def test_too_many_requests_throttles_the_number_for_as_long_as_meta_asks(
    headers: list[str], seconds: float | None
) -> None:
    refused = refusal(sending(answer(429, b"", tuple(headers))))
    assert (refused.problem.kind, refused.retry_after_s) == (ErrorClass.THROTTLED_NUMBER, seconds)


def test_an_envelope_may_ask_to_wait_too() -> None:
    assert refusal(saying(400, error(130429), "Retry-After: 30")).retry_after_s == 30.0


@pytest.mark.parametrize("status", [400, 401, 404, 413])
def test_a_refusal_that_is_not_metas_names_the_setting_to_look_at(status: int) -> None:
    assert "WHATSAPP_GRAPH_URL" in refusal(sending(answer(status, b"<html>no</html>"))).problem.details


@pytest.mark.parametrize(
    "play",
    [
        sending(answer(500)),
        sending(answer(502, b"<html>Bad gateway</html>")),
        sending(answer(500, b'{"error":"a text"}')),
        sending(answer(200, b"<html>Welcome</html>")),
        sending(answer(200)),
        sending(answer(200, b"[" * 100_000)),
        sending(answer(200, b'{"messages":"\xff"}')),
        saying(200, {}),
        saying(200, []),
        saying(200, {"messages": []}),
        saying(200, {"messages": [{}]}),
        saying(200, {"messages": ["wamid.1"]}),
        saying(200, {"messages": {"0": 1}}),
        saying(202, TAKEN),
        sending(answer(204)),
        cut_after(b""),
        cut_after(b"HTTP/1.1 200"),
        cut_after(answer(200, length=100)),
        cut_after(answer(200, json.dumps(TAKEN).encode()[:20], length=len(json.dumps(TAKEN)))),
        cut_after(b"SSH-2.0-OpenSSH_9.2\r\n"),
    ],
)
def test_an_answer_that_is_lost_or_makes_no_sense_leaves_the_message_unconfirmed(play: Play) -> None:
    assert lost(play)


@pytest.mark.parametrize(
    "play",
    [silent, dripping(b"HTTP/1.1 200 Told\r\nX: " + b"x" * 999), dripping(answer(200, b" " * 999))],
    ids=["silent", "drips its headers", "drips its body"],
)
def test_a_server_that_takes_its_time_is_left_when_the_time_is_over(play: Play) -> None:
    began = time.monotonic()
    assert "no whole answer within 0.4 s" in lost(play, QUICK_S)
    assert time.monotonic() - began < QUICK_S + BUSY_MACHINE_S


def test_a_server_that_reads_nothing_is_left_when_the_time_is_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(Unconfirmed):
            client(f"http://127.0.0.1:{port}", QUICK_S).send("1065", {"text": "x" * 30_000_000})
        assert time.monotonic() - began < QUICK_S + BUSY_MACHINE_S


def test_a_slow_call_does_not_take_the_time_of_another_thread() -> None:
    outcomes: list[type] = []

    def call(graph: GraphClient) -> None:
        try:
            outcomes.append(type(graph.send("1065", BODY)))
        except Unconfirmed as late:
            outcomes.append(type(late))

    with GraphStand(silent) as stuck, GraphStand(saying(200, TAKEN)) as prompt:
        graphs = [client(stuck.url, QUICK_S)] + [client(prompt.url) for _ in range(5)]
        threads = [threading.Thread(target=call, args=(graph,)) for graph in graphs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert sorted(outcome.__name__ for outcome in outcomes) == ["Accepted"] * 5 + ["Unconfirmed"]


def test_calls_leave_no_thread_behind() -> None:
    with GraphStand(saying(200, TAKEN)) as stand:
        graph = client(stand.url)
        graph.send("1065", BODY)
        before = threading.active_count()
        for _ in range(20):
            graph.send("1065", BODY)
        assert threading.active_count() <= before


def test_an_answer_longer_than_the_cap_is_not_read_to_its_end() -> None:
    assert "longer than" in lost(sending(answer(200, b" " * (ANSWER_LONGEST + 1))))


def test_a_bomb_in_gzip_does_not_go_off() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000)
    tracemalloc.start()
    try:
        assert lost(sending(answer(200, bomb, ("Content-Encoding: gzip",))))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_redirect_is_not_followed_and_the_token_goes_nowhere_else() -> None:
    with GraphStand(saying(200, TAKEN)) as elsewhere:
        refused = refusal(sending(answer(307, b"", (f"Location: {elsewhere.url}/",))))
        assert (refused.problem.kind, elsewhere.asked) == (ErrorClass.TRANSIENT, [])


def test_a_refused_connection_is_a_passing_fault_and_no_message_left() -> None:
    with pytest.raises(Refused) as caught:
        client(f"http://127.0.0.1:{free_port()}").send("1065", BODY)
    assert (caught.value.problem.kind, caught.value.problem.code) == (ErrorClass.TRANSIENT, None)


def test_a_name_that_does_not_resolve_is_a_passing_fault_and_no_message_left() -> None:
    with pytest.raises(Refused) as caught:
        client("http://graph.invalid").send("1065", BODY)
    assert caught.value.problem.kind is ErrorClass.TRANSIENT


def test_a_handshake_that_fails_is_a_passing_fault_and_no_message_left() -> None:
    with GraphStand(sending(answer(400))) as stand:
        with pytest.raises(Refused) as caught:
            client(stand.url.replace("http://", "https://")).send("1065", BODY)
        assert caught.value.problem.kind is ErrorClass.TRANSIENT
        assert not [asked for asked in stand.asked if b"Hello" in asked.body]


def test_without_a_token_nothing_is_asked_and_the_setting_is_named() -> None:
    with GraphStand(saying(200, TAKEN)) as stand:
        with pytest.raises(Refused) as caught:
            client(stand.url, token="").send("1065", BODY)
        assert (caught.value.problem.kind, stand.asked) == (ErrorClass.AUTH, [])
    assert "WHATSAPP_ACCESS_TOKEN" in caught.value.problem.details


def test_proxies_of_the_environment_get_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with GraphStand(saying(200, TAKEN)) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        assert send(saying(200, TAKEN)).wamid == "wamid.1"
        assert proxy.asked == []


@pytest.mark.parametrize(
    "call",
    [
        lambda: send(saying(400, error(190))),
        lambda: send(sending(answer(500))),
        lambda: send(cut_after(b"")),
        lambda: send(silent, QUICK_S),
        lambda: client(f"http://127.0.0.1:{free_port()}").send("1065", BODY),
        lambda: client("http://graph.invalid").send("1065", BODY),
    ],
)
def test_no_exception_shows_the_token_or_the_message(call: Callable[[], Any]) -> None:
    with pytest.raises((Refused, Unconfirmed)) as caught:
        call()
    text = "".join(traceback.format_exception(caught.value, chain=True)) + repr(caught.value)
    assert TOKEN not in text
    assert "447700900123" not in text.replace(repr(BODY), "")


def test_a_read_receipt_that_meta_took_says_nothing() -> None:
    with GraphStand(saying(200, {"success": True})) as stand:
        client(stand.url).mark_read("1065", {"status": "read", "message_id": "wamid.1"})
        assert json.loads(stand.asked[0].body)["message_id"] == "wamid.1"


def test_a_read_receipt_is_refused_or_lost_as_a_message_is() -> None:
    with GraphStand(saying(400, error(131009))) as stand, pytest.raises(Refused):
        client(stand.url).mark_read("1065", {})
    with GraphStand(sending(answer(500))) as stand, pytest.raises(Unconfirmed):
        client(stand.url).mark_read("1065", {})
