"""Checks of the settings: what keeps Parley from starting, and what it starts with but should not run on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cli.doctor.findings import Finding, fail, ok, warning
from settings import Settings, SettingsError, options

NAME = "settings"
_META_SECRET = re.compile(r"[0-9a-f]{32}")


def check_settings(settings: Settings) -> Iterator[Finding]:
    """What is worth mending in settings that can be used."""
    if settings.development:
        yield warning(
            NAME,
            "development mode: secrets may be placeholders",
            "Set APP_ENV=production to serve customers.",
        )
    else:
        yield ok(NAME, f"production, {len(list(options()))} options, none to mend")
    for doubt in settings.doubts:
        yield warning(NAME, *doubt)
    yield _app_secret(settings)
    yield from _sending(settings)


def problems(error: SettingsError) -> list[Finding]:
    """One line for each thing that keeps Parley from starting."""
    return [fail(NAME, *problem) for problem in error.problems]


def _app_secret(settings: Settings) -> Finding:
    name, secret = "app secret", settings.meta.app_secret
    if settings.signature_bypassed:
        return warning(
            name,
            "signatures are NOT checked and no login is needed here: no real app secret is set",
            "Copy it from Meta (App settings > Basic) into WHATSAPP_APP_SECRET.",
        )
    if not _META_SECRET.fullmatch(secret):
        kind = "looks like an App ID" if secret.isdecimal() else "is not 32 lower-case hex digits"
        return warning(
            name, f"WHATSAPP_APP_SECRET {kind}", "Compare it with Meta: App settings > Basic > App secret."
        )
    rotating = " (and the one before it is still accepted)" if settings.meta.app_secret_previous else ""
    return ok(name, f"set{rotating}")


def _sending(settings: Settings) -> Iterator[Finding]:
    if not settings.meta.access_token:
        yield warning(
            "access token",
            "WHATSAPP_ACCESS_TOKEN is not set: numbers without a token of their own send nothing",
            "Make a system-user token at Meta with whatsapp_business_messaging, and set it.",
        )
    elif not settings.meta.phone_number_id:
        yield warning(
            "access token",
            "set, but WHATSAPP_PHONE_NUMBER_ID is not: a send must name its number where there are several",
            "Copy the Phone number ID from Meta (WhatsApp > API setup).",
        )
    else:
        yield ok("access token", "set, with a number to send from")
