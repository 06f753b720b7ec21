"""The numbers: whether Meta knows each and takes its token, and which are held."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from cli import holds
from cli.doctor.findings import Finding, fail, ok, warning
from cli.doctor.graph import ask_number
from cli.doctor.patient import Patient
from models.numbers import numbers, standings
from models.numbers.keyring import Keyring, KeyringFault
from models.numbers.numbers import Known
from schema.views import NumberView

NAME = "numbers"
_AT_ONCE = 8


def check_numbers(patient: Patient) -> Iterator[Finding]:
    """GET each number with the token it sends with, and tell which are held. Sends nothing."""
    sealed = dict(numbers.sealed_tokens())
    yield from (_hold_finding(view, own_token=view.phone_number_id in sealed) for view in standings.on_hold())
    if not sealed:
        yield ok(NAME, "none has a token of its own; WHATSAPP_ACCESS_TOKEN is for all")
    keyring = Keyring(patient.settings.security.secret_keys)
    asked = [
        number for number in numbers.listed() if number.phone_number_id in sealed or _shares(number, patient)
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(
            lambda number: _look(
                patient, keyring, number.phone_number_id, sealed.get(number.phone_number_id)
            ),
            asked,
        )


def _shares(known: Known, patient: Patient) -> bool:
    """Whether it sends with the common token. The number of the settings does too, but is asked by the check graph."""
    settings = patient.settings
    return bool(settings.meta.access_token) and known.phone_number_id != settings.meta.phone_number_id


def _hold_finding(view: NumberView, *, own_token: bool) -> Finding:
    assert view.hold is not None
    make = fail if holds.is_a_fault(view.hold) else warning
    mend = holds.mend(view.phone_number_id, view.hold, own_token=own_token)
    return make(f"number {view.phone_number_id}", holds.why(view.hold), mend)


def _look(patient: Patient, keyring: Keyring, phone_number_id: str, sealed: str | None) -> Finding:
    """``sealed`` is its own token; one without it uses the common one."""
    name = f"number {phone_number_id}"
    try:
        token = keyring.open(sealed) if sealed else patient.settings.meta.access_token
    except KeyringFault as fault:
        return fail(name, "its token cannot be decrypted, so what it sends waits", str(fault))
    finding = ask_number(patient, name, phone_number_id, token)
    # Should Meta's words hold it, it is not shown.
    return finding._replace(text=finding.text.replace(token, "(hidden)"))
