"""Why a Redis is waited for, in few words, and never with its password."""

from __future__ import annotations

import pytest
import redis

from engines.ports import free_port
from realtime import startup
from realtime.startup import redis_place, redis_server

SECRET = "hunter2hunter2"


def test_a_redis_that_is_not_there_is_told_by_its_address_and_the_systems_word() -> None:
    port = free_port()
    asked = redis_server(f"redis://:{SECRET}@127.0.0.1:{port}/0")
    assert (asked.place, asked.trouble()) == (f"127.0.0.1:{port}", "connection refused")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (redis.AuthenticationError("invalid username-password pair"), "it refuses the password"),
        (redis.BusyLoadingError("Redis is loading the dataset in memory"), "it is still reading its data"),
        (redis.TimeoutError("Timeout reading from socket"), "no answer"),
        (
            redis.ResponseError("NOPERM no permissions\nmore"),
            "it does not let its user do what Parley needs (NOPERM)",
        ),
    ],
)
def test_redis_says_why_in_few_words(error: Exception, words: str) -> None:
    assert startup.redis_trouble(error) == words


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (f"redis://:{SECRET}@cache/0", "cache:6379"),
        (f"rediss://me:{SECRET}@cache:7000/1", "cache:7000"),
        (f"unix://me:{SECRET}@/run/valkey.sock", "/run/valkey.sock"),
    ],
)
def test_where_redis_is_without_the_password(url: str, place: str) -> None:
    assert redis_place(url) == place
