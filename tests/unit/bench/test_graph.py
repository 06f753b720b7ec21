"""The stand-in for Meta takes every message once and in its time, and its figures say what was asked of a sender."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from bench.graph import ANSWER_S, Graph, busiest_second, graph, steady_rate
from bench.load import outgoing


@pytest.fixture
def meta() -> Iterator[Graph]:
    with graph() as stand_in:
        yield stand_in


def test_a_rate_is_told_without_the_beginning() -> None:
    slow, steady = [number / 2 for number in range(20)], [10 + number / 50 for number in range(180)]
    assert steady_rate(slow + steady, 50) == pytest.approx(50)


@pytest.mark.parametrize("lots", [5, 12])
def test_a_rate_whose_messages_all_come_at_the_beginning_of_each_second_is_told_right(lots: int) -> None:
    moments = [second * 1.02 + number / 1000 for second in range(lots) for number in range(80)]
    assert steady_rate(moments, 80) == pytest.approx(80 / 1.02)


def test_a_run_shorter_than_a_second_has_a_rate_too() -> None:
    assert steady_rate([number / 100 for number in range(40)], 80) == pytest.approx(100)


def test_the_busiest_second_is_any_second() -> None:
    assert busiest_second([0.0, 0.9, 1.1, 1.2, 1.85, 2.0]) == 4
    assert busiest_second([0.0, 1.0, 2.0]) == 1


def test_a_message_is_answered_in_its_time_with_an_id_of_its_own(meta: Graph) -> None:
    bodies = list(outgoing.bodies(2))
    began = time.monotonic()
    with requests.Session() as session:
        answers = [session.post(f"{meta.url}/v26.0/1/messages", json=body) for body in bodies]
    assert time.monotonic() - began >= 2 * ANSWER_S
    bodies_answered = [answer.json() for answer in answers]
    assert [answer["contacts"][0]["input"] for answer in bodies_answered] == [body["to"] for body in bodies]
    assert len({answer["messages"][0]["id"] for answer in bodies_answered}) == 2
    assert len(meta.expect(2, 5).moments) == 2


def test_a_message_that_comes_twice_is_noticed(meta: Graph) -> None:
    (body,) = outgoing.bodies(1)
    with requests.Session() as session:
        for _ in range(2):
            session.post(f"{meta.url}/v26.0/1/messages", json=body)
    with pytest.raises(RuntimeError, match="2 calls came for 1 messages"):
        meta.expect(2, 5)
