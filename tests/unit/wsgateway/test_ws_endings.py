"""Logins that end while a socket is being admitted."""

from __future__ import annotations

from wsgateway.endings import Endings, SessionEnded


def test_only_news_after_the_mark_counts() -> None:
    endings = Endings()
    endings.record(SessionEnded("anna", ("d1",)))
    mark = endings.mark()
    assert not endings.ended_since(mark, "anna", "d1")
    endings.record(SessionEnded("anna", ("d1",)))
    assert endings.ended_since(mark, "anna", "d1")
    assert not endings.ended_since(mark, "anna", "d2")
    assert not endings.ended_since(mark, "bert", "d1")


def test_an_empty_list_ends_all_of_a_user() -> None:
    endings = Endings()
    endings.record(SessionEnded("anna", ()))
    assert endings.ended_since(0, "anna", "any")
    assert not endings.ended_since(0, "bert", "any")


def test_more_news_than_is_remembered_counts_as_ended() -> None:
    endings = Endings()
    for _ in range(300):
        endings.record(SessionEnded("carla", ()))
    assert endings.ended_since(0, "anna", "d1")
    assert not endings.ended_since(endings.mark(), "anna", "d1")
