"""The check Meta makes when somebody pastes the callback URL: does it answer the verify token, and only it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from cli.doctor.findings import Finding, fail, ok, warning
from cli.doctor.patient import Answer, Door, Patient, Unreachable

NAME = "callback"
_RESTART = "Restart the web process: it runs with another WHATSAPP_VERIFY_TOKEN than this shell reads."


def check_callback(patient: Patient) -> Iterator[Finding]:
    """At the public URL; where that fails, at the web process itself, to say which of the two is broken."""
    public, local = patient.doors
    trouble = _trouble(patient, public)
    if trouble is None:
        patient.webhook_door = public
        yield ok(NAME, f"{public.webhook} answers the verify token; paste it at Meta as the callback URL")
        yield from _refusal(patient, public)
        yield from _plain_http(public)
        return
    inside = _trouble(patient, local)
    if inside is None:
        patient.webhook_door = local
        yield fail(
            NAME,
            f"{public.webhook}: {trouble}; the web process at {local.name} answers as it should",
            "Mend the way from outside: DNS, tunnel, or front door; see docs/troubleshooting.md.",
        )
        return
    both = f"{public.webhook}: {trouble}; nor is the web process right at {local.name}: {inside}"
    wrong_token = "verify token" in trouble or "verify token" in inside
    yield fail(NAME, both, _RESTART if wrong_token else "Start web: the Procfile's line of that name.")


def _trouble(patient: Patient, door: Door) -> str | None:
    """What is wrong with the answer to a right verify token; None where nothing is."""
    challenge = secrets.token_hex(8)
    try:
        answer = _ask(patient, door, patient.settings.meta.verify_token, challenge)
    except Unreachable as error:
        return str(error)
    if answer.status == 200 and answer.body.decode("utf-8", "replace") == challenge:
        return None
    return _explain(answer)


def _explain(answer: Answer) -> str:
    if answer.status == 200:
        return "something else answers there, such as a page of the tunnel's"
    if 300 <= answer.status < 400:
        return f"it redirects ({answer.status}), and Meta follows no redirect"
    if answer.status == 403 and b"verify_refused" in answer.body:
        return "it refuses this verify token"
    if answer.status == 404:
        return "there is no such path (404)"
    if answer.status in (502, 503, 504):
        return f"the front door cannot reach the web process ({answer.status})"
    return f"it answers {answer.status}"


def _refusal(patient: Patient, door: Door) -> Iterator[Finding]:
    try:
        answer = _ask(patient, door, secrets.token_hex(16), "0")
    except Unreachable as error:
        yield warning("verify token", f"a second request failed: {error}", "Run doctor again.")
        return
    if answer.status == 403:
        yield ok("verify token", "a wrong one is refused")
    else:
        yield fail("verify token", f"a wrong one got {answer.status}", "See that Parley answers there.")


def _plain_http(door: Door) -> Iterator[Finding]:
    if not door.webhook.startswith("https://"):
        yield warning(
            "https",
            "Meta calls https:// addresses only",
            "Set WHATSAPP_WEBHOOK_URL to your public https:// address (a tunnel does in development).",
        )


def _ask(patient: Patient, door: Door, token: str, challenge: str) -> Answer:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
    return patient.get(door.webhook, query)
