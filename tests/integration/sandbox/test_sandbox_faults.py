"""Failures on order."""

from __future__ import annotations

import time

import pytest
import requests

from faults.expect import WAIT_S, eventually
from sandbox.server import THREADS
from tests.integration.sandbox.sandboxprocess import ADA, Sandbox
from tests.integration.sandbox.webhookreceiver import Receiver

pytestmark = pytest.mark.integration


def test_a_fault_strikes_as_often_as_ordered_and_then_no_more(sandbox: Sandbox) -> None:
    sandbox.fault("graph_error", code=131016, times=2)
    answers = [sandbox.send() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500, 500, 200]
    assert answers[0].json()["error"]["code"] == 131016
    assert answers[0].json()["error"]["is_transient"] is True


def test_a_fault_for_one_person_leaves_others_alone(sandbox: Sandbox) -> None:
    sandbox.fault("graph_error", code=131026, to=f"+{ADA}", times=None)
    assert sandbox.send(to="447700900456").status_code == 200
    assert [sandbox.send().json()["error"]["code"] for _ in range(3)] == [131026] * 3
    sandbox.control("DELETE", "faults")
    assert sandbox.send().status_code == 200


def test_an_empty_500_has_no_body(sandbox: Sandbox) -> None:
    sandbox.fault("http_500")
    answer = sandbox.send()
    assert (answer.status_code, answer.content) == (500, b"")
    assert sandbox.accepted() == 0


@pytest.mark.parametrize("retry_after", [None, 7])
def test_a_429_carries_retry_after_only_where_ordered(sandbox: Sandbox, retry_after: int | None) -> None:
    sandbox.fault("throttled", retry_after=retry_after)
    answer = sandbox.send()
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (None if retry_after is None else "7")


@pytest.mark.parametrize("accept", [False, True])
def test_a_reset_connection_may_have_been_accepted_or_not(sandbox: Sandbox, accept: bool) -> None:
    sandbox.fault("reset", accept=accept)
    with pytest.raises(requests.ConnectionError):
        sandbox.send()
    assert sandbox.accepted() == int(accept)


@pytest.mark.parametrize("accept", [False, True])
def test_a_hanging_call_may_have_been_accepted_or_not(sandbox: Sandbox, accept: bool) -> None:
    sandbox.fault("hang", seconds=20, accept=accept)
    with pytest.raises(requests.Timeout):
        sandbox.send(timeout=0.3)
    eventually(lambda: sandbox.accepted() == int(accept))


def test_hanging_calls_whose_callers_gave_up_keep_nobody_else_waiting(sandbox: Sandbox) -> None:
    sandbox.fault("hang", seconds=120, times=None)
    for _ in range(THREADS + 1):
        with pytest.raises(requests.Timeout):
            sandbox.send(timeout=0.05)
    sandbox.control("DELETE", "faults")
    assert sandbox.sent()


def test_an_answer_cut_after_its_headers_breaks_off(sandbox: Sandbox) -> None:
    sandbox.fault("cut", accept=True)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        sandbox.send()
    assert sandbox.accepted() == 1


def test_a_dripping_answer_takes_its_time(sandbox: Sandbox) -> None:
    sandbox.fault("drip", seconds=2)
    started = time.monotonic()
    answer = sandbox.send(timeout=1.8)  # to each byte, not to the whole
    assert time.monotonic() - started > 1.8
    assert answer.json() == {"messages": []}


def test_other_spoilt_answers_look_as_ordered(sandbox: Sandbox) -> None:
    sandbox.fault("not_json")
    assert sandbox.send().text.startswith("<html>")
    sandbox.fault("redirect", location="http://127.0.0.1:1/x")
    with pytest.raises(requests.ConnectionError):
        sandbox.send()
    sandbox.fault("gzip_bomb")
    with sandbox.session.post(
        f"{sandbox.url}/v26.0/106540352242922/messages",
        json={},
        headers={"Authorization": "Bearer t"},
        stream=True,
        timeout=WAIT_S,
    ) as bomb:
        assert bomb.headers["Content-Encoding"] == "gzip"
        assert int(bomb.headers["Content-Length"]) < 1_000_000
        assert len(bomb.raw.read(2_000_000, decode_content=True)) == 2_000_000


def test_a_failed_status_can_be_ordered_to_follow(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.fault("failed_status", code=131047)
    wamid = sandbox.sent(biz_opaque_callback_data="parley-3")
    status = eventually(lambda: receiver.statuses(wamid))[0]
    assert status["status"] == "failed"
    assert status["errors"][0]["code"] == 131047
    assert status["biz_opaque_callback_data"] == "parley-3"


def test_media_and_template_calls_can_fail_too(sandbox: Sandbox) -> None:
    sandbox.fault("http_500", on="media_upload")
    upload = {"files": {"file": ("a.png", b"png", "image/png")}, "data": {"messaging_product": "whatsapp"}}
    assert sandbox.graph("POST", "106540352242922/media", **upload).status_code == 500
    assert sandbox.graph("POST", "106540352242922/media", **upload).status_code == 200
    sandbox.fault("graph_error", code=190, on="templates")
    assert sandbox.graph("GET", "102290129340398/message_templates").status_code == 401


def test_a_fault_that_makes_no_sense_is_refused_with_a_reason(sandbox: Sandbox) -> None:
    refusal = sandbox.control("POST", "faults", {"kind": "gremlin"}, status=400)
    assert "kind must be one of" in refusal["description"]
