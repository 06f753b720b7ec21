"""Meta's side, written anew here: what a delivery looks like, and how it is signed."""

from __future__ import annotations

import hmac
import itertools
import json
import time
import uuid
from typing import Any

from engines.surroundings import SANDBOX_NUMBER

_DISPLAY_NUMBER = "15550001111"
_ACCOUNT = "102290129340398"


class Meta:
    """Makes deliveries, and signs them with the app's secret."""

    number = SANDBOX_NUMBER
    _wamids = itertools.count(1)

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def signature(self, body: bytes, algorithm: str = "sha256") -> str:
        return f"{algorithm}={hmac.new(self._secret, body, algorithm).hexdigest()}"

    def wamid(self) -> str:
        return f"wamid.TEST{uuid.uuid4().hex.upper()}{next(self._wamids)}"

    def text(self, phone: str, words: str, **more: Any) -> dict[str, Any]:
        return self.message(phone, "text", text={"body": words}, **more)

    def message(self, phone: str, kind: str, **more: Any) -> dict[str, Any]:
        """One entry of ``messages[]``, its time now."""
        own = {"from": phone, "id": self.wamid(), "timestamp": str(int(time.time())), "type": kind}
        return own | more

    def status(self, wamid: str, status: str, phone: str, **more: Any) -> dict[str, Any]:
        own = {"id": wamid, "status": status, "recipient_id": phone, "timestamp": str(int(time.time()))}
        return own | more

    def value(self, **lists: Any) -> dict[str, Any]:
        metadata = {"display_phone_number": _DISPLAY_NUMBER, "phone_number_id": self.number}
        return {"messaging_product": "whatsapp", "metadata": metadata} | lists

    def body(self, *values: dict[str, Any], field: str = "messages") -> bytes:
        """A whole delivery, one change for each value."""
        changes = [{"field": field, "value": value} for value in values]
        entry = [{"id": _ACCOUNT, "changes": changes}]
        return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()

    def said(self, *messages: dict[str, Any], name: str = "Ada Example") -> bytes:
        """A delivery of customers' messages."""
        phones = dict.fromkeys(message["from"] for message in messages)
        contacts = [{"profile": {"name": name}, "wa_id": phone} for phone in phones]
        return self.body(self.value(contacts=contacts, messages=list(messages)))
