"""The numbers: whether Meta takes the token of each that has its own, and which are held."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from cli import holds
from cli.doctor_findings import Finding, fail, ok, warning
from cli.doctor_graph import ask_number
from cli.doctor_patient import Patient
from models import number, numberstanding
from models.keyring import Keyring, KeyringFault
from realtime.views import NumberView

NAME = "numbers"
_AT_ONCE = 8


def check_numbers(patient: Patient) -> Iterator[Finding]:
    """GET each number with its own token, and tell which are held. Sends nothing."""
    sealed = number.sealed_tokens()
    own = {phone_number_id for phone_number_id, _ in sealed}
    yield from (_held(each, own_token=each.phone_number_id in own) for each in numberstanding.held())
    if not sealed:
        yield ok(NAME, "none has a token of its own; WHATSAPP_ACCESS_TOKEN is for all")
        return
    keyring = Keyring(patient.settings.secret_keys)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda each: _look(patient, keyring, *each), sealed)


def _held(view: NumberView, *, own_token: bool) -> Finding:
    assert view.hold is not None
    told = fail if holds.is_a_fault(view.hold) else warning
    mend = holds.mend(view.phone_number_id, view.hold, own_token=own_token)
    return told(f"number {view.phone_number_id}", holds.why(view.hold), mend)


def _look(patient: Patient, keyring: Keyring, phone_number_id: str, sealed: str) -> Finding:
    name = f"number {phone_number_id}"
    try:
        token = keyring.open(sealed)
    except KeyringFault as fault:
        return fail(name, "its token cannot be decrypted, so what it sends waits", str(fault))
    finding = ask_number(patient, name, phone_number_id, token)
    # Should Meta's words hold it, it is not shown.
    return finding._replace(text=finding.text.replace(token, "(hidden)"))
