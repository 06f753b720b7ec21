"""The numbers with tokens of their own: whether SECRET_KEY opens each, and whether Meta takes it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from cli.doctor_findings import Finding, fail, ok
from cli.doctor_graph import ask_number
from cli.doctor_patient import Patient
from models import number
from models.keyring import Keyring, KeyringFault

NAME = "numbers"
_AT_ONCE = 8


def check_numbers(patient: Patient) -> Iterator[Finding]:
    """GET each number with its own token. Sends nothing."""
    sealed = number.sealed_tokens()
    if not sealed:
        yield ok(NAME, "none has a token of its own; WHATSAPP_ACCESS_TOKEN is for all")
        return
    keyring = Keyring(patient.settings.secret_keys)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda each: _look(patient, keyring, *each), sealed)


def _look(patient: Patient, keyring: Keyring, phone_number_id: str, sealed: str) -> Finding:
    name = f"number {phone_number_id}"
    try:
        token = keyring.open(sealed)
    except KeyringFault as fault:
        return fail(name, "its token cannot be decrypted, so what it sends waits", str(fault))
    finding = ask_number(patient, name, phone_number_id, token)
    # Should Meta's words hold it, it is not shown.
    return finding._replace(text=finding.text.replace(token, "(hidden)"))
