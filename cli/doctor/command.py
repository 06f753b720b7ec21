"""``parley doctor``: the troubleshooting guide as a program.

One line a check, and for each thing broken the sentence that mends it. It changes nothing that lasts: its
test delivery is deleted again, its socket belongs to nobody, and it sends nothing to Meta.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from cli.doctor.callback import check_callback
from cli.doctor.delivery import check_delivery
from cli.doctor.findings import Check, Finding, Result, failed_checks, run_at_once
from cli.doctor.graph import check_clock, check_graph
from cli.doctor.media import check_media
from cli.doctor.numbers import check_numbers
from cli.doctor.options import check_settings, problems
from cli.doctor.patient import Patient
from cli.doctor.pooler import check_pooler
from cli.doctor.postgres import check_migrations, check_postgres
from cli.doctor.redis_server import check_durability, check_redis
from cli.doctor.sockets import check_sockets
from cli.doctor.workers import (
    check_beat,
    check_drain,
    check_gateways,
    check_inbox,
    check_outbox,
    check_worker,
)
from models import database
from settings import Settings, SettingsError, options

_CONNECTIONS = 12


def register(commands: Any) -> None:
    """The command's place in ``parley``."""
    parser = commands.add_parser("doctor", help="find out what is wrong, and what mends it")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Examine, tell, and return the exit status: 0 where nothing failed."""
    began, all_findings = time.monotonic(), list[Finding]()
    for findings in _examine():
        all_findings += findings
        if not arguments.json:
            print("\n".join(map(_line, findings)), flush=True)
    failures = sum(finding.result is Result.FAIL for finding in all_findings)
    warnings = sum(finding.result is Result.WARNING for finding in all_findings)
    if arguments.json:
        took, checks = round(time.monotonic() - began, 3), [finding._asdict() for finding in all_findings]
        json.dump({"ok": not failures, "seconds": took, "checks": checks}, sys.stdout, indent=2)
        print()
    else:
        print(f"\n{failures} failed, {warnings} to look at, {len(all_findings)} lines in all.")
    return 1 if failures else 0


def _examine() -> Iterator[list[Finding]]:
    """The findings, in rounds: each leans on what the one before it found in order."""
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        yield problems(error)
        return
    database.bind(settings.database.url, _CONNECTIONS)
    hide = _hiding(settings)
    failed: frozenset[str] = frozenset()
    for checks in _rounds(Patient(settings)):
        findings = [hide(finding) for finding in run_at_once(checks, failed)]
        failed |= failed_checks(findings)
        yield findings


def _rounds(patient: Patient) -> list[list[Check]]:
    """Every check; together they take at most 15 s."""
    redis, postgres = ("redis",), ("postgres",)
    return [
        [
            Check("settings", partial(check_settings, patient.settings), 1),
            Check("redis", partial(check_redis, patient), 4.5),
            Check("postgres", partial(check_postgres, patient), 4.5),
            Check("graph", partial(check_graph, patient), 4.5),
            Check("media store", partial(check_media, patient), 4.5),
        ],
        [
            Check("redis persistence", partial(check_durability, patient), 3, redis),
            Check("migrations", partial(check_migrations, patient), 3, postgres),
            Check("numbers", partial(check_numbers, patient), 5, postgres),
            Check("worker", partial(check_worker, patient), 4, redis),
            Check("beat", partial(check_beat, patient), 4, redis),
            Check("gateways", partial(check_gateways, patient), 3, redis),
            Check("backlog", partial(check_inbox, patient), 3, redis),
            Check("drain", partial(check_drain, patient), 3, (*redis, *postgres)),
            Check("pooler", partial(check_pooler, patient), 3, postgres),
            Check("outbox", partial(check_outbox, patient), 3, postgres),
            Check("callback", partial(check_callback, patient), 5),
        ],
        [
            Check("delivery", partial(check_delivery, patient), 5.5, ("redis", "postgres")),
            Check("sockets", partial(check_sockets, patient), 5.5, redis),
            Check("clock", partial(check_clock, patient), 3, redis),
        ],
    ]


def _line(finding: Finding) -> str:
    mend = f" -> {finding.mend}" if finding.mend else ""
    return f"{finding.result:<8} {finding.check:<18} {finding.text}{mend}"


def _hiding(settings: Settings) -> Callable[[Finding], Finding]:
    """No check puts a secret into its text; should a server's words hold one, it is not shown."""
    values = {str(settings.value_of(option)) for option in options() if option.secret}
    for url in (settings.database.url, settings.redis.url):
        password = urlsplit(url).password or ""
        values |= {password, unquote(password)}
    secrets = sorted((value for value in values if len(value) > 3), key=len, reverse=True)

    def hide(finding: Finding) -> Finding:
        text = finding.text
        for secret in secrets:
            text = text.replace(secret, "(hidden)")
        return finding._replace(text=text)

    return hide
