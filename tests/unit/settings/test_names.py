"""Names that are nearly ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from settings import Settings, options
from settings.names import nearest

KNOWN = [option.variable for option in options()]
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("WHATSAPP_ACCES_TOKEN", "WHATSAPP_ACCESS_TOKEN"),
        ("WHATSAP_ACCES_TOKEN", "WHATSAPP_ACCESS_TOKEN"),
        ("WHATSAPP_ACCESS_TOKNE", "WHATSAPP_ACCESS_TOKEN"),
        ("WHATSAPP_PHONE_NUMBERID", "WHATSAPP_PHONE_NUMBER_ID"),
        ("whatsapp_app_secret", "WHATSAPP_APP_SECRET"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("WEB_PROT", "WEB_PORT"),
        ("WB_PORT", "WEB_PORT"),
        ("APPENV", "APP_ENV"),
    ],
)
def test_a_slip_is_told_from_the_name_that_was_meant(written: str, meant: str) -> None:
    assert nearest(written, KNOWN) == meant


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "PORT", "HOST", "SHELL", "LOG", "DATABASE", "REDIS_TLS_URL", "WEB_CONCURRENCY"),
        *("POSTGRES_PASSWORD", "VALKEY_PASSWORD", "DJANGO_SECRET_KEY", "AWS_SECRET_ACCESS_KEY", "DB_URL"),
        *("WHATSAPP_TOKEN", "WHATSAPP_API_VERSION", "WHATSAPP_APP_ID", "WHATSAPP_BUSINESS_ACCOUNT_ID"),
    ],
)
def test_other_peoples_names_are_theirs(name: str) -> None:
    assert nearest(name, KNOWN) is None


def test_no_name_of_ours_is_taken_for_another() -> None:
    assert [nearest(name, KNOWN) for name in KNOWN] == [None] * len(KNOWN)


def test_every_name_of_the_example_may_stand_in_a_file() -> None:
    written = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert set(written) > set(KNOWN)
    assert {name: near for name in written if (near := nearest(name, KNOWN))} == {}


def test_in_the_environment_a_name_near_ours_is_a_doubt_and_no_more() -> None:
    settings = Settings.from_env(
        {"APP_ENV": "development", "WHATSAPP_ACCES_TOKEN": "EAAhush", "PATH": "/bin"}
    )
    (doubt,) = settings.doubts
    assert doubt.text == "The environment has WHATSAPP_ACCES_TOKEN, which Parley does not know"
    assert doubt.mend == "If it is meant for Parley, write WHATSAPP_ACCESS_TOKEN."
    assert Settings.from_env({"APP_ENV": "development"}).doubts == ()
