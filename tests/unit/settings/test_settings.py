"""The one reader of the environment: defaults, and every problem told at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest

from settings import (
    PLACEHOLDER_APP_SECRET,
    PLACEHOLDER_VERIFY_TOKEN,
    WEBHOOK_SECRETS,
    Settings,
    SettingsError,
    options,
)
from settings.meta import Meta

SECRET = "0123456789abcdef0123456789abcdef"
GOOD = {
    "WHATSAPP_APP_SECRET": SECRET,
    "WHATSAPP_VERIFY_TOKEN": "a-long-made-up-word",
    "WHATSAPP_WEBHOOK_URL": "https://parley.example/api/v1/whatsapp",
}
DEVELOPMENT = {"APP_ENV": "development"}


def problems(environ: Mapping[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    return "\n".join(map(str, caught.value.problems))


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A process environment that names none of our options."""
    for option in options():
        monkeypatch.delenv(option.variable, raising=False)
    return monkeypatch


def test_development_starts_with_nothing_set() -> None:
    settings = Settings.from_env(DEVELOPMENT)
    assert (settings.development, settings.signature_bypassed, settings.open_house) == (True, True, True)


def test_without_a_word_it_is_production_and_refuses_to_start() -> None:
    said = problems({})
    for variable in GOOD:
        assert f"{variable} is " in said


def test_production_starts_with_the_three_it_needs() -> None:
    settings = Settings.from_env(GOOD)
    assert (settings.development, settings.signature_bypassed, settings.open_house) == (False, False, False)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("WHATSAPP_APP_SECRET", "", "missing or still the placeholder"),
        ("WHATSAPP_APP_SECRET", PLACEHOLDER_APP_SECRET, "missing or still the placeholder"),
        ("WHATSAPP_APP_SECRET", f"  {PLACEHOLDER_APP_SECRET} ", "missing or still the placeholder"),
        ("WHATSAPP_APP_SECRET", "too-short", "shorter than 16"),
        ("WHATSAPP_VERIFY_TOKEN", "", "missing or still the placeholder"),
        ("WHATSAPP_VERIFY_TOKEN", PLACEHOLDER_VERIFY_TOKEN, "missing or still the placeholder"),
        ("WHATSAPP_VERIFY_TOKEN", "short", "shorter than 12"),
        ("WHATSAPP_WEBHOOK_URL", "http://parley.example/api/v1/whatsapp", "https://"),
        ("WHATSAPP_GRAPH_URL", "http://graph.example", "https://"),
        ("APP_ENV", "prod", "Write production or development"),
        ("APP_ENV", "Development", "Write production or development"),
    ],
)
def test_production_refuses(variable: str, value: str, says: str) -> None:
    said = problems(GOOD | {variable: value})
    assert said.startswith(variable)
    assert says in said


@pytest.mark.parametrize("url", ["http://localhost:8004", "http://127.0.0.1:8004", "http://[::1]:8004"])
def test_production_may_speak_to_a_local_sandbox(url: str) -> None:
    assert Settings.from_env(GOOD | {"WHATSAPP_GRAPH_URL": url}).meta.graph_url == url


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WEB_PORT", "eighty"),
        ("WEB_PORT", "80.5"),
        ("WEB_PORT", "0"),
        ("WEB_PORT", "-1"),
        ("WEB_PORT", "65536"),
        ("WS_PORT", "70000"),
        ("WEB_THREADS", "0"),
        ("WEB_THREADS", "-1"),
        ("SEND_TIMEOUT_S", "nan"),
        ("SEND_TIMEOUT_S", "inf"),
        ("SEND_TIMEOUT_S", "20s"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_URL", "mysql://localhost/parley"),
        ("REDIS_URL", "localhost:6379"),
        ("WHATSAPP_WEBHOOK_URL", "parley.example"),
        ("WHATSAPP_GRAPH_URL", "ftp://graph.example"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_with_its_variable(variable: str, value: str) -> None:
    assert problems(DEVELOPMENT | {variable: value}).startswith(f"{variable} ")


def test_every_problem_is_told_at_once() -> None:
    wrong = {"WEB_PORT": "x", "WS_PORT": "y", "LOG_LEVEL": "loud", "DATABASE_URL": "sqlite:///x"}
    said = problems(wrong)
    for variable in (*wrong, *GOOD):
        assert variable in said
    with pytest.raises(SettingsError, match=r"7 setting\(s\) to mend"):
        Settings.from_env(wrong)


def test_no_problem_shows_a_secret() -> None:
    secrets = {
        "WHATSAPP_APP_SECRET": "hush-1",
        "WHATSAPP_VERIFY_TOKEN": "hush-2",
        "WHATSAPP_APP_SECRET_PREVIOUS": "hush-3",
        "WHATSAPP_ACCESS_TOKEN": "hush-4",
        "DATABASE_URL": "mysql://parley:hush-5@localhost/parley",
        "REDIS_URL": "http://:hush-6@localhost",
    }
    assert "hush" not in problems(secrets)


def test_settings_that_are_printed_show_no_secret() -> None:
    secret = {option.variable for option in options() if option.secret}
    assert secret >= {"WHATSAPP_APP_SECRET", "WHATSAPP_ACCESS_TOKEN", "DATABASE_URL", "REDIS_URL"}
    environ = GOOD | {
        "WHATSAPP_ACCESS_TOKEN": "EAAhush",
        "DATABASE_URL": "postgresql://parley:hush@localhost/p",
    }
    shown = repr(Settings.from_env(environ))
    assert "hush" not in shown
    assert SECRET not in shown


def test_values_have_the_type_of_their_option() -> None:
    settings = Settings.from_env(DEVELOPMENT | {"WEB_PORT": " 9001 ", "SEND_TIMEOUT_S": "1.5"})
    assert (settings.web.port, settings.sending.timeout_s) == (9001, 1.5)


@pytest.mark.parametrize("port", [1, 65535])
def test_a_port_may_be_any_there_is(port: int) -> None:
    settings = Settings.from_env(DEVELOPMENT | {"WEB_PORT": str(port), "WS_PORT": str(port)})
    assert (settings.web.port, settings.gateway.port) == (port, port)


@pytest.mark.parametrize("written", ["INFO", "info", " Info "])
def test_a_log_level_is_taken_in_any_case(written: str) -> None:
    assert Settings.from_env(DEVELOPMENT | {"LOG_LEVEL": written}).logging.level == "info"


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert Settings.from_env(DEVELOPMENT | {"WEB_PORT": " "}).web.port == Settings().web.port


def test_settings_do_not_change_once_read() -> None:
    settings = Settings.from_env(DEVELOPMENT)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.web.port = 1  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.app_env = "production"  # type: ignore[misc]


def test_the_file_is_read(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("APP_ENV=development\nWEB_PORT=9001\nWHATSAPP_VERIFY_TOKEN='with # inside'\nBARE\n")
    settings = Settings.from_env(dotenv=file)
    assert (settings.web.port, settings.meta.verify_token) == (9001, "with # inside")


def test_the_environment_wins_over_the_file(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("APP_ENV=development\nWEB_PORT=9001\n")
    bare.setenv("WEB_PORT", "9002")
    assert Settings.from_env(dotenv=file).web.port == 9002


def test_a_missing_file_is_no_problem(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("APP_ENV", "development")
    assert Settings.from_env(dotenv=tmp_path / "none").development


def test_a_given_environment_is_all_there_is(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("WEB_PORT", "9002")
    assert Settings.from_env(DEVELOPMENT).web.port == Settings().web.port


def test_in_development_a_real_secret_closes_the_house() -> None:
    settings = Settings.from_env(DEVELOPMENT | {"WHATSAPP_APP_SECRET": SECRET})
    assert (settings.signature_bypassed, settings.open_house) == (False, False)


def test_in_development_an_empty_secret_counts_as_none() -> None:
    assert Settings(app_env="development", meta=Meta(app_secret="")).signature_bypassed


def test_both_secrets_count_during_a_rotation_and_the_placeholder_never() -> None:
    rotating = Settings.from_env(GOOD | {"WHATSAPP_APP_SECRET_PREVIOUS": "f" * 32})
    assert rotating.meta.app_secrets == (SECRET.encode(), b"f" * 32)
    assert Settings(meta=Meta(app_secret_previous=PLACEHOLDER_APP_SECRET)).meta.app_secrets == ()


def test_other_apps_secrets_count_too_and_short_ones_are_refused() -> None:
    several = Settings.from_env(GOOD | {"WHATSAPP_APP_SECRETS_MORE": f" {'a' * 32}, {'b' * 32},"})
    assert several.meta.app_secrets == (SECRET.encode(), b"a" * 32, b"b" * 32)
    assert problems(GOOD | {"WHATSAPP_APP_SECRETS_MORE": f"{'a' * 32},short"}).startswith(
        "WHATSAPP_APP_SECRETS_MORE has one shorter than 16"
    )


KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.mark.parametrize("value", ["hush", KEY[:-1], f"{KEY},hush", KEY.replace("M", "!", 1), "hush" * 11])
def test_a_secret_key_that_is_none_is_told_without_showing_it(value: str) -> None:
    said = problems(GOOD | {"SECRET_KEY": value})
    assert said.startswith("SECRET_KEY holds something else")
    assert "hush" not in said


def test_of_several_secret_keys_the_first_encrypts() -> None:
    assert Settings.from_env(GOOD).security.secret_keys == ()
    assert Settings.from_env(GOOD | {"SECRET_KEY": f"{KEY}, {KEY[::-1][1:]}="}).security.secret_keys[0] == KEY


BUCKET = {"MEDIA_STORE": "s3://files/a/b", "S3_ACCESS_KEY": "parley", "S3_SECRET_KEY": "hush"}


def test_a_bucket_has_a_prefix_or_none() -> None:
    assert Settings.from_env(GOOD | BUCKET).media.bucket == ("files", "a/b/")
    assert Settings.from_env(GOOD | BUCKET | {"MEDIA_STORE": "s3://files"}).media.bucket == ("files", "")
    assert Settings.from_env(GOOD).media.bucket is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"MEDIA_STORE": "/srv/files"}, "MEDIA_STORE is '/srv/files'"),
        ({"MEDIA_STORE": "s3:///prefix"}, "MEDIA_STORE names no bucket"),
        ({"S3_ENDPOINT": "files.example:9000"}, "S3_ENDPOINT has no scheme"),
        ({"S3_ACCESS_KEY": ""}, "S3_ACCESS_KEY is missing"),
        ({"S3_SECRET_KEY": ""}, "S3_SECRET_KEY is missing"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_told_at_the_start(given: dict[str, str], says: str) -> None:
    said = problems(GOOD | BUCKET | given)
    assert said.startswith(says)
    assert "hush" not in said


def test_retention_may_be_nought_and_not_less() -> None:
    assert Settings.from_env(GOOD | {"MEDIA_RETENTION_DAYS": "0"}).retention.media_days == 0
    assert problems(GOOD | {"MEDIA_RETENTION_DAYS": "-1"}).endswith("Write a number of 0 or more.")


@pytest.mark.parametrize(
    "base", ["https://parley.example/api/v1/whatsapp", "https://parley.example/api/v1/whatsapp/"]
)
def test_the_callback_is_the_public_base_plus_webhook(base: str) -> None:
    settings = Settings.from_env(GOOD | {"WHATSAPP_WEBHOOK_URL": base})
    assert settings.meta.callback_url == "https://parley.example/api/v1/whatsapp/webhook"


def test_browsers_may_come_from_our_own_host() -> None:
    assert Settings.from_env(GOOD).origins == {"https://parley.example"}


def test_browsers_may_come_from_the_origins_named_and_no_other() -> None:
    named = Settings.from_env(GOOD | {"ALLOWED_ORIGINS": " https://a.example/ ,, https://b.example"})
    assert named.origins == {"https://a.example", "https://b.example"}


def test_each_variable_belongs_to_one_option() -> None:
    variables = [option.variable for option in options()]
    assert len(set(variables)) == len(variables)


def test_an_option_is_found_in_its_group() -> None:
    settings = Settings.from_env(DEVELOPMENT | {"WEB_PORT": "9001"})
    values = {option.variable: settings.value_of(option) for option in options()}
    assert (values["APP_ENV"], values["WEB_PORT"], values["WS_PORT"]) == ("development", 9001, 8002)


def test_every_option_says_in_a_line_what_it_is() -> None:
    for option in options():
        assert option.kind in (str, int, float)
        assert isinstance(option.default, option.kind)
        assert option.help.endswith(".")
        assert "\n" not in option.help


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("postgresql://parley@db:5432/parley", "postgresql://parley:p%40ss%2Fw%23%3F%25@db:5432/parley"),
        ("postgres://db/parley", "postgres://:p%40ss%2Fw%23%3F%25@db/parley"),
    ],
)
def test_a_password_beside_the_address_may_have_any_characters(url: str, whole: str) -> None:
    settings = Settings.from_env(GOOD | {"DATABASE_URL": url, "DATABASE_PASSWORD": "p@ss/w#?%"})
    assert settings.database.url == whole


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize("password", ["p@ss/w0rd", "pa#ss", "geheim?x=1"])
def test_a_password_that_cuts_its_address_in_two_is_refused_and_not_shown(
    variable: str, password: str
) -> None:
    scheme = "redis" if variable == "REDIS_URL" else "postgresql"
    with pytest.raises(SettingsError) as refused:
        Settings.from_env(GOOD | {variable: f"{scheme}://parley:{password}@server:1234/0"})
    (problem,) = refused.value.problems
    assert problem.text.startswith(f"{variable} has an @ behind its host")
    assert variable.replace("URL", "PASSWORD") in problem.mend
    assert not any(part in str(problem) for part in ("p@ss", "w0rd", "pa#", "geheim"))


def test_one_password_is_enough() -> None:
    both = {"REDIS_URL": "redis://:one@server/0", "REDIS_PASSWORD": "another"}
    with pytest.raises(SettingsError, match="REDIS_URL has a password, and REDIS_PASSWORD another"):
        Settings.from_env(GOOD | both)


def test_a_process_that_takes_no_webhooks_starts_without_their_secrets() -> None:
    bare = {key: value for key, value in GOOD.items() if key not in WEBHOOK_SECRETS}
    assert Settings.from_env(bare, without=WEBHOOK_SECRETS).open_house is False
    with pytest.raises(SettingsError):
        Settings.from_env(bare)


def test_what_is_given_is_checked_though_it_is_not_needed() -> None:
    with pytest.raises(SettingsError, match="WHATSAPP_APP_SECRET is shorter"):
        Settings.from_env(GOOD | {"WHATSAPP_APP_SECRET": "short"}, without=WEBHOOK_SECRETS)
