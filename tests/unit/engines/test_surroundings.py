"""The environment a formation gives its processes."""

from __future__ import annotations

from engines import surroundings
from engines.surroundings import Ports
from settings import Settings

PORTS = Ports(site=8000, phone=8090, web=1, ws=2, flower=3)


def test_what_was_given_stays_but_for_the_ports_and_the_mode() -> None:
    env = surroundings.base({"LOG_LEVEL": "debug", "APP_ENV": "production", "WEB_PORT": "80"}, PORTS)
    assert env["LOG_LEVEL"] == "debug"
    assert (env["APP_ENV"], env["WEB_PORT"], env["WS_PORT"]) == ("development", "1", "2")


def test_an_empty_variable_counts_as_unset() -> None:
    env = surroundings.base({"DATABASE_URL": "", "WHATSAPP_WEBHOOK_URL": ""}, PORTS)
    assert "DATABASE_URL" not in env
    assert env["WHATSAPP_WEBHOOK_URL"] == "http://localhost:8000/api/v1/whatsapp"


def test_the_sandbox_stands_in_exactly_where_there_is_no_token() -> None:
    assert surroundings.wants_sandbox({})
    assert surroundings.wants_sandbox({"WHATSAPP_ACCESS_TOKEN": ""})
    assert not surroundings.wants_sandbox({"WHATSAPP_ACCESS_TOKEN": "EAAG"})


def test_the_settings_accept_it() -> None:
    env = surroundings.base({}, PORTS) | surroundings.towards_sandbox(PORTS.phone)
    settings = Settings.from_env(env)
    assert settings.development
    assert settings.meta.graph_url == "http://127.0.0.1:8090"
    assert settings.meta.phone_number_id == "106540352242922"
    assert settings.meta.callback_url == "http://localhost:8000/api/v1/whatsapp/webhook"
