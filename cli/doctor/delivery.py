"""A signed test delivery, followed all the way: web, Redis, worker, Postgres.

It is an update of a webhook field that does not exist at Meta, so it becomes no customer and no message: the
drain keeps it raw beside other unknown updates, from where doctor deletes it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from cli.doctor.findings import Finding, Result, fail, ok
from cli.doctor.patient import Patient, Unreachable
from ground.clock import now
from models.ledger import other_updates
from queues.inbox import Inbox

NAME = "delivery"
FIELD = "parley_doctor"
_WAIT_S = 4.0
_POLL_S = 0.1


def check_delivery(patient: Patient) -> Iterator[Finding]:
    """POST it, and wait for its row."""
    if patient.webhook_door is None:
        yield Finding(NAME, Result.SKIPPED, "there is no way in; see callback")
        return
    # What an earlier run could not wait for.
    other_updates.forget(FIELD, {}, before=now() - timedelta(minutes=1))
    probe = secrets.token_hex(16)
    began = time.monotonic()
    refused = _deliver(patient, probe)
    if refused is not None:
        yield refused
        return
    answered = time.monotonic() - began
    while not other_updates.forget(FIELD, {"probe": probe}):
        if time.monotonic() - began > _WAIT_S:
            yield fail(
                NAME,
                f"it was taken, and is not in Postgres after {_WAIT_S:g} s",
                "See the checks of worker, backlog and postgres; the log of the worker says more.",
            )
            return
        time.sleep(_POLL_S)
    whole = time.monotonic() - began
    yield ok(NAME, f"answered in {answered * 1000:.0f} ms, in Postgres after {whole * 1000:.0f} ms")


def _deliver(patient: Patient, probe: str) -> Finding | None:
    """Send it; what is wrong where it was not taken."""
    assert patient.webhook_door is not None
    body = _body(probe)
    headers = {"Content-Type": "application/json"} | _signature(patient, body)
    inbox = Inbox(patient.redis, patient.settings.inbox.max_entries)
    before = inbox.last_accepted()
    try:
        answer = patient.post(patient.webhook_door.webhook, body, headers)
    except Unreachable as error:
        return fail(NAME, f"it could not be delivered: {error}", "See the check of callback.")
    if answer.status == 200:
        entered = inbox.last_accepted()
        if entered is None or entered == before:
            return fail(
                NAME,
                "it was taken, but not into this Redis",
                "Give the web process there and this shell the same REDIS_URL; or it is another Parley's address.",
            )
        patient.note_probe(entered)
        return None
    if answer.status == 401:
        return fail(
            NAME,
            "a delivery signed with this WHATSAPP_APP_SECRET is refused",
            "Restart the web process so that it reads the same secret, and see that no proxy changes bodies.",
        )
    if answer.status == 503:
        return fail(NAME, "it is refused with 503", "See the checks of redis and backlog.")
    return fail(NAME, f"it is answered with {answer.status}", "See the check of callback.")


def _body(probe: str) -> bytes:
    change = {"field": FIELD, "value": {"probe": probe}}
    entry = {"id": FIELD, "time": int(time.time()), "changes": [change]}
    return msgspec.json.encode({"object": "whatsapp_business_account", "entry": [entry]})


def _signature(patient: Patient, body: bytes) -> dict[str, str]:
    """None to give where the house checks none."""
    if not patient.settings.meta.app_secrets:
        return {}
    digest = hmac.new(patient.settings.meta.app_secrets[0], body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}
