"""Checks of Meta's side: that Graph takes the token for the number, and that our clocks agree."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cli.doctor.findings import Finding, Result, fail, ok, warning
from cli.doctor.patient import Answer, Patient, Unreachable
from whatsapp.errors import ErrorClass, GraphProblem, from_error

NAME = "graph"
_NEW_TOKEN = (
    "Make a new system-user token at Meta and set WHATSAPP_ACCESS_TOKEN; queued messages then go out."  # noqa: S105
)
_NEW_OWN_TOKEN = (
    "Make a new system-user token at Meta and set it: parley number token; queued messages then go out."  # noqa: S105
)
# Of a host that tells whole seconds, over a network. Those of the house itself have no excuse: logs could not be read
# side by side, although nothing is ordered by a host's clock (ground/clock.py).
_SKEW_S = 30.0
_ENGINE_SKEW_S = 0.5


def check_graph(patient: Patient) -> Iterator[Finding]:
    """GET the number with the token. Sends nothing."""
    settings = patient.settings
    if not settings.meta.access_token:
        yield Finding(NAME, Result.SKIPPED, "not asked: WHATSAPP_ACCESS_TOKEN is not set")
        return
    if not settings.meta.phone_number_id:
        yield Finding(NAME, Result.SKIPPED, "not asked: WHATSAPP_PHONE_NUMBER_ID is not set")
        return
    yield ask_number(patient, NAME, settings.meta.phone_number_id, settings.meta.access_token)


def ask_number(patient: Patient, name: str, phone_number_id: str, token: str) -> Finding:
    """Whether Meta takes this token for this number, as the finding of the check ``name``."""
    settings = patient.settings
    base = f"{settings.meta.graph_url.rstrip('/')}/{settings.meta.graph_version}"
    try:
        answer = patient.get(
            f"{base}/{phone_number_id}",
            {"fields": "display_phone_number,quality_rating"},
            {"Authorization": f"Bearer {token}"},
        )
    except Unreachable as error:
        return fail(name, f"{settings.meta.graph_url}: {error}", "Let this host reach it over HTTPS.")
    return _read(answer, name, phone_number_id)


def _read(answer: Answer, name: str, phone_number_id: str) -> Finding:
    body = _object(answer.body)
    error = body.get("error")
    if answer.status == 200 and error is None:
        shown = str(body.get("display_phone_number") or "without a display number")[:40]
        return ok(name, f"Meta takes the token for the number {shown}")
    if not isinstance(error, dict):
        return fail(
            name, f"it answers {answer.status} without saying why", "See that WHATSAPP_GRAPH_URL is right."
        )
    return _refused(from_error(error, answer.status).of(phone_number_id), name)


def _refused(problem: GraphProblem, name: str) -> Finding:
    text = f"Meta refuses ({problem.code}): {problem.details[:200]}"
    if problem.kind is ErrorClass.AUTH:
        return fail(name, text, _NEW_TOKEN if name == NAME else _NEW_OWN_TOKEN)
    if problem.no_such_object:
        setting = "See WHATSAPP_PHONE_NUMBER_ID. " if name == NAME else ""
        return fail(name, text, setting + problem.advice)
    if problem.retried and problem.kind is not ErrorClass.ACCOUNT:
        return warning(name, text, "Run doctor again; Meta calls this a passing fault.")
    return fail(name, text, problem.advice)


def check_clock(patient: Patient) -> Iterator[Finding]:
    """Our clock against those of the servers asked so far, of Postgres, which times all that is stored, and of
    Redis, which dates every delivery."""
    seconds, microseconds = patient.redis.time()
    patient.note_time("Redis", seconds + microseconds / 1e6)
    wrong = {host: ahead for host, ahead in patient.clocks.items() if abs(ahead) > _bound_s(host)}
    for host, ahead in wrong.items():
        where = "ahead of" if ahead > 0 else "behind"
        yield warning("clock", f"{host} is {abs(ahead):.1f} s {where} this host", "Let NTP set both clocks.")
    if not wrong:
        yield ok("clock", f"agrees with {', '.join(sorted(patient.clocks))}")


def _bound_s(host: str) -> float:
    return _ENGINE_SKEW_S if host in ("Postgres", "Redis") else _SKEW_S


def _object(body: bytes) -> dict[str, object]:
    try:
        parsed = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
