"""What keeps a process from starting, group by group. No problem shows a secret."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from settings.groups import Database, Media, Redis, Security, Storage
from settings.meta import PLACEHOLDER_VERIFY_TOKEN, Meta
from settings.option import HIGHEST_PORT, Option
from settings.problems import Problem
from settings.reading import listed

_SHORTEST_SECRET, _SHORTEST_TOKEN = 16, 12


def of_value(option: Option, value: Any) -> Iterator[Problem]:
    """Against what its option says of itself."""
    rule, complaint = option.rule, f"{option.variable} is {value}"
    if rule.choices and value not in rule.choices:
        *others, last = rule.choices
        yield Problem(f"{option.variable} is {value!r}", f"Write {', '.join(others)} or {last}.")
    if rule.port and not 1 <= value <= HIGHEST_PORT:
        yield Problem(complaint, f"Write a port from 1 to {HIGHEST_PORT}.")
    elif option.kind in (int, float) and not (0 < value < math.inf or (value == 0 and rule.zero)):
        yield Problem(complaint, f"Write a number {'of 0 or more' if rule.zero else 'above 0'}.")


def of_addresses(meta: Meta, database: Database, redis: Redis) -> Iterator[Problem]:
    for variable, url, schemes in (
        ("WHATSAPP_WEBHOOK_URL", meta.webhook_url, ("http", "https")),
        ("WHATSAPP_GRAPH_URL", meta.graph_url, ("http", "https")),
        ("DATABASE_URL", database.url, ("postgres", "postgresql")),
        ("REDIS_URL", redis.url, ("redis", "rediss", "unix")),
    ):
        if urlsplit(url).scheme not in schemes:
            starts = " or ".join(f"{scheme}://" for scheme in schemes)
            yield Problem(f"{variable} has no scheme that fits", f"Start it with {starts}.")


def of_keys(security: Security) -> Iterator[Problem]:
    if not all(map(_is_key, security.secret_keys)):
        yield Problem(
            "SECRET_KEY holds something else than keys made by `parley secret`",
            "Make one, and see it is whole.",
        )


def _is_key(text: str) -> bool:
    """Whether this is a Fernet key: 32 bytes in URL-safe base64."""
    try:
        return len(base64.b64decode(text, b"-_", validate=True)) == 32
    except ValueError:
        return False


def of_store(media: Media, storage: Storage, without: frozenset[str]) -> Iterator[Problem]:
    if media.bucket is None:
        if media.store != "directory":
            yield Problem(f"MEDIA_STORE is {media.store!r}", "Write directory or s3://bucket/prefix.")
        return
    if not media.bucket[0]:
        yield Problem("MEDIA_STORE names no bucket", "Write s3://bucket/prefix.")
    if urlsplit(storage.endpoint).scheme not in ("http", "https"):
        yield Problem("S3_ENDPOINT has no scheme that fits", "Start it with http:// or https://.")
    for variable, key in (("S3_ACCESS_KEY", storage.access_key), ("S3_SECRET_KEY", storage.secret_key)):
        if variable not in without and not key:
            yield Problem(f"{variable} is missing", f"MEDIA_STORE={media.store} needs it.")


def of_production(meta: Meta, without: frozenset[str]) -> Iterator[Problem]:
    """What development may do without."""
    yield from _app_secrets(meta, without)
    yield from _verify_token(meta, without)
    if not meta.webhook_url.startswith("https://"):
        yield Problem(
            f"WHATSAPP_WEBHOOK_URL is {meta.webhook_url!r}, and Meta insists on https://",
            "Write https://your-host/api/v1/whatsapp.",
        )
    if not meta.graph_url.startswith("https://") and not meta.stood_in_for:
        yield Problem(
            "WHATSAPP_GRAPH_URL does not start with https://",
            "Only a local sandbox may be http: write https://.",
        )


def _app_secrets(meta: Meta, without: frozenset[str]) -> Iterator[Problem]:
    if not meta.has_app_secret:
        if "WHATSAPP_APP_SECRET" not in without:
            yield Problem(
                "WHATSAPP_APP_SECRET is missing or still the placeholder",
                "Copy it from Meta: App settings > Basic.",
            )
    elif len(meta.app_secret) < _SHORTEST_SECRET:
        yield Problem(
            f"WHATSAPP_APP_SECRET is shorter than {_SHORTEST_SECRET} characters",
            "Meta's has 32: copy it whole.",
        )
    if any(len(secret) < _SHORTEST_SECRET for secret in listed(meta.app_secrets_more)):
        yield Problem(
            f"WHATSAPP_APP_SECRETS_MORE has one shorter than {_SHORTEST_SECRET} characters",
            "Meta's have 32: copy each whole.",
        )


def _verify_token(meta: Meta, without: frozenset[str]) -> Iterator[Problem]:
    if meta.verify_token in ("", PLACEHOLDER_VERIFY_TOKEN):
        if "WHATSAPP_VERIFY_TOKEN" not in without:
            yield Problem(
                "WHATSAPP_VERIFY_TOKEN is missing or still the placeholder", "Make up a long random word."
            )
    elif len(meta.verify_token) < _SHORTEST_TOKEN:
        yield Problem(
            f"WHATSAPP_VERIFY_TOKEN is shorter than {_SHORTEST_TOKEN} characters", "Make up a longer one."
        )
