"""The store of files: a few bytes put there, read back and deleted."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator

from cli.doctor.findings import Finding, fail, ok
from cli.doctor.patient import Patient
from realtime import trouble
from settings import SettingsError
from storage import room
from storage.store import Store
from storage.stores import open_store

NAME = "media store"
# Whenever it was put there.
_AT_ONCE = -86_400.0


def check_media(patient: Patient) -> Iterator[Finding]:
    """As this shell's user and with this shell's settings, which should be those of web and worker."""
    settings = patient.settings
    place = settings.media.store if settings.media.bucket else settings.media.directory
    began = time.monotonic()
    try:
        _probe(open_store(settings))
    except SettingsError as error:
        yield fail(NAME, *error.problems[0])
    except OSError as error:
        yield _fail(error, place, to_bucket=settings.media.bucket is not None)
    else:
        yield ok(NAME, f"{place} takes, gives and deletes, {(time.monotonic() - began) * 1000:.0f} ms in all")


def _fail(error: OSError, place: str, *, to_bucket: bool) -> Finding:
    problem = room.trouble_of(error)
    if not to_bucket:
        return fail(NAME, f"{place} {problem.text}", problem.mend)
    why = trouble.of_certificate(error) or error.strerror or str(error)
    return fail(NAME, f"{place}: {why}", "See S3_* and that its keys may get, put, delete and list.")


def _probe(store: Store) -> None:
    room.try_writing(store.directory)
    with store.incoming() as file:
        file.write(secrets.token_bytes(32))
        file.keep()
    with store.open(file.digest) as kept:
        kept.read()
    list(store.digests(file.digest[:2]))
    store.delete(file.digest, _AT_ONCE)
