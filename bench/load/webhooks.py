"""Signed webhooks as Meta sends them through a front door: raw HTTP requests, made before the clock starts."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

APP_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
PATH = "/api/v1/whatsapp/webhook"
CUSTOMERS = 500
NUMBER = "106540352242922"
_ACCOUNT = "102290129340398"
TEXTS = (
    "Hello! Is my order 48213 on its way already?",
    "Merci beaucoup, à demain 👋",
    "I would like to move my appointment to Thursday at 10, if that still works for you. Otherwise Friday.",
    "ok",
)


class Webhook(NamedTuple):
    """One delivery: the id of the message in it, its body, and the request that carries it."""

    wamid: str
    body: bytes
    request: bytes


def make(count: int, customers: int = CUSTOMERS) -> list[Webhook]:
    """``count`` deliveries of one text message each, with new ids, from ``customers`` people in turn."""
    return list(_webhooks(count, customers))


def write(path: Path, webhooks: Sequence[Webhook]) -> Path:
    """The requests as a file for a load generator: a line with the length, then the request, and so on."""
    with path.open("wb") as file:
        for webhook in webhooks:
            file.write(b"%d\n" % len(webhook.request) + webhook.request)
    return path


def read(path: Path) -> Iterator[bytes]:
    """The requests of such a file."""
    with path.open("rb") as file:
        while length := file.readline():
            yield file.read(int(length))


def _webhooks(count: int, customers: int) -> Iterator[Webhook]:
    run = secrets.token_hex(6).upper()
    for number in range(count):
        wamid = f"wamid.HBgLMTU1NTEyMzQ1NjcVAgASGBQz{run}{number:08X}AA=="
        body = _body(wamid, number % customers, TEXTS[number % len(TEXTS)])
        yield Webhook(wamid, body, _request(body))


def _body(wamid: str, customer: int, text: str) -> bytes:
    phone = f"49151{customer:08d}"
    message = {"from": phone, "id": wamid, "timestamp": str(int(time.time())), "type": "text"}
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": f"Customer {customer}"}, "wa_id": phone}],
        "messages": [message | {"text": {"body": text}}],
    }
    change = {"value": value, "field": "messages"}
    envelope = {"object": "whatsapp_business_account", "entry": [{"id": _ACCOUNT, "changes": [change]}]}
    return json.dumps(envelope, separators=(",", ":")).replace("/", "\\/").encode()


def _request(body: bytes) -> bytes:
    signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    # Meta's headers, and those Caddy adds.
    head = (
        f"POST {PATH} HTTP/1.1\r\n"
        "Host: parley.example\r\n"
        "User-Agent: facebookexternalua\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Accept: */*\r\n"
        "Content-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\n"
        "X-Forwarded-For: 173.252.127.20\r\n"
        "X-Forwarded-Host: parley.example\r\n"
        "X-Forwarded-Proto: https\r\n"
        "Accept-Encoding: identity\r\n\r\n"
    )
    return head.encode() + body
